using Examples;

namespace MLNetModelSpace.Tests.Examples;

/// <summary>A test of what pictures say; without a font they say nothing, and it is reported as not run.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FontTheoryAttribute : TheoryAttribute
{
    public FontTheoryAttribute() => Skip = PictureStyle.ChooseFont() ? null : "not run: no font is installed";
}
