using BenchmarkDotNet.Attributes;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Random;

namespace MLNetModelSpace.Benchmarks;

/// <summary>Information: the formulas on a model of 784 inputs and 32 hidden units, and the nearest-neighbour estimators, beside a matrix product.</summary>
public class TheoryBenchmarks
{
    private const int Inputs = 784;
    private const int Hidden = 32;
    private const double Noise = 1e-3;

    private GaussianMoments _source = null!;
    private LinearAutoencoderWeights _weights = null!;
    private Matrix<double> _square = null!;
    private Matrix<double> _x = null!;
    private Matrix<double> _y = null!;
    private int[] _labels = null!;

    /// <summary>Draws the data.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var random = new Xoshiro256StarStar(1, threadSafe: false);
        Matrix<double> Draw(int rows, int columns) => Matrix<double>.Build.Dense(rows, columns, (_, _) => (2 * random.NextDouble()) - 1);
        _square = Draw(Inputs, Inputs);
        _source = GaussianMoments.FromSamples(Draw(2 * Inputs, Inputs));
        _weights = new LinearAutoencoderWeights(Draw(Hidden, Inputs) * 0.05, Draw(Inputs, Hidden) * 0.05);
        _x = Draw(10_000, 4);
        _y = _x + Draw(10_000, 4);
        _labels = [.. Enumerable.Range(0, 10_000).Select(i => _x[i, 0] > 0 ? 1 : 0)];
    }

    /// <summary>The yardstick: one product of 784 × 784 matrices.</summary>
    [Benchmark(Baseline = true)]
    public object MatrixProduct() => _square * _square;

    /// <summary>Statement 2 as printed.</summary>
    [Benchmark]
    public object AsPrinted() => LinearAutoencoderInformation.AsPrinted(_source, _weights, 1);

    /// <summary>Statement 2 with observation noise.</summary>
    [Benchmark]
    public object Regularized() => LinearAutoencoderInformation.Regularized(_source, _weights, 1, Noise);

    /// <summary>The rate at the model's error.</summary>
    [Benchmark]
    public object Rate() => LinearAutoencoderInformation.Rate(_source, _weights, 1);

    /// <summary>KSG on 10,000 points of 4 + 4 dimensions, with its interval.</summary>
    [Benchmark]
    public object Ksg() => MutualInformation.Ksg(_x, _y);

    /// <summary>Ross's estimator on 10,000 points of 4 dimensions, with its interval.</summary>
    [Benchmark]
    public object Ross() => MutualInformation.Ross(_x, _labels);
}
