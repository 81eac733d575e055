using BenchmarkDotNet.Attributes;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace.Benchmarks.Vectorization;

/// <summary>
/// Singular values of the weights of the linear autoencoder, which every vectorization needs: ours, and libtorch's by <c>linalg.svdvals</c> with the copies
/// that reaching it takes.
/// </summary>
public class SingularValueBenchmarks : TorchBenchmark
{
    private const int Rows = 784, Columns = 32;
    private readonly float[] _weights = new float[Rows * Columns];
    private readonly double[] _values = new double[Columns];
    private readonly SingularValues _ours = new();

    /// <summary>Whether one column repeats another, so that the smallest value is zero.</summary>
    [Params(false, true)]
    public bool Deficient { get; set; }

    [Benchmark(Description = "ours")]
    [Work(1, "a second")]
    public double Ours()
    {
        _ours.Fast(_weights, Rows, Columns, _values);
        return _values[^1];
    }

    [Benchmark(Description = "ours, all digits")]
    [Work(1, "a second")]
    public double OursAccurate()
    {
        _ours.Accurate(_weights, Rows, Columns, _values);
        return _values[^1];
    }

    [Benchmark(Description = "linalg.svdvals, float32")]
    [Work(1, "a second")]
    public float Single()
    {
        using Tensor weights = tensor(_weights, Rows, Columns), values = linalg.svdvals(weights);
        return values.data<float>()[Columns - 1];
    }

    [Benchmark(Description = "linalg.svdvals, float64")]
    [Work(1, "a second")]
    public double Double()
    {
        using Tensor weights = tensor(_weights, Rows, Columns), wide = weights.to_type(ScalarType.Float64), values = linalg.svdvals(wide);
        return values.data<double>()[Columns - 1];
    }

    protected override void Prepare()
    {
        var random = new Random(1);
        for (int i = 0; i < _weights.Length; i++)
            _weights[i] = Deficient && i % Columns == Columns - 1 ? _weights[i - 1] : random.NextSingle() - 0.5f;
    }

    protected override void Release()
    {
        // Arrays alone.
    }
}
