using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Storage;

// Reaches internals: metadata is read under the names that the product writes it with.
/// <summary>The pipeline people ship: fitted on a folder of models, saved, loaded elsewhere, asked about one model's file.</summary>
public sealed class ZooDirectoryPipelineTests : IDisposable
{
    private static readonly WeightLayout s_layout = new([new TensorLayout("encoder.weight", 4, 9), new TensorLayout("encoder.bias", 4)], "net(4)");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void APipelineFittedOnAFolderAndLoadedElsewhereSaysOfOneFileWhatItSaysOfTheFolder()
    {
        string zooFolder = _folder.File("zoo"), zip = _folder.File("model.zip");
        WriteZoo(zooFolder, models: 40);
        var ml = new MLContext(seed: 1);
        ZooDirectory zoo = ml.ModelSpace().Data.LoadZoo(zooFolder);
        ITransformer fitted = ml.ModelSpace().Transforms.VectorizeWeights("Features", "Weights", WeightFeatures.SingularValues)
            .Append(ml.Transforms.NormalizeMeanVariance("Features"))
            .Append(ml.BinaryClassification.Trainers.LbfgsLogisticRegression(ZooColumns.Origin, "Features"))
            .Fit(zoo);
        IDataView scored = fitted.Transform(zoo);
        ml.Model.Save(fitted, zoo.Schema, zip);
        float[] scores = [.. scored.GetColumn<float>("Score")];
        string[] names = [.. scored.GetColumn<string>(ZooColumns.Name)];

        var elsewhere = new MLContext(seed: 2);
        ITransformer loaded = elsewhere.ModelSpace().Model.Load(zip);
        using PredictionEngine<WeightsRow, Answer> engine = elsewhere.Model.CreatePredictionEngine<WeightsRow, Answer>(loaded);

        Assert.Equal(1, ml.BinaryClassification.Evaluate(scored, ZooColumns.Origin).AreaUnderRocCurve);
        for (int i = 0; i < names.Length; i += 7)
        {
            WeightsRow row = ModelRows.FromSafetensors(Path.Combine(zooFolder, names[i] + ".safetensors"));
            Assert.Equal(scores[i], engine.Predict(row).Score);
        }
    }

    /// <summary>Models of the second class have larger weights.</summary>
    private static void WriteZoo(string folder, int models)
    {
        Directory.CreateDirectory(folder);
        var random = new Random(1);
        for (int i = 0; i < models; i++)
        {
            float scale = i % 2 == 0 ? 1 : 3;
            float[] weights = [.. Enumerable.Range(0, s_layout.Length).Select(_ => scale * (random.NextSingle() - 0.5f))];
            var metadata = new Dictionary<string, string> { [ZooMetadata.Shares] = i % 2 == 0 ? "[1,0]" : "[0,1]" };
            SafetensorsFile.Write(Path.Combine(folder, $"{i:D3}.safetensors"), s_layout, weights, metadata);
        }
    }

    private sealed class Answer
    {
        public float Score { get; set; }
    }
}
