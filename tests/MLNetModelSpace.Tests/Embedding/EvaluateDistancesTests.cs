using Microsoft.ML;

namespace MLNetModelSpace.Tests.Embedding;

// Reaches internals: what is expected is put together from the targets, the distances and the correlations, without the evaluator.
public class EvaluateDistancesTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void MetricsAreThoseOfPredictedAgainstActualDistances()
    {
        EmbeddingRegressionTransformer encoder = Fit(head: true);
        SyntheticZoo.Row[] rows = SyntheticZoo.Rows(12, 5);
        var predicted = new List<double>();
        var actual = new List<double>();
        for (int i = 0; i < rows.Length; i++)
        {
            for (int j = i + 1; j < rows.Length; j++)
            {
                predicted.Add(encoder.PredictDistance(rows[i].Features, rows[j].Features));
                actual.Add(EmbeddingEvaluator.AngleInRadians(DatasetTargets.OnSphere(rows[i].Shares), DatasetTargets.OnSphere(rows[j].Shares)));
            }
        }

        DistanceMetrics metrics = _ml.ModelSpace().Embedding.EvaluateDistances(encoder, _ml.Data.LoadFromEnumerable(rows));

        double mean = actual.Average();
        Assert.Equal(66, metrics.Pairs);
        Assert.Equal(predicted.Zip(actual, (p, a) => Math.Abs(p - a)).Average(), metrics.MeanAbsoluteError, 9);
        Assert.Equal(Math.Sqrt(predicted.Zip(actual, (p, a) => (p - a) * (p - a)).Average()), metrics.RootMeanSquaredError, 9);
        Assert.Equal(1 - (predicted.Zip(actual, (p, a) => (p - a) * (p - a)).Sum() / actual.Sum(a => (a - mean) * (a - mean))), metrics.RSquared, 9);
        Assert.Equal(RankCorrelation.Spearman(predicted.ToArray(), actual.ToArray()), metrics.Spearman, 9);
        Assert.Equal(actual.Average(a => Math.Abs(a - mean)), metrics.MeanDistanceError, 9);
    }

    [Fact]
    public void BothPredictionsBeatTheMeanDistance()
    {
        DistanceMetrics metrics = _ml.ModelSpace().Embedding.EvaluateDistances(Fit(head: true), SyntheticZoo.View(_ml, 40, 2));
        Assert.True(metrics.MeanAbsoluteError < metrics.MeanDistanceError / 2, $"{metrics}");
        Assert.True(metrics.FromEmbeddings!.MeanAbsoluteError < metrics.MeanDistanceError / 2, $"{metrics.FromEmbeddings}");
    }

    [Fact]
    public void AnEncoderWithoutAHeadIsRefused() => Assert.StartsWith(
        "This encoder has no distance head",
        Assert.Throws<InvalidOperationException>(() => _ml.ModelSpace().Embedding.EvaluateDistances(Fit(head: false), SyntheticZoo.View(_ml, 10, 2))).Message);

    [Fact]
    public void AnotherSpaceIsRefused() => Assert.StartsWith(
        "The encoder places models in Sphere; the options ask for PoincareBall.",
        Assert.Throws<ArgumentException>(() => _ml.ModelSpace().Embedding.EvaluateDistances(
            Fit(head: false), SyntheticZoo.View(_ml, 10, 2), new EmbeddingMetrics.Options { Space = EmbeddingSpace.PoincareBall })).Message);

    [Fact]
    public void TheHeadIsTrainedByTheOptionsSchedule()
    {
        SyntheticZoo.Row[] rows = SyntheticZoo.Rows(2, 5);
        Assert.NotEqual(Predict(LearningRateSchedule.Constant), Predict(LearningRateSchedule.Cosine));
        Assert.NotEqual(Predict(LearningRateSchedule.Constant), Predict(LearningRateSchedule.Step));

        double Predict(LearningRateSchedule schedule)
        {
            EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions();
            (options.Epochs, options.Schedule, options.TrainDistanceHead) = (32, schedule, true);
            return _ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(options).Fit(SyntheticZoo.View(_ml, 20, 1)).PredictDistance(rows[0].Features, rows[1].Features);
        }
    }

    [Fact]
    public void OneModelHasNoPairsToTrainAHeadOn()
    {
        EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions();
        (options.ValidationFraction, options.TrainDistanceHead) = (0, true);
        Assert.StartsWith(
            "A distance head learns from pairs of models; there is 1 model.",
            Assert.Throws<InvalidDataException>(() => _ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(options).Fit(SyntheticZoo.View(_ml, 1, 1))).Message);
    }

    private EmbeddingRegressionTransformer Fit(bool head)
    {
        EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions();
        options.TrainDistanceHead = head;
        return _ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(options).Fit(SyntheticZoo.View(_ml, 100, 1));
    }
}
