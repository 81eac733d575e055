using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Pipelines;

// Reaches internals: annotations are read as the product's own steps read them, layouts among them.
public sealed class OriginPipelineTests(OriginZoo zoo) : IClassFixture<OriginZoo>, IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"pipeline-{Guid.NewGuid():N}.zip");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WeightsTellTrousersFromPullovers(bool trees)
    {
        ITransformer model = zoo.Classify(trees).Fit(zoo.Train);

        CalibratedBinaryClassificationMetrics metrics = zoo.Ml.BinaryClassification.Evaluate(model.Transform(zoo.Test), "Origin");

        Assert.InRange(metrics.AreaUnderRocCurve, 0.9, 1);
    }

    [Fact]
    public void ThePipelineFromImagesToOriginIsOneEstimator()
    {
        var pipeline = zoo.Ml.ModelSpace().Transforms.TrainAutoencoder("Weights", "Images", new LinearAutoencoder(hidden: 4), epochs: 1)
            .Append(zoo.Ml.ModelSpace().Transforms.VectorizeWeights("Features", "Weights"))
            .AppendCacheCheckpoint(zoo.Ml)
            .Append(zoo.Ml.BinaryClassification.Trainers.FastTree("Origin", "Features"));

        IDataView scored = pipeline.Fit(zoo.Plan.Train).Transform(zoo.Plan.Test);

        Assert.Equal(20, scored.GetColumn<float>("Score").Count());
    }

    [Fact]
    public void CrossValidationKeepsFoldsApart()
    {
        var results = zoo.Ml.BinaryClassification.CrossValidate(
            zoo.Train, zoo.Classify(trees: false), numberOfFolds: 2, labelColumnName: "Origin", samplingKeyColumnName: "Fold");

        Assert.Equal(2, results.Count);
        Assert.All(results, result => Assert.Single(result.ScoredHoldOutSet.GetColumn<uint>("Fold").Distinct()));
    }

    [Fact]
    public void APipelineOnWeightsIsTheSameInAFreshContext()
    {
        ITransformer model = zoo.Classify().Fit(Weights(zoo.Train));
        zoo.Ml.Model.Save(model, Weights(zoo.Train).Schema, _path);
        var fresh = new MLContext();

        ITransformer loaded = fresh.Model.Load(_path, out DataViewSchema schema);

        Assert.Equal(OriginZoo.Scores(model, zoo.Test), OriginZoo.Scores(loaded, zoo.Test));
        Assert.NotNull(ZooAnnotations.GetWeightLayout(schema["Weights"]));
    }

    [Fact]
    public void APipelineThatTrainsIsTheSameInAFreshContext()
    {
        var pipeline = zoo.Trainer.Append(zoo.Classify());
        ITransformer model = pipeline.Fit(zoo.Plan.Train);
        zoo.Ml.Model.Save(model, zoo.Plan.Train.Schema, _path);

        ITransformer loaded = new MLContext().ModelSpace().Model.Load(_path);

        IDataView few = zoo.Ml.Data.TakeRows(zoo.Plan.Test, 3);
        Assert.Equal(OriginZoo.Scores(model, few), OriginZoo.Scores(loaded, few));
    }

    [Fact]
    public void APipelineOnWeightsIsTheSameInAFreshProcess()
    {
        ITransformer model = zoo.Classify().Fit(Weights(zoo.Train));
        zoo.Ml.Model.Save(model, Weights(zoo.Train).Schema, _path);
        float[][] weights = [.. zoo.Test.GetColumn<float[]>("Weights").Take(4)];

        float[] scores = FreshProcess.Score(_path, weights);

        Assert.Equal(OriginZoo.Scores(model, zoo.Test)[..4], scores);
    }

    [Fact]
    public void APredictionEngineScoresOneModel()
    {
        ITransformer model = zoo.Classify().Fit(Weights(zoo.Train));
        using PredictionEngine<WeightsOnly, Scored> engine =
            zoo.Ml.Model.CreatePredictionEngine<WeightsOnly, Scored>(model, inputSchemaDefinition: WeightsOnly.Schema(zoo.Transformer.Layout.Length));

        Scored scored = engine.Predict(new WeightsOnly { Weights = zoo.Test.GetColumn<float[]>("Weights").First() });

        Assert.Equal(OriginZoo.Scores(model, zoo.Test)[0], scored.Score);
    }

    public void Dispose() => File.Delete(_path);

    private IDataView Weights(IDataView view) => zoo.Ml.Transforms.SelectColumns("Weights", "Origin").Fit(view).Transform(view);

    private sealed class Scored
    {
        public float Score { get; set; }
    }
}
