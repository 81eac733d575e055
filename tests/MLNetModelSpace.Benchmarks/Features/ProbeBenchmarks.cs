using BenchmarkDotNet.Attributes;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Benchmarks.Vectorization;

/// <summary>
/// Rows a second of what runs each row's model, or a network over its weights, on all cores: probes as they are by default, gradient norms and errors on images of ten
/// classes, and places by graphs. Rows are made ahead.
/// </summary>
public class ProbeBenchmarks
{
    private const int Models = 256;
    private const int Pixels = 28 * 28;
    private readonly MLContext _ml = new(1);
    private IDataView _default = null!;
    private IDataView _gradients = null!;
    private IDataView _errors = null!;
    private IDataView _places = null!;

    public static IEnumerable<object> Zoos =>
    [
        new Zoo("linear 784→32→784", new LinearAutoencoder(32)), new Zoo("conv 1→8→1 k3 s2 p1 (overcomplete)", new ConvolutionalAutoencoder(8, 3, 2, 1)),
        new Zoo("conv 1→8→1 k7 s7", new ConvolutionalAutoencoder(8, 7, 7)), new Zoo("linear VAE 784→16→784", new LinearVae(16)),
        new Zoo("conv VAE k7 s7, 16 latents", new ConvolutionalVae(8, 16, 7, 7)),
    ];

    [ParamsSource(nameof(Zoos))]
    public object Architecture { get; set; } = null!;

    [GlobalSetup]
    public void Setup()
    {
        WeightLayout layout = ((Zoo)Architecture).Architecture.GetLayout(new ImageShape(1, 28, 28));
        string text = layout.ToJson();
        var random = new Random(1);
        IDataView models = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, Models).Select(i => new Model
        {
            Weights = [.. Enumerable.Range(0, layout.Length).Select(_ => 0.1f * (random.NextSingle() - 0.5f))],
            Layout = text,
            Shares = [i % 3 == 0 ? 1 : 0, i % 3 == 1 ? 1 : 0, i % 3 == 2 ? 1 : 0],
        }).ToArray());
        float[] images = [.. Enumerable.Range(0, 2000 * Pixels).Select(_ => random.NextSingle())];
        _default = Probe(models, new());
        _gradients = Probe(models, Ten(ProbeFeatures.GradientNorms, images[..(200 * Pixels)]));
        _errors = Probe(models, Ten(ProbeFeatures.GroupErrors, images));
        _places = _ml.ModelSpace().Embedding.Trainers.GraphEmbedding(new GraphEmbeddingTrainer.Options { Epochs = 1 }).Fit(_ml.Data.TakeRows(models, 32)).Transform(models);
    }

    [Benchmark(Description = "probes")]
    [Work(Models, "rows/s")]
    public float Default() => Read(_default, "Responses");

    [Benchmark(Description = "gradient norms, 10×20 images")]
    [Work(Models, "rows/s")]
    public float GradientNorms() => Read(_gradients, "Responses");

    [Benchmark(Description = "class errors, 10×200 images")]
    [Work(Models, "rows/s")]
    public float ClassErrors() => Read(_errors, "Responses");

    [Benchmark(Description = "graph embedding")]
    [Work(Models, "rows/s")]
    public float GraphEmbedding() => Read(_places, ZooColumns.Embedding);

    private IDataView Probe(IDataView models, ProbeModelEstimator.Options options) => _ml.ModelSpace().Transforms.ProbeModel(options).Fit(models).Transform(models);

    private static ProbeModelEstimator.Options Ten(ProbeFeatures features, float[] images) => new()
    {
        Features = features,
        Probes = { ReferenceImages = images, ReferenceGroups = 10, Noise = 0, Impulses = 0, Gratings = 0 },
        Answers = { Directions = 0 },
    };

    private static float Read(IDataView data, string column)
    {
        using DataViewRowCursor cursor = data.GetRowCursor([data.Schema[column]]);
        ValueGetter<VBuffer<float>> get = cursor.GetGetter<VBuffer<float>>(data.Schema[column]);
        VBuffer<float> row = default;
        float sum = 0;
        while (cursor.MoveNext())
        {
            get(ref row);
            sum += row.GetValues()[0];
        }

        return sum;
    }

    private sealed record Zoo(string Name, Architecture Architecture)
    {
        public override string ToString() => Name;
    }

    private sealed class Model
    {
        [VectorType]
        public float[] Weights { get; set; } = [];

        public string Layout { get; set; } = "";

        [VectorType(3)]
        public float[] Shares { get; set; } = [];
    }
}
