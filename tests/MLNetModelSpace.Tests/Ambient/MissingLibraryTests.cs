using MLNetModelSpace.Tests.Pipelines;

namespace MLNetModelSpace.Tests.Ambient;

/// <summary>An application without the package of the native library.</summary>
public sealed class MissingLibraryTests
{
    [Fact]
    public void TheFirstUseSaysInOneLineWhatToAdd()
    {
        string[] lines = FreshProcess.UseWithoutLibtorch();
        Assert.Equal(4, lines.Length);
        Assert.All(lines, line => Assert.EndsWith(
            ": DllNotFoundException: TorchSharp's native library does not load: add the package TorchSharp-cpu 0.107.0 (or a TorchSharp-cuda package of that version) to your application.", line));
    }
}
