using Microsoft.ML;

namespace MLNetModelSpace.Tests.Embedding;

// Reaches internals: distances are compared with those that the targets have.
public class RegressEmbeddingTests
{
    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData(EmbeddingLoss.ContrastiveNPair)]
    [InlineData(EmbeddingLoss.Cosine)]
    [InlineData(EmbeddingLoss.Triplet)]
    [InlineData(EmbeddingLoss.MeanSquaredError)]
    public void EveryLossLearnsTheSphere(EmbeddingLoss loss)
    {
        EmbeddingMetrics metrics = FitAndEvaluate(SyntheticZoo.QuickOptions(loss));
        Assert.True(metrics.MeanAngle < metrics.MeanVectorBaseline!.MeanAngle / 4, $"{metrics}");
        Assert.True(metrics.DistanceSpearman > 0.9, $"{metrics}");
    }

    [Fact]
    public void HyperbolicDistanceLearnsTheBall()
    {
        EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions(EmbeddingLoss.MeanSquaredError);
        options.Space = EmbeddingSpace.PoincareBall;
        EmbeddingMetrics metrics = FitAndEvaluate(options);
        Assert.True(metrics.MeanAngle < metrics.MeanVectorBaseline!.MeanAngle / 4, $"{metrics}");
        Assert.True(metrics.DistanceSpearman > 0.9, $"{metrics}");
    }

    [Fact]
    public void EmbeddingsHaveUnitLength()
    {
        EmbeddingRegressionTransformer model = Fit(SyntheticZoo.QuickOptions(), 30);
        float[] place = model.Embed(SyntheticZoo.Rows(1, 9)[0].Features);
        Assert.Equal(1, place.Sum(value => value * value), 5);
    }

    [Fact]
    public void TheSameSeedGivesTheSameEncoderOnAnyNumberOfThreads()
    {
        EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions();
        options.Epochs = 5;
        options.Members = 3;
        options.InputNoise = 0.1;
        options.Threads = 1;
        float[] features = SyntheticZoo.Rows(1, 9)[0].Features;
        float[] one = Fit(options, 40).Embed(features);
        options.Threads = 3;
        Assert.Equal(one, Fit(options, 40).Embed(features));
        options.Seed = 2;
        Assert.NotEqual(one, Fit(options, 40).Embed(features));
    }

    [Fact]
    public void TheLearningCurveIsKeptAndTrainingStopsEarly()
    {
        EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions();
        options.Epochs = 500;
        options.Patience = 3;
        options.Schedule = LearningRateSchedule.Step;
        EmbeddingRegressionTransformer model = Fit(options, 40);
        Assert.InRange(model.LearningCurve.Count, 4, 499);
        Assert.True(model.LearningCurve[0].TrainingLoss > model.LearningCurve[^1].TrainingLoss);
        Assert.Equal(Enumerable.Range(1, model.LearningCurve.Count), model.LearningCurve.Select(point => point.Epoch));
    }

    [Fact]
    public void TheDistanceHeadKeepsToTheSchedule()
    {
        SyntheticZoo.Row[] rows = SyntheticZoo.Rows(20, 3);
        double[] distances = [.. Enum.GetValues<LearningRateSchedule>().Select(schedule =>
        {
            EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions();
            (options.Epochs, options.Schedule, options.TrainDistanceHead) = (32, schedule, true);
            return new MLContext(1).ModelSpace().Embedding.Trainers.EmbeddingRegression(options).Fit(SyntheticZoo.View(new MLContext(1), 20, 3)).PredictDistance(rows[0].Features, rows[1].Features);
        })];
        Assert.Equal(3, distances.Distinct().Count());
    }

    [Fact]
    public void TheDistanceHeadPredictsDistances()
    {
        EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions();
        options.TrainDistanceHead = true;
        EmbeddingRegressionTransformer model = Fit(options, 100);
        SyntheticZoo.Row[] test = SyntheticZoo.Rows(30, 77);
        var predicted = new List<double>();
        var actual = new List<double>();
        for (int i = 1; i < test.Length; i++)
        {
            predicted.Add(model.PredictDistance(test[0].Features, test[i].Features));
            actual.Add(EmbeddingEvaluator.AngleInRadians(test[0].Shares, test[i].Shares));
            Assert.Equal(predicted[^1], model.PredictDistance(test[i].Features, test[0].Features));
        }

        Assert.True(RankCorrelation.Spearman(predicted.ToArray(), actual.ToArray()) > 0.85);
    }

    [Fact]
    public void ThePipelineIsSavedAndLoaded()
    {
        EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions();
        options.Epochs = 3;
        options.TrainDistanceHead = true;
        IDataView data = SyntheticZoo.View(_ml, 40, 1);
        EmbeddingRegressionTransformer model = _ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(options).Fit(data);
        using var file = new MemoryStream();
        _ml.Model.Save(model, data.Schema, file);
        file.Position = 0;
        var fresh = new MLContext();
        var loaded = (EmbeddingRegressionTransformer)fresh.Model.Load(file, out _);
        float[] a = SyntheticZoo.Rows(1, 9)[0].Features, b = SyntheticZoo.Rows(1, 10)[0].Features;
        Assert.Equal(model.Embed(a), loaded.Embed(a));
        Assert.Equal(model.PredictDistance(a, b), loaded.PredictDistance(a, b));
        Assert.Equal(model.LearningCurve, loaded.LearningCurve);
    }

    [Theory]
    [InlineData(EmbeddingLoss.ContrastiveNPair)]
    [InlineData(EmbeddingLoss.Triplet)]
    public void ABatchOfOneIsRefusedUnderContrastiveLosses(EmbeddingLoss loss)
    {
        EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions(loss);
        options.BatchSize = 1;
        Assert.StartsWith(
            $"The loss {loss} compares the models of a batch with each other: a batch of one has no negatives.",
            Assert.Throws<ArgumentException>(() => _ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(options)).Message);
    }

    [Fact]
    public void FeaturesThatAreNotFiniteAreRefused()
    {
        SyntheticZoo.Row[] rows = SyntheticZoo.Rows(10, 1);
        rows[3].Features[2] = float.NaN;
        Assert.Equal(
            "Column 'Features' has NaN at 2 in row 3; expected finite values.",
            Assert.Throws<InvalidDataException>(() => Fit(SyntheticZoo.QuickOptions(), rows)).Message);
    }

    [Theory]
    [InlineData(0.5f, 0.1f, 0.1f, "The shares sum to 0.7; expected 1.")]
    [InlineData(1.2f, -0.2f, 0f, "The share of class 1 is -0.2; expected 0 to 1.")]
    public void SharesThatAreNoProportionsNameTheirRow(float a, float b, float c, string message)
    {
        SyntheticZoo.Row[] rows = SyntheticZoo.Rows(10, 1);
        rows[4].Shares = [a, b, c];
        Assert.StartsWith(
            $"Column 'Shares', row 4: {message}",
            Assert.Throws<ArgumentException>(() => Fit(SyntheticZoo.QuickOptions(), rows)).Message);
    }

    [Fact]
    public void TwoClassesAreTooFew()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(new[] { new TwoClasses() });
        Assert.StartsWith(
            "There are 2 classes; a space of datasets needs at least 3.",
            Assert.Throws<ArgumentException>(() => _ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(SyntheticZoo.QuickOptions()).Fit(data)).Message);
    }

    [Fact]
    public void NoRowsAreRefused() => Assert.Equal(
        "There are no rows to read 'Features' from.",
        Assert.Throws<InvalidDataException>(() => Fit(SyntheticZoo.QuickOptions(), [])).Message);

    [Fact]
    public void TooFewModelsAreRefused() => Assert.StartsWith(
        "There are 2 models, of which 2 are held out for validation",
        Assert.Throws<InvalidDataException>(() => Fit(SyntheticZoo.QuickOptions(), 2)).Message);

    [Theory]
    [InlineData(EmbeddingLoss.ContrastiveNPair)]
    [InlineData(EmbeddingLoss.Cosine)]
    [InlineData(EmbeddingLoss.Triplet)]
    public void OtherLossesAreRefusedInTheBall(EmbeddingLoss loss)
    {
        EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions(loss);
        options.Space = EmbeddingSpace.PoincareBall;
        Assert.StartsWith($"The loss {loss} is not defined in the Poincaré ball", Assert.Throws<ArgumentException>(() => _ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(options)).Message);
    }

    [Fact]
    public void ALearningRateThatIsNoNumberIsRefused()
    {
        EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions();
        options.LearningRate = double.NaN;
        Assert.Contains("LearningRate is NaN", Assert.Throws<ArgumentOutOfRangeException>(() => _ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(options)).Message);
    }

    [Fact]
    public void TrainingThatDivergesSaysSo()
    {
        EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions(EmbeddingLoss.MeanSquaredError);
        options.LearningRate = 1e30;
        Assert.StartsWith("Training of the encoder diverged in epoch", Assert.Throws<InvalidOperationException>(() => Fit(options, 30)).Message);
    }

    [Fact]
    public void FeaturesOfAnotherLengthAreRefused()
    {
        EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions();
        options.Epochs = 1;
        Assert.StartsWith(
            "There are 2 features; the encoder was trained on 6.",
            Assert.Throws<ArgumentException>(() => Fit(options, 30).Embed([1, 2])).Message);
    }

    private EmbeddingRegressionTransformer Fit(EmbeddingRegressionTrainer.Options options, int count) => Fit(options, SyntheticZoo.Rows(count, 1));

    private EmbeddingRegressionTransformer Fit(EmbeddingRegressionTrainer.Options options, SyntheticZoo.Row[] rows) =>
        _ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(options).Fit(_ml.Data.LoadFromEnumerable(rows));

    private EmbeddingMetrics FitAndEvaluate(EmbeddingRegressionTrainer.Options options)
    {
        EmbeddingRegressionTransformer model = Fit(options, 120);
        return _ml.ModelSpace().Embedding.Evaluate(
            model.Transform(SyntheticZoo.View(_ml, 40, 2)), new EmbeddingMetrics.Options { Space = options.Space, BallRadius = options.BallRadius });
    }

    private sealed class TwoClasses
    {
        [Microsoft.ML.Data.VectorType(6)]
        public float[] Features { get; set; } = [1, 2, 3, 4, 5, 6];

        [Microsoft.ML.Data.VectorType(2)]
        public float[] Shares { get; set; } = [0.5f, 0.5f];
    }
}
