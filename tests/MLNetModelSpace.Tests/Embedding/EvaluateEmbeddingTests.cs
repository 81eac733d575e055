using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Embedding;

// Reaches internals: places that are right are the targets themselves.
public class EvaluateEmbeddingTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void APerfectEmbeddingHasNoError()
    {
        EmbeddingMetrics metrics = Evaluate(Placed(50, OnSphere));
        Assert.Equal(0, metrics.MeanAngle, 4);
        Assert.Equal(1, metrics.RSquared, 6);
        Assert.Equal(1, metrics.DistanceSpearman, 6);
        Assert.Equal(1, metrics.DistanceKendall, 3);
        Assert.Equal(1, metrics.LipschitzRatio, 3);
        Assert.Equal(1, metrics.RecallAt1);
        Assert.Equal(1, metrics.MedianRank);
        Assert.Equal(50 * 49 / 2, metrics.Pairs);
    }

    [Fact]
    public void TheMeanVectorExplainsNothingAndFindsNothing()
    {
        EmbeddingMetrics baseline = Evaluate(Placed(50, OnSphere)).MeanVectorBaseline!;
        Assert.InRange(baseline.RSquared, -0.3, 0);
        Assert.Equal(0, baseline.DistanceSpearman);
        Assert.Equal(0, baseline.RecallAt5);
        Assert.Equal(25.5, baseline.MedianRank);
    }

    [Fact]
    public void ShuffledTargetsAreNearChance()
    {
        EmbeddingMetrics shuffled = Evaluate(Placed(200, OnSphere)).ShuffledBaseline!;
        Assert.InRange(shuffled.DistanceSpearman, -0.1, 0.1);
        Assert.True(shuffled.RSquared < -0.5);
        Assert.Null(shuffled.ShuffledBaseline);
    }

    [Fact]
    public void AnglesAreThoseBetweenTheVectors()
    {
        SyntheticZoo.Placed[] rows =
        [
            new() { Shares = [1, 0, 0], Embedding = [1, 0, 0] },
            new() { Shares = [0, 1, 0], Embedding = [1, 0, 0] },
            new() { Shares = [0, 0, 1], Embedding = [0, 1, 1] },
        ];
        EmbeddingMetrics metrics = Evaluate(rows);
        Assert.Equal(45, metrics.MeanAngle, 5);
        Assert.Equal(45, metrics.MedianAngle, 5);
        Assert.Equal((1 + 0 + Math.Sqrt(0.5)) / 3, metrics.MeanCosine, 6);
        Assert.Equal((2 + (2 - Math.Sqrt(2))) / 9, metrics.MeanSquaredError, 6);
    }

    [Fact]
    public void TheBallUsesHyperbolicDistances()
    {
        var options = new EmbeddingMetrics.Options { Space = EmbeddingSpace.PoincareBall, BallRadius = 2 };
        EmbeddingMetrics metrics = Evaluate(Placed(30, shares => DatasetTargets.InBall(shares, 2)), options);
        Assert.Equal(1, metrics.DistanceSpearman, 6);
        Assert.Equal(0, metrics.MeanAngle, 3);
    }

    [Fact]
    public void MixturesAreWeightedByCounts()
    {
        IDataView first = View([1, 0, 0]), second = View([0, 1, 0]), union = View([2, 1, 0]);
        MixtureMetrics metrics = _ml.ModelSpace().Embedding.EvaluateMixtures(first, second, union, [(200, 100)]);
        Assert.Equal(0, metrics.MeanAngle, 4);
        Assert.Equal(18.4349, _ml.ModelSpace().Embedding.EvaluateMixtures(first, second, union).MeanAngle, 3);

        IDataView View(float[] embedding)
        {
            return _ml.Data.LoadFromEnumerable([new SyntheticZoo.Placed { Embedding = embedding, Shares = [1, 0, 0] }]);
        }
    }

    [Fact]
    public void TheBuiltInEvaluatorWorksPerAxis()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(Placed(40, OnSphere));
        RegressionMetrics metrics = _ml.Regression.Evaluate(_ml.ModelSpace().Embedding.SelectAxis(data, 1));
        Assert.Equal(1, metrics.RSquared, 6);
    }

    [Fact]
    public void TwoModelsAreTooFew() => Assert.StartsWith(
        "There are 2 models; distances of pairs need at least 3.",
        Assert.Throws<ArgumentException>(() => Evaluate(Placed(2, OnSphere))).Message);

    [Fact]
    public void EmbeddingsThatAreNotFiniteAreRefused()
    {
        SyntheticZoo.Placed[] rows = Placed(3, OnSphere);
        rows[1].Embedding = [1, float.NaN, 0];
        Assert.Equal(
            "Column 'Embedding' has NaN at 1 in row 1; expected finite values.",
            Assert.Throws<InvalidDataException>(() => Evaluate(rows)).Message);
    }

    [Fact]
    public void AMissingColumnIsNamed() => Assert.Contains(
        "Could not find input column 'Place'",
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Evaluate(Placed(3, OnSphere), new EmbeddingMetrics.Options { EmbeddingColumnName = "Place" })).Message);

    private EmbeddingMetrics Evaluate(SyntheticZoo.Placed[] rows, EmbeddingMetrics.Options? options = null) =>
        _ml.ModelSpace().Embedding.Evaluate(_ml.Data.LoadFromEnumerable(rows), options);

    private static SyntheticZoo.Placed[] Placed(int count, Func<float[], float[]> place)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            float[] shares = SyntheticZoo.Shares(random);
            return new SyntheticZoo.Placed { Id = $"{i}", Shares = shares, Embedding = place(shares) };
        })];
    }

    private static float[] OnSphere(float[] shares) => DatasetTargets.OnSphere(shares);
}
