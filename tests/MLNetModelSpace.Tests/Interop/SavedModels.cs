using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Interop;

// Reaches internals: a network of random weights is made by its layout, without training one.
/// <summary>A small fitted transformer of each class that can be saved, with rows to read and the column it adds.</summary>
internal static class SavedModels
{
    private static readonly Dictionary<Type, (Func<MLContext, IDataView, ITransformer> Fit, Func<MLContext, IDataView> Rows, string Column)> s_kinds = new()
    {
        [typeof(TrainAutoencoderTransformer)] = ((ml, rows) => ml.ModelSpace().Transforms.TrainAutoencoder(SmallZoo.Options()).Fit(rows), ml => SmallZoo.View(ml, models: 2), "Weights"),
        [typeof(VectorizeWeightsTransformer)] = ((ml, rows) => ml.ModelSpace().Transforms.VectorizeWeights("Features", "Weights").Fit(rows), Weights, "Features"),
        [typeof(ProbeModelTransformer)] = (Probe, Weights, "Responses"),
        [typeof(EmbeddingRegressionTransformer)] = (Regress, ml => SyntheticZoo.View(ml, 40, 1), "Embedding"),
        [typeof(GraphEmbeddingTransformer)] = (RegressGraphs, ml => GraphModels.View(ml, GraphModels.Dense, 12), "Embedding"),
        [typeof(GraphDescriptorsTransformer)] = ((ml, rows) => ml.ModelSpace().Transforms.DescribeGraphs().Fit(rows), Weights, "Features"),
        [typeof(ComposedSubspaceTransformer)] = (Compose, Weights, "Features"),
        [typeof(ModelIndexTransformer)] = (Index, Placed, "NearestScores"),
        [typeof(ResNetEmbedderTransformer)] = ((ml, _) => EmbedImages(ml), ml => SmallZoo.View(ml, models: 2), "ImageEmbedding"),
    };

    public static IEnumerable<Type> Kinds => s_kinds.Keys;

    /// <summary>The transformer, its rows, and the column it adds.</summary>
    public static (ITransformer Transformer, IDataView Rows, string Column) Fit(MLContext ml, Type kind)
    {
        (Func<MLContext, IDataView, ITransformer> fit, Func<MLContext, IDataView> view, string column) = s_kinds[kind];
        IDataView rows = view(ml);
        return (fit(ml, rows), rows, column);
    }

    /// <summary>What it makes of its rows.</summary>
    public static float[][] FitAndRead(Type kind)
    {
        (ITransformer transformer, IDataView rows, string column) = Fit(new MLContext(seed: 1), kind);
        float[][] values = [.. transformer.Transform(rows).GetColumn<float[]>(column)];
        (transformer as IDisposable)?.Dispose();
        return values;
    }

    /// <summary>Writes the transformer and its rows; gives what it makes of them.</summary>
    public static float[][] Save(Type kind, string model, string rows, out string column)
    {
        var ml = new MLContext(seed: 1);
        (Func<MLContext, IDataView, ITransformer> fit, Func<MLContext, IDataView> view, column) = s_kinds[kind];
        IDataView data = view(ml);
        ITransformer transformer = fit(ml, data);
        Assert.IsType(kind, transformer);
        ml.Model.Save(transformer, data.Schema, model);
        using (FileStream stream = File.Create(rows))
            ml.Data.SaveAsBinary(data, stream);
        return [.. transformer.Transform(data).GetColumn<float[]>(column)];
    }

    private static IDataView Weights(MLContext ml) => Models.View(ml, GraphModels.Dense, Models.Zoo(GraphModels.Dense, 4));

    private static IDataView Placed(MLContext ml) =>
        ml.Data.LoadFromEnumerable(SyntheticZoo.Rows(5, 1).Select(row => new SyntheticZoo.Placed { Id = row.Id, Embedding = row.Shares, Shares = row.Shares }));

    public static ITransformer Probe(MLContext ml, IDataView rows) => ml.ModelSpace().Transforms.ProbeModel(new ProbeModelEstimator.Options
    {
        Features = ProbeModelEstimator.AllFeatures & ~ProbeFeatures.Stationarity,
        Probes = { Noise = 2, Impulses = 1, Gratings = 1 },
        Answers = { Directions = 2 },
        Jacobian = { Directions = 2 },
    }).Fit(rows);

    private static ITransformer Regress(MLContext ml, IDataView rows)
    {
        EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions();
        options.Epochs = 2;
        options.TrainDistanceHead = true;
        return ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(options).Fit(rows);
    }

    private static ITransformer RegressGraphs(MLContext ml, IDataView rows) => ml.ModelSpace().Embedding.Trainers.GraphEmbedding(new GraphEmbeddingTrainer.Options
    {
        Layout = GraphModels.Dense,
        Epochs = 1,
        Members = 1,
        MessageSize = 2,
        HiddenSizes = [2],
    }).Fit(rows);

    private static ITransformer Compose(MLContext ml, IDataView rows) =>
        ml.ModelSpace().Transforms.ProjectComposedMap(new ComposedSubspaceEstimator.Options { Directions = 2 }).Fit(rows);

    private static ITransformer Index(MLContext ml, IDataView rows) =>
        ml.ModelSpace().Search.SearchModels(new ModelIndexEstimator.Options { Count = 3 }).Fit(rows);

    /// <summary>A network of random weights: what it sees does not matter here.</summary>
    public static ResNetEmbedderTransformer EmbedImages(MLContext ml)
    {
        var layout = new ResidualLayout(1, 2, 3, 1, false, [2, 3], 1, 1, 2);
        Dictionary<string, float[]> tensors = layout.Tensors().ToDictionary(
            tensor => tensor.Name, tensor => Models.Random((int)tensor.Shape.Aggregate(1L, (product, size) => product * size), 7).Select(value => 0.1f + MathF.Abs(value)).ToArray());
        return new ResNetEmbedderTransformer(ml, "Images", "ImageEmbedding", SmallZoo.Shape, layout, tensors);
    }
}
