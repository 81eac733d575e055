using System.Text.RegularExpressions;
using MLNetModelSpace.Tests.Pipelines;

namespace MLNetModelSpace.Tests.Examples;

/// <summary>The README's programs as a reader would copy them, and its size.</summary>
public sealed partial class ReadmeTests : IDisposable
{
    private static readonly string s_text = File.ReadAllText(Repository.File("README.md"));
    private static readonly string[] s_blocks = Blocks(s_text);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void ThePipelineRunsInAnEmptyProject()
    {
        string program = _folder.File("pipeline.dll");
        ProgramCompiler.Compile(s_blocks[0], program);

        string[] lines = RecipeTests.Lines(FreshProcess.RunProgram(program, _folder.Path));

        RecipeTests.AssertAlike([.. Printed().Match(s_text).Groups[1].Value.Split('\n')], lines);
    }

    /// <summary>What follows goes on where the pipeline ends; fewer models and epochs, for the pipeline has run in the test above.</summary>
    [Fact]
    public void WhatFollowsThePipelineRunsToo()
    {
        Assert.Equal(3, s_blocks.Length);
        string all = string.Join('\n', s_blocks).Replace("models: 30", "models: 3", StringComparison.Ordinal).Replace(".TrainAutoencoder()", ".TrainAutoencoder(epochs: 2)", StringComparison.Ordinal);
        string[] usings = [.. all.Split('\n').Where(line => Using().IsMatch(line)).Distinct()];
        string program = _folder.File("all.dll");
        ProgramCompiler.Compile(string.Join('\n', [.. usings, .. all.Split('\n').Where(line => !Using().IsMatch(line))]), program);

        FreshProcess.RunProgram(program, _folder.Path);

        Assert.True(File.Exists(_folder.File("origin.zip")));
        Assert.NotEmpty(Directory.GetFiles(_folder.File("zoo"), "*.safetensors"));
    }

    [Fact]
    public void ThePackagesReadmeHasTheSamePipeline() =>
        Assert.Equal(s_blocks[0], Blocks(File.ReadAllText(Repository.File("src", "MLNetModelSpace", "README.md")))[0]);

    [Fact]
    public void IsShort() => Assert.InRange(s_text.TrimEnd().Split('\n').Length, 50, 130);

    [Theory]
    [InlineData("README.md")]
    [InlineData(".github/CONTRIBUTING.md")]
    [InlineData("src/MLNetModelSpace/Features/README.md")]
    [InlineData("src/MLNetModelSpace/Training/README.md")]
    public void WhatItPointsToIsThere(string name)
    {
        string path = Repository.File(name);
        string[] targets = [.. Link().Matches(File.ReadAllText(path)).Select(match => match.Groups[1].Value).Where(target => !target.Contains(':', StringComparison.Ordinal))];

        Assert.NotEmpty(targets);
        Assert.All(targets, target => Assert.True(Path.Exists(Path.Combine(Path.GetDirectoryName(path)!, target)), target));
    }

    public void Dispose() => _folder.Dispose();

    private static string[] Blocks(string text) => [.. Block().Matches(text).Select(match => match.Groups[1].Value)];

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("It prints:\n\n```\n(.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex Printed();

    [GeneratedRegex(@"^using [\w. ]+;")]
    private static partial Regex Using();

    [GeneratedRegex(@"\]\(([^)#]+)")]
    private static partial Regex Link();
}
