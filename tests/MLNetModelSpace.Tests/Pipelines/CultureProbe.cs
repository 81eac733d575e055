using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Pipelines;

// Reaches internals: annotations are read as the product's own steps read them, layouts among them.
/// <summary>What the library writes, reads again and says, as lines that do not depend on the culture unless the library does.</summary>
internal static class CultureProbe
{
    private static readonly Architecture[] s_architectures =
    [
        new LinearVae(latent: 2, beta: 0.25), new ConvolutionalVae(channels: 2, latent: 3, kernel: 3, stride: 3, beta: 1.5), new LinearAutoencoder([6, 2], HiddenActivation.Sigmoid),
    ];

    /// <summary>A number in the culture's own way, so that the reader sees which it was.</summary>
    public static string Half => $"{0.5:F1}";

    public static IEnumerable<string> Lines(string folder)
    {
        var ml = new MLContext(seed: 1);
        foreach (Architecture architecture in s_architectures)
        {
            WeightLayout layout = architecture.GetLayout(SmallZoo.Shape);
            yield return $"{architecture}; {Architecture.Parse(layout.Architecture)}; {WeightLayout.Parse(layout.ToJson()).ToJson()}; {layout}";
        }

        TrainAutoencoderEstimator.Options options = SmallZoo.Options(s_architectures[0]);
        (options.Directory, options.LearningRate, options.Threads) = (Path.Combine(folder, "zoo"), 0.0125, 1);
        TrainAutoencoderEstimator trainer = ml.ModelSpace().Transforms.TrainAutoencoder(options);
        IDataView rows = SmallZoo.View(ml), trained = ml.Data.Cache(trainer.Fit(rows).Transform(rows));
        SmallZoo.Weights(trained);
        yield return trainer.ToString();
        ZooDirectory zoo = ml.ModelSpace().Data.LoadZoo(options.Directory);
        foreach (string file in Directory.GetFiles(options.Directory).Order(StringComparer.Ordinal))
        {
            using var stored = SafetensorsFile.Open(file);
            yield return $"{Path.GetFileName(file)}: {string.Join("; ", stored.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))}";
        }

        yield return $"{zoo.Count} models of {string.Join(", ", zoo.Layouts)}";
        ITransformer vectorize = ml.ModelSpace().Transforms.VectorizeWeights("Features", "Weights", WeightFeatures.Histogram | WeightFeatures.LayerStatistics).Fit(trained);
        string model = Path.Combine(folder, "model.zip");
        ml.Model.Save(vectorize, trained.Schema, model);
        IDataView features = ml.ModelSpace().Model.Load(model).Transform(trained);
        yield return string.Join("; ", ZooAnnotations.GetSlotNames(features.Schema["Features"])!);
        foreach (float[] row in features.GetColumn<float[]>("Features"))
            yield return Join(row);
        string index = Path.Combine(folder, "models.idx");
        SyntheticZoo.Placed[] places = [.. SyntheticZoo.Rows(6, 1).Select(row => new SyntheticZoo.Placed { Id = row.Id, Embedding = row.Shares, Shares = row.Shares })];
        IDataView placed = ml.Data.LoadFromEnumerable(places);
        ml.ModelSpace().Search.BuildIndex(placed, new ModelIndex.Options { MetadataColumnNames = ["Shares"] }).Save(index);
        ModelIndex loaded = ModelIndex.Load(index);
        yield return string.Join("; ", loaded.Search(places[2].Shares, 3).Select(hit => $"{hit.Id} {Join([hit.Score])} {Join(loaded.GetMetadata<float[]>("Shares", hit.Position))}"));
        yield return ml.ModelSpace().Embedding.Evaluate(placed).ToString();
        string table = Path.Combine(folder, "features.csv");
        using (FileStream stream = File.Create(table))
            ml.Data.SaveAsText(ml.Transforms.SelectColumns("Features").Fit(features).Transform(features), stream, separatorChar: ',', schema: false);
        foreach (string line in File.ReadLines(table))
            yield return line;
        IDataView read = ml.Data.LoadFromTextFile(table, [new TextLoader.Column("Features", DataKind.Single, 0, ((VectorDataViewType)features.Schema["Features"].Type).Size - 1)], separatorChar: ',', hasHeader: true);
        foreach (float[] row in read.GetColumn<float[]>("Features"))
            yield return Join(row);
    }

    private static string Join(float[] values) => string.Join(' ', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
}
