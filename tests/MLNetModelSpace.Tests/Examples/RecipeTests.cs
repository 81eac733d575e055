using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using MLNetModelSpace.Tests.Pipelines;

namespace MLNetModelSpace.Tests.Examples;

/// <summary>Each recipe, compiled as it stands and run in a process of its own, prints what its last lines say.</summary>
public sealed partial class RecipeTests : IDisposable
{
    private const string Prints = "// Prints:";

    private static readonly string[] s_names =
        [.. Directory.GetFiles(Repository.File("examples", "Recipes"), "*.cs").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. s_names];

    [Theory]
    [MemberData(nameof(Names))]
    public void PrintsWhatItSays(string name)
    {
        ProgramCompiler.Compile(File.ReadAllText(Source(name)), _folder.File($"{name}.dll"));

        AssertAlike(Expected(name), Lines(FreshProcess.RunProgram(_folder.File($"{name}.dll"), Repository.Root)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void BeginsWithItsPurposeAndItsCommandAndFitsAPage(string name)
    {
        string[] lines = File.ReadAllLines(Source(name));

        Assert.Matches("^// .+\\.$", lines[0]);
        Assert.Equal($"//   dotnet run examples/Recipes/{name}.cs", lines[1]);
        Assert.InRange(lines.Length, 20, 40);
    }

    [Fact]
    public void ThereAreSixToTen() => Assert.InRange(s_names.Length, 6, 10);

    /// <summary>That the other tests' way of compiling is the SDK's: one of them by its own command.</summary>
    [Fact]
    public async Task OneRunsByItsCommand()
    {
        var start = new ProcessStartInfo("dotnet", ["run", "examples/Recipes/origin.cs"]) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = Repository.Root };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.True(process.ExitCode == 0, output + await errors);
        AssertAlike(Expected("origin"), Lines(output));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>The same words; numbers within a tenth, for what training gives differs a little from one kind of processor to another.</summary>
    internal static void AssertAlike(string[] expected, string[] actual)
    {
        Assert.NotEmpty(expected);
        Assert.Equal(expected.Select(line => Number().Replace(line, "#")), actual.Select(line => Number().Replace(line, "#")));
        foreach ((string said, string printed) in expected.Zip(actual))
        {
            double[] wanted = Numbers(said), found = Numbers(printed);
            Assert.True(wanted.Zip(found).All(pair => Math.Abs(pair.First - pair.Second) <= Math.Max(0.11, 0.1 * Math.Abs(pair.First))), $"It printed '{printed}'; expected about '{said}'.");
        }
    }

    internal static string[] Lines(string output) => output.TrimEnd().Split('\n', StringSplitOptions.TrimEntries);

    private static string Source(string name) => Repository.File("examples", "Recipes", $"{name}.cs");

    /// <summary>The comment at the end, without its marks.</summary>
    private static string[] Expected(string name) =>
        [.. File.ReadLines(Source(name)).SkipWhile(line => line != Prints).Skip(1).Select(line => line.StartsWith("// ", StringComparison.Ordinal) ? line[3..] : $"'{line}' is no comment.")];

    private static double[] Numbers(string line) => [.. Number().Matches(line).Select(match => double.Parse(match.Value, CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"-?\d+(\.\d+)?")]
    private static partial Regex Number();
}
