using BenchmarkDotNet.Attributes;
using Microsoft.ML;
using Microsoft.ML.Data;

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
        /// <summary>A single layer of 784×32.</summary>
        Layer,

        /// <summary>784→32→784.</summary>
        Linear,

        /// <summary>Kernel and stride 7, 8 channels.</summary>
        Convolutional,
    }

    [Params(Network.Layer, Network.Linear, Network.Convolutional)]
    public Network Of { get; set; }

    [Params(
        WeightFeatures.SingularValues, WeightFeatures.Histogram, WeightFeatures.LayerStatistics, WeightFeatures.SpectralShape, WeightFeatures.ComposedMap,
        WeightFeatures.UnitGram, WeightFeatures.SortedUnits, WeightFeatures.SingularVectors, WeightFeatures.RawWeights)]
    public WeightFeatures Features { get; set; }

    /// <summary>Whether spectra get the Marchenko–Pastur fit.</summary>
    [Params(false, true)]
    public bool FitBulk { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var image = new ImageShape(1, 28, 28);
        WeightLayout layout = Of switch
        {
            Network.Layer => new WeightLayout([new TensorLayout("weight", 32, 784)]),
            Network.Linear => new LinearAutoencoder(32).GetLayout(image),
            _ => new ConvolutionalAutoencoder().GetLayout(image),
        };
        var random = new Random(1);
        string text = layout.ToJson();
        IDataView models = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, Models).Select(_ => new Model
        {
            Weights = [.. Enumerable.Range(0, layout.Length).Select(_ => 0.1f * (random.NextSingle() - 0.5f))],
            Layout = text,
        }).ToArray());
        _features = _ml.ModelSpace().VectorizeWeights(new VectorizeWeightsEstimator.Options { Features = Features, FitBulk = FitBulk }).Fit(models).Transform(models);
    }

    [Benchmark(OperationsPerInvoke = Models)]
    public float Vectorize()
    {
        DataViewSchema.Column column = _features.Schema[ZooColumns.Features];
        using DataViewRowCursor cursor = _features.GetRowCursor([column]);
        ValueGetter<VBuffer<float>> get = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> row = default;
        float sum = 0;
        while (cursor.MoveNext())
        {
            get(ref row);
            sum += row.GetValues()[0];
        }

        return sum;
    }

    public sealed class Model
    {
        [VectorType]
        public float[] Weights { get; set; } = [];

        public string Layout { get; set; } = "";
    }
}
