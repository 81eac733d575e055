namespace Engine.Tests.ApiUse;

/// <summary>A test of the stand-ins that looks at all that uses them, and is not run where that is not built.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class WholeSolutionFactAttribute : FactAttribute
{
    public WholeSolutionFactAttribute()
    {
        if (!StandinFactAttribute.IsStandin)
            Skip = "not run: this is about the stand-in, and the official package is in use";
        else if (BuiltAssemblies.Missing.ToArray() is { Length: > 0 } missing)
            Skip = $"not run: build the solution first; missing are {string.Join(", ", missing)}";
    }
}
