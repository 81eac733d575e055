using BenchmarkDotNet.Attributes;
using Microsoft.ML;

namespace MLNetModelSpace.Benchmarks.Vectorization;

/// <summary>A family of features of so many models of an architecture, rows made ahead.</summary>
public class WeightFeatureBenchmarks
{
    private const int Models = 64;
    private readonly MLContext _ml = new(1);
    private IDataView _features = null!;

    /// <summary>What is vectorized.</summary>
    public enum Network
    {
        /// <summary>784→32→784.</summary>
        Linear,

        /// <summary>Kernel and stride 7, 8 channels.</summary>
        Convolutional,
    }

    [Params(Network.Linear, Network.Convolutional)]
    public Network Of { get; set; }

    [Params(
        WeightFeatures.SingularValues, WeightFeatures.Histogram, WeightFeatures.LayerStatistics, WeightFeatures.ComposedMap, WeightFeatures.ComposedCosines,
        WeightFeatures.UnitGram, WeightFeatures.SortedUnits, WeightFeatures.SingularVectors, WeightFeatures.RawWeights)]
    public WeightFeatures Features { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Architecture architecture = Of == Network.Linear ? new LinearAutoencoder(32) : new ConvolutionalAutoencoder();
        _features = BenchmarkModels.Vectorize(_ml, architecture.GetLayout(new ImageShape(1, 28, 28)), Models, new() { Features = Features });
    }

    [Benchmark(OperationsPerInvoke = Models)]
    public float Vectorize() => BenchmarkModels.Read(_features);
}
