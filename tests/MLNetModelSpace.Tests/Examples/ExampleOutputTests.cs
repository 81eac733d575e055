namespace MLNetModelSpace.Tests.Examples;

/// <summary>Files that cannot be written are refused before anything is trained.</summary>
public sealed class ExampleOutputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("OriginClassification", "--png", "nowhere/picture.png", "there is no directory")]
    [InlineData("OriginClassification", "--html", ".", "it is a directory")]
    [InlineData("DatasetSpace", "--svg", ".", "it is a directory")]
    [InlineData("DatasetSpace", "--html", "nowhere/page.html", "there is no directory")]
    [InlineData("ModelSearch", "--svg", "nowhere/picture.svg", "there is no directory")]
    [InlineData("ModelSearch", "--html", ".", "it is a directory")]
    [InlineData("InformationLoss", "--png", ".", "it is a directory")]
    [InlineData("InformationLoss", "--html", "nowhere/page.html", "there is no directory")]
    public void ARefusalIsOneLineAndExitCode2(string example, string option, string path, string reason)
    {
        (int code, string output, string errors) = ExampleProgram.Run(example, _folder.Path, option, path);

        Assert.Equal(2, code);
        Assert.Empty(output);
        string line = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith($"'{path}' cannot be written: ", line, StringComparison.Ordinal);
        Assert.Contains(reason, line, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void OneFileForTwoOutputsIsRefused()
    {
        (int code, _, string errors) = ExampleProgram.Run("ModelSearch", _folder.Path, "--svg", "same", "--html", "./same");

        Assert.Equal(2, code);
        Assert.Equal("'same' is named for two outputs; expected a file for each.\n", errors);
    }

    public void Dispose() => _folder.Dispose();
}
