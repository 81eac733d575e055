using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Embedding;

// Reaches internals: what a hundred models of a property have in common is asked of the descriptors, not of a hundred views.
public class GraphEmbeddingTests
{
    public static readonly TheoryData<string> Layouts = ["dense", "deep", "convolutional"];

    private readonly MLContext _ml = new(1);

    [Theory]
    [MemberData(nameof(Layouts))]
    public void TheOrderOfHiddenUnitsDoesNotMatterToTheNetwork(string name)
    {
        WeightLayout layout = LayoutOf(name);
        GraphEmbeddingTransformer model = Fit(layout, Rows(layout, 8));
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            float[] weights = GraphModels.Random(layout, seed);
            float[] place = model.Embed(weights), other = model.Embed(GraphModels.Permute(layout, weights, seed + 1));
            return place.Zip(other).All(pair => Math.Abs(pair.First - pair.Second) < 1e-4);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void TheOrderOfHiddenUnitsDoesNotMatterToTheDescriptors(string name)
    {
        WeightLayout layout = LayoutOf(name);
        var descriptors = new GraphDescriptors(NetworkChain.Of(layout));
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            float[] weights = GraphModels.Random(layout, seed);
            float[] one = new float[descriptors.Slots.Count], other = new float[descriptors.Slots.Count];
            descriptors.Evaluate(weights, one);
            descriptors.Evaluate(GraphModels.Permute(layout, weights, seed + 1), other);
            return one.Zip(other).All(pair => Math.Abs(pair.First - pair.Second) < 1e-4);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void ThePermutationIsOneOfTheModel()
    {
        // What the property tests rest on: units change places, what the model computes does not.
        float[] weights = GraphModels.Random(GraphModels.Dense, 1), other = GraphModels.Permute(GraphModels.Dense, weights, 2);
        Assert.NotEqual(weights, other);
        using TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor> a =
            new LinearAutoencoder(3).CreateModule(new ImageShape(1, 4, 4), weights), b = new LinearAutoencoder(3).CreateModule(new ImageShape(1, 4, 4), other);
        using TorchSharp.torch.Tensor images = TorchSharp.torch.ones(1, 1, 4, 4), ya = a.forward(images), yb = b.forward(images);
        Assert.Equal(ya.data<float>().ToArray(), yb.data<float>().ToArray(), (x, y) => Math.Abs(x - y) < 1e-5);
    }

    [Fact]
    public void TheNetworkLearns()
    {
        Row[] train = Rows(GraphModels.Dense, 120), test = Rows(GraphModels.Dense, 40, 1000);
        GraphEmbeddingTransformer model = Fit(GraphModels.Dense, train, epochs: 40);
        EmbeddingMetrics metrics = _ml.ModelSpace().Embedding.Evaluate(model.Transform(_ml.Data.LoadFromEnumerable(test, Definition(GraphModels.Dense))));
        Assert.True(metrics.MeanAngle < metrics.MeanVectorBaseline!.MeanAngle / 3, $"{metrics}");
    }

    [Fact]
    public void TheNetworkIsSavedAndLoaded()
    {
        Row[] rows = Rows(GraphModels.Convolutional, 8);
        IDataView data = _ml.Data.LoadFromEnumerable(rows, Definition(GraphModels.Convolutional));
        GraphEmbeddingTransformer model = Fit(GraphModels.Convolutional, rows);
        using var file = new MemoryStream();
        _ml.Model.Save(model, data.Schema, file);
        file.Position = 0;
        var fresh = new MLContext();
        var loaded = (GraphEmbeddingTransformer)fresh.Model.Load(file, out _);

        // The order of sums inside a matrix product may follow how its memory happens to be aligned.
        Assert.Equal(model.Embed(rows[0].Weights), loaded.Embed(rows[0].Weights), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void TheSpectrumOfAStarIsKnown()
    {
        // One hidden unit joined to two inputs and two outputs by equal weights: normalised singular value 1, trace as of a star.
        var layout = new WeightLayout([new TensorLayout("a.weight", 1, 2), new TensorLayout("b.weight", 2, 1)]);
        var descriptors = new GraphDescriptors(NetworkChain.Of(layout));
        float[] values = new float[descriptors.Slots.Count];
        descriptors.Evaluate([0.5f, -0.5f, 0.5f, 0.5f], values);
        Assert.Equal("graph σ1", descriptors.Slots[0]);
        Assert.Equal(1, values[0], 6);
        double trace = ((3 * Math.Exp(-1)) + 1 + Math.Exp(-2)) / 5;
        Assert.Equal(trace, values[descriptors.Slots.ToList().IndexOf("graph heat trace t=1")], 6);
        Assert.Equal(0.5, values[descriptors.Slots.ToList().IndexOf("graph input 1 degree")], 6);
    }

    [Fact]
    public void PlacesOfAPatchAreNodes()
    {
        // One channel that reads a patch of 2×2 and writes one: of each kernel two weights are 0.5, the others 0.
        var layout = new WeightLayout([new TensorLayout("encoder.weight", 1, 1, 2, 2), new TensorLayout("decoder.weight", 1, 1, 2, 2)]);
        var descriptors = new GraphDescriptors(NetworkChain.Of(layout));
        float[] values = new float[descriptors.Slots.Count];
        descriptors.Evaluate([0.5f, 0, 0, -0.5f, 0, 0.5f, 0.5f, 0], values);
        Assert.Equal(4, descriptors.Slots.Count(name => name.StartsWith("graph input", StringComparison.Ordinal) && name.EndsWith("degree", StringComparison.Ordinal)));
        Assert.Equal(0.5, values[descriptors.Slots.ToList().IndexOf("graph input 0 degree")], 6);
        Assert.Equal(0, values[descriptors.Slots.ToList().IndexOf("graph output 0 degree")], 6);
    }

    [Fact]
    public void DescriptorsGoThroughAPipelineAndAreSaved()
    {
        Row[] rows = Rows(GraphModels.Dense, 3);
        IDataView data = _ml.Data.LoadFromEnumerable(rows, Definition(GraphModels.Dense));
        GraphDescriptorsTransformer model = _ml.ModelSpace().Transforms.DescribeGraphs(layout: GraphModels.Dense).Fit(data);
        using var file = new MemoryStream();
        _ml.Model.Save(model, data.Schema, file);
        file.Position = 0;
        var fresh = new MLContext();
        ITransformer loaded = fresh.Model.Load(file, out _);
        Assert.Equal(
            model.Transform(data).GetColumn<float[]>("Features").Last(),
            loaded.Transform(data).GetColumn<float[]>("Features").Last());
    }

    [Fact]
    public void MixedLayoutsAreRefused()
    {
        Mixed[] rows =
        [
            new() { Weights = new float[GraphModels.Dense.Length], Layout = GraphModels.Dense.ToJson(), Shares = [1, 0, 0] },
            new() { Weights = new float[GraphModels.Deep.Length], Layout = GraphModels.Deep.ToJson(), Shares = [0, 1, 0] },
        ];
        Assert.StartsWith("Row 1 of column 'Weights' is of", Assert.Throws<InvalidDataException>(
            () => _ml.ModelSpace().Embedding.Trainers.GraphEmbedding().Fit(_ml.Data.LoadFromEnumerable(rows))).Message);
    }

    [Fact]
    public void AnotherNumberOfWeightsIsRefused() => Assert.StartsWith(
        "There are 2 weights; the layout has",
        Assert.Throws<ArgumentException>(() => Fit(GraphModels.Dense, Rows(GraphModels.Dense, 8)).Embed([1, 2])).Message);

    private static WeightLayout LayoutOf(string name) => name switch
    {
        "dense" => GraphModels.Dense,
        "deep" => GraphModels.Deep,
        _ => GraphModels.Convolutional,
    };

    private GraphEmbeddingTransformer Fit(WeightLayout layout, Row[] rows, int epochs = 2) => _ml.ModelSpace().Embedding.Trainers.GraphEmbedding(
        new GraphEmbeddingTrainer.Options { Layout = layout, MessageSize = 4, HiddenSizes = [8], BatchSize = 8, Epochs = epochs, LearningRate = 1e-2 })
        .Fit(_ml.Data.LoadFromEnumerable(rows, Definition(layout)));

    private static SchemaDefinition Definition(WeightLayout layout)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Row));
        definition["Weights"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, layout.Length);
        return definition;
    }

    /// <summary>Shares show in the weights that lead to the first three outputs.</summary>
    private static Row[] Rows(WeightLayout layout, int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            float[] weights = GraphModels.Random(layout, 1), shares = SyntheticZoo.Shares(random);
            for (int j = 0; j < weights.Length; j++)
                weights[j] += 0.1f * (float)random.NextDouble();
            int last = layout.IndexOf(layout.Tensors[^1].Name);
            for (int k = 0; k < Math.Min(3, layout.Tensors[last].Length); k++)
                weights[layout.OffsetOf(last) + k] = shares[k] * 2;
            return new Row { Weights = weights, Shares = shares };
        })];
    }

    private sealed class Row
    {
        public float[] Weights { get; set; } = [];

        [VectorType(3)]
        public float[] Shares { get; set; } = [];
    }

    private sealed class Mixed
    {
        public float[] Weights { get; set; } = [];

        public string Layout { get; set; } = "";

        [VectorType(3)]
        public float[] Shares { get; set; } = [];
    }
}
