using System.Text.RegularExpressions;

namespace MLNetModelSpace.Tests.Pipelines;

/// <summary>
/// Programs in German, where a half is written 0,5: as a user's are, without <c>InvariantGlobalization</c>, which everything in this repository is built with. They need the
/// system's ICU.
/// </summary>
public sealed partial class CultureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void WhatIsWrittenReadAndSaidIsTheSameInGerman()
    {
        string[] expected = [.. CultureProbe.Lines(Directory.CreateDirectory(_folder.File("here")).FullName)];

        string[] found = FreshProcess.ProbeInGerman(Directory.CreateDirectory(_folder.File("there")).FullName, out string half);

        Assert.Equal("0,5", half);
        Assert.Equal(expected, found);
    }

    [Fact]
    public void AnExampleReadsAndWritesTheSameInGerman()
    {
        string[] arguments =
        [
            "--models", "3", "--epochs", "2", "--images", "20", "--architecture", "linear", "--hidden", "4", "--learning-rate", "0.0125", "--threads", "1",
            "--vectorization", "singular-values",
            "--json", "results.json", "--model", "model.zip", "--svg", "weights.svg",
        ];

        Assert.Equal(Run("here", null), Run("there", German.Variables));

        string[] Run(string folder, IReadOnlyDictionary<string, string>? german)
        {
            string path = Directory.CreateDirectory(_folder.File(folder)).FullName;
            (int code, string output, string errors) = ExampleProgram.Run("OriginClassification", path, german is null ? [] : German.Options("OriginClassification", _folder.Path), german, arguments);
            Assert.True(code == 0, errors);
            return
            [
                .. File.ReadLines(Path.Combine(path, "results.json")).Where(line => !line.Contains("trainSeconds", StringComparison.Ordinal)),
                .. output.Split('\n').Where(line => line.StartsWith("linear", StringComparison.Ordinal)).Select(line => Seconds().Replace(line, "")),
            ];
        }
    }

    public void Dispose() => _folder.Dispose();

    [GeneratedRegex(@"\d+(\.\d+)? s\b")]
    private static partial Regex Seconds();
}
