using BenchmarkDotNet.Attributes;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace.Benchmarks.TorchSharp;

/// <summary>Singular values of the weights of the linear autoencoder, which every vectorization needs.</summary>
public class SingularValueBenchmarks : TorchBenchmark
{
    private Tensor _weights = null!;
    private Tensor _deficient = null!;

    [Benchmark(Description = "svdvals of 784x32")]
    [Work(1, "a second")]
    public void Values()
    {
        using var values = linalg.svdvals(_weights);
    }

    [Benchmark(Description = "svdvals of 784x32 with a repeated column")]
    [Work(1, "a second")]
    public void DeficientValues()
    {
        using var values = linalg.svdvals(_deficient);
    }

    protected override void Prepare()
    {
        _weights = randn(784, 32);
        using var first = _weights.narrow(1, 0, 1);
        using var rest = _weights.narrow(1, 0, 31);
        _deficient = cat([rest, first], 1);
    }

    protected override void Release()
    {
        _weights.Dispose();
        _deficient.Dispose();
    }
}
