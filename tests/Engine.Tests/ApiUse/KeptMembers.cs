using System.Text.RegularExpressions;

namespace Engine.Tests.ApiUse;

/// <summary>Members of the stand-ins that no code refers to by name, and why they are there all the same.</summary>
internal static class KeptMembers
{
    public static IReadOnlyList<Kept> All { get; } =
    [
        new(@"::Create\(Microsoft\.ML\.Runtime\.IHostEnvironment, Microsoft\.ML\.ModelLoadContext\)$", "the component catalog calls it by name to load a model"),
        new(@"^Microsoft\.ML\.Model(Save|Load)Context::(SaveBinaryStream|TryLoadBinaryStream)\(", "the product calls it by reflection (DESIGN.md section 3)"),
        new(@"^Microsoft\.ML\.Transforms\.ItemConversions::Number``2\(|\.Mapper::(MakeTyped|Scalar|Vector)Getter``2\(", "made generic by reflection over two item types"),
        new(@"^TorchSharp\.DisposeScopeManager::\.ctor\(\)$", "the compiler's own; the official class is not static"),
        new(@"^TorchSharp\.torch\.Tensor::op_Implicit\(TorchSharp\.Scalar\)", "it makes a number the better choice where a method takes a tensor or a number"),
    ];

    public static bool Contains(string member) => All.Any(kept => kept.Covers(member));

    /// <summary>Members whose <c>Type::Name(parameters)</c> matches a pattern.</summary>
    public sealed record Kept(string Pattern, string Why)
    {
        private readonly Regex _pattern = new(Pattern, RegexOptions.CultureInvariant);

        public bool Covers(string member) => _pattern.IsMatch(member);
    }
}
