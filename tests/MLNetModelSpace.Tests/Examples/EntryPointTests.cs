using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.ML;

namespace MLNetModelSpace.Tests.Examples;

/// <summary>What a user begins with is shown where users look: in the code of an example or a recipe, which tests run, or in the README.</summary>
public sealed partial class EntryPointTests
{
    private static readonly Lazy<HashSet<string>> s_shown = new(() =>
    [
        .. Directory.GetFiles(Repository.File("examples"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(path => Identifiers(File.ReadAllText(path))),
        .. Word().Matches(File.ReadAllText(Repository.File("README.md"))).Select(match => match.Value),
    ]);

    private static IEnumerable<Type> Types => typeof(ModelSpaceCatalog).Assembly.GetExportedTypes();

    /// <summary>The catalog's rooms, and those in them.</summary>
    private static IEnumerable<Type> Rooms => Types.Where(type => type.FullName!.Contains("ModelSpace", StringComparison.Ordinal)
        && (type.Name.EndsWith("Catalog", StringComparison.Ordinal) || type.DeclaringType?.Name.EndsWith("Catalog", StringComparison.Ordinal) == true));

    public static TheoryData<string> CatalogMethods => Names(Rooms.SelectMany(Methods).Select(method => method.Name));

    /// <summary>What a step of a pipeline is, and what is trained.</summary>
    public static TheoryData<string> Steps => Names(
        from type in Types
        where !type.IsAbstract && (IsEstimator(type) || type.IsSubclassOf(typeof(Architecture)))
        select type.Name);

    /// <summary>What reads or makes images, models and plans without a catalog.</summary>
    public static TheoryData<string> Loaders => Names(
        from type in (Type[])[typeof(ImageDataset), typeof(ImageDatasetDownload), typeof(ModelRows), typeof(ZooShares)]
        from method in Methods(type)
        where method.IsStatic
        select $"{type.Name}.{method.Name}");

    [Fact]
    public void TheCatalogHasRooms() => Assert.InRange(Rooms.Count(), 8, 20);

    [Theory]
    [MemberData(nameof(CatalogMethods))]
    public void CatalogMethodIsShown(string name) => Assert.Contains(name, s_shown.Value);

    [Theory]
    [MemberData(nameof(Steps))]
    public void StepIsShown(string name) =>
        // By its own name, by that of its options, or by the catalog's method that makes it.
        Assert.True(
            s_shown.Value.Contains(name) || Rooms.SelectMany(Methods).Any(method => method.ReturnType.Name == name && s_shown.Value.Contains(method.Name)), $"{name} is in no example.");

    [Theory]
    [MemberData(nameof(Loaders))]
    public void LoaderIsShown(string name) => Assert.All(name.Split('.'), part => Assert.Contains(part, s_shown.Value));

    /// <summary>That code alone counts, and what is nowhere is missed.</summary>
    [Fact]
    public void CommentsAndTextsDoNotShow()
    {
        Assert.Equal(["answer"], Identifiers("// PlanZoo\nint answer = \"PlanZoo\".Length > 3 ? 1 : 2;").Except(["Length"]));
        Assert.DoesNotContain("NoSuchMethod", s_shown.Value);
    }

    private static IEnumerable<string> Identifiers(string source) =>
        ProgramCompiler.Parse(source).GetRoot().DescendantTokens().Where(token => token.IsKind(SyntaxKind.IdentifierToken)).Select(token => token.ValueText);

    private static bool IsEstimator(Type type) => type.GetInterfaces().Any(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IEstimator<>));

    private static IEnumerable<MethodInfo> Methods(Type type) =>
        type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly).Where(method => !method.IsSpecialName);

    private static TheoryData<string> Names(IEnumerable<string> names) => [.. names.Distinct().Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}
