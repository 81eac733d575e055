using BenchmarkDotNet.Attributes;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace.Benchmarks;

/// <summary>One thread, and the matrix product that every class measures beside its own work: absolute times are one machine's, ratios to it carry over.</summary>
public abstract class TorchBenchmark
{
    private Tensor _left = null!;
    private Tensor _right = null!;
    private int _threads;

    [GlobalSetup]
    public void Setup()
    {
        _threads = get_num_threads();
        set_num_threads(1);
        random.manual_seed(1);
        (_left, _right) = (rand(256, 256), rand(256, 256));
        Prepare();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        Release();
        _left.Dispose();
        _right.Dispose();
        set_num_threads(_threads);
    }

    [Benchmark(Description = "matrix product 256x256x256")]
    [Work(2 * 256.0 * 256 * 256 * 1e-9, "GFLOP/s")]
    public void ReferenceProduct()
    {
        using var product = _left.matmul(_right);
    }

    protected abstract void Prepare();

    protected abstract void Release();
}
