using MLNetModelSpace.Tests.Pipelines;

namespace MLNetModelSpace.Tests.Ambient;

/// <summary>Whatever an application has set in TorchSharp, results are the same, and what it has set stays.</summary>
public sealed class AmbientStateTests
{
    private static readonly Lazy<string[]> s_lines = new(FreshProcess.RunInAmbientStates);

    public static TheoryData<string> States => [.. AmbientStates.Names];

    [Theory]
    [MemberData(nameof(States))]
    public void ResultsAreTheSame(string state)
    {
        string[] expected = ResultsIn(AmbientStates.Plain), actual = ResultsIn(state);
        Assert.NotEmpty(expected);
        Assert.All(expected, line => Assert.Matches("^.*: [0-9A-F]{16}$", line));
        Assert.Equal(expected, actual);
    }

    [Theory]
    [MemberData(nameof(States))]
    public void TorchSharpIsLeftAsItWas(string state)
    {
        string[] said = [.. s_lines.Value.Where(line => line.StartsWith(state + ": ", StringComparison.Ordinal) && line.Contains("leaves", StringComparison.Ordinal))];
        Assert.NotEmpty(said);
        Assert.All(said, line => Assert.EndsWith(": yes", line));
    }

    private static string[] ResultsIn(string state) =>
        [.. s_lines.Value.Where(line => line.StartsWith(state + ": ", StringComparison.Ordinal) && !line.Contains("leaves", StringComparison.Ordinal)).Select(line => line[(state.Length + 2)..])];
}
