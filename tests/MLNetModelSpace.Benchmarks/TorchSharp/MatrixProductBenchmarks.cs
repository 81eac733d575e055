using BenchmarkDotNet.Attributes;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace.Benchmarks.TorchSharp;

/// <summary>Float32 matrix products: large ones, and those of a training step of the linear autoencoder (784→32→784, batch 20).</summary>
public class MatrixProductBenchmarks : TorchBenchmark
{
    private Tensor _a = null!;
    private Tensor _b = null!;

    public static IEnumerable<object> Shapes =>
    [
        new Product(1024, 1024, 1024, false, false), new Product(1024, 1024, 1024, false, true), new Product(256, 256, 256, false, false),
        new Product(20, 32, 784, false, true), new Product(20, 784, 32, false, true), new Product(784, 32, 20, true, false),
        new Product(32, 784, 20, true, false), new Product(20, 32, 784, false, false), new Product(20, 784, 32, false, false),
        new Product(784, 32, 20, false, false),
    ];

    [ParamsSource(nameof(Shapes))]
    public object Shape { get; set; } = null!;

    [Benchmark(Description = "matmul")]
    public void Multiply()
    {
        using var product = _a.matmul(_b);
    }

    protected override void Prepare()
    {
        var p = (Product)Shape;
        using var a = p.TransA ? rand(p.K, p.M) : rand(p.M, p.K);
        using var b = p.TransB ? rand(p.N, p.K) : rand(p.K, p.N);
        (_a, _b) = (p.TransA ? a.t() : a.alias(), p.TransB ? b.t() : b.alias());
    }

    protected override void Release()
    {
        _a.Dispose();
        _b.Dispose();
    }

    private sealed record Product(int M, int N, int K, bool TransA, bool TransB) : IWork
    {
        public double Amount => 2.0 * M * N * K * 1e-9;

        public string Unit => "GFLOP/s";

        public override string ToString() => $"({(TransA ? $"{K}x{M})ᵀ" : $"{M}x{K})")}·({(TransB ? $"{N}x{K})ᵀ" : $"{K}x{N})")}";
    }
}
