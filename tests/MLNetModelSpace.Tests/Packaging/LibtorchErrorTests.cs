namespace MLNetModelSpace.Tests.Packaging;

public sealed class LibtorchErrorTests
{
    /// <summary>An exception passes from libtorch through the relaxed library; where it cannot, the process ends, so it has a process of its own.</summary>
    [Fact]
    public void AShapeMismatchIsAnException() => Assert.StartsWith("ExternalException: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x4)", FreshProcess.ProvokeLibtorch(), StringComparison.Ordinal);
}
