using System.Reflection;

namespace MLNetModelSpace.Tests.Packaging;

/// <summary>Tests are found where the product has what they test, and are named in one way.</summary>
public sealed class TestNamesTests
{
    private static readonly MethodInfo[] s_tests =
    [
        .. typeof(TestNamesTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => method.GetCustomAttributes().Any(attribute => attribute is FactAttribute)),
    ];

    [Fact]
    public void NamespacesFollowFolders()
    {
        using var folders = new SourceFolders(Path.ChangeExtension(typeof(TestNamesTests).Assembly.Location, ".pdb"));

        Assert.Equal(
            [],
            s_tests.Select(test => (Type: test.DeclaringType!, Folder: folders.OfMethod(test.MetadataToken & 0xFFFFFF)))
                .Where(test => test.Folder is not null && test.Type.Namespace != $"MLNetModelSpace.Tests.{test.Folder}")
                .Select(test => $"{test.Type.FullName} in {test.Folder}").Distinct());
        Assert.Contains(s_tests, test => folders.OfMethod(test.MetadataToken & 0xFFFFFF) == "Packaging");
    }

    [Fact]
    public void NamesAreWordsWithoutUnderscores() => Assert.Equal([], s_tests.Where(test => test.Name.Contains('_')).Select(test => $"{test.DeclaringType}.{test.Name}"));
}
