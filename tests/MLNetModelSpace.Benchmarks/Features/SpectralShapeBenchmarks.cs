using BenchmarkDotNet.Attributes;
using Microsoft.ML;

namespace MLNetModelSpace.Benchmarks.Vectorization;

/// <summary>The shape of the spectrum of one layer of 784×32; WeightWatcher 0.7.5.5 takes 6.5 ms, and 334 ms with the Marchenko–Pastur fit.</summary>
public class SpectralShapeBenchmarks
{
    private const int Models = 64;
    private readonly MLContext _ml = new(1);
    private IDataView _features = null!;

    /// <summary>Whether spectra get the Marchenko–Pastur fit.</summary>
    [Params(false, true)]
    public bool FitBulk { get; set; }

    [GlobalSetup]
    public void Setup() => _features = BenchmarkModels.Vectorize(
        _ml, new WeightLayout([new TensorLayout("weight", 32, 784)]), Models, new() { Features = WeightFeatures.SpectralShape, SpectralShape = { FitBulk = FitBulk } });

    [Benchmark(OperationsPerInvoke = Models)]
    public float Vectorize() => BenchmarkModels.Read(_features);
}
