using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Embedding;

// Reaches internals: its steps are compared with figures worked out by hand, which the whole encoder mixes.
public class InverseRegressionTests
{
    private const int Wide = 40;

    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData(3, 1, 3)]
    [InlineData(3, 2, 6)]
    [InlineData(4, 3, 20)]
    public void APureClassHasOneMonomial(int classes, int degree, int count)
    {
        var monomials = new ShareMonomials(classes, degree);
        Assert.Equal(count, monomials.Count);
        double[] shares = [.. Enumerable.Range(0, classes).Select(i => i == 0 ? 1.0 : 0)], values = new double[count];
        monomials.Evaluate(shares, values);
        Assert.Equal(1, values.Sum(), 12);
    }

    [Fact]
    public void SlopesAreThoseOfTheMonomials()
    {
        const double step = 1e-6;
        var monomials = new ShareMonomials(4, 3);
        double[] before = new double[monomials.Count], after = new double[monomials.Count], slopes = new double[monomials.Count];
        monomials.Evaluate([0.1, 0.2, 0.3, 0.4], before);
        monomials.Evaluate([0.1, 0.2 - step, 0.3, 0.4 + step], after);
        monomials.Differentiate([0.1, 0.2, 0.3, 0.4], 1, 3, slopes);
        for (int i = 0; i < slopes.Length; i++)
            Assert.Equal((after[i] - before[i]) / step, slopes[i], 4);
    }

    [Fact]
    public void NoiseAlongAFewDirectionsIsSeenThrough()
    {
        // Every feature is drowned by the same three disturbances, which the covariance of the noise knows.
        double plain = Angle(new EmbeddingRegressionTrainer.Options { Epochs = 40, Members = 1, InputNoise = 0 });
        double inverse = Angle(Options(40));
        Assert.True(inverse < plain / 2, $"{inverse} degrees, without inverse regression {plain}");
        Assert.InRange(inverse, 0, 4);
    }

    [Fact]
    public void AStageHasNoPartInItsOwnFold()
    {
        Row[] rows = Rows(200, 1);
        var shares = ColumnMatrix.FromFlat([.. rows.SelectMany(row => row.Shares)], rows.Length, 3);
        float[] seen = [.. rows.SelectMany(row => row.Features)], other = [.. seen];
        for (int i = 0; i < other.Length; i++)
            other[i] *= rows[i / Wide].Fold ? 2 : 1;
        var standardization = Standardization.Fit(ColumnMatrix.FromFlat(seen, rows.Length, Wide), FeatureScaling.Common);

        Assert.Equal(Estimate(seen, without: 1), Estimate(other, without: 1));
        Assert.NotEqual(Estimate(seen, without: 0), Estimate(other, without: 0));

        // Fold 1 has the rows that differ.
        float[] Estimate(float[] values, int without)
        {
            var features = ColumnMatrix.FromFlat(values, rows.Length, Wide);
            (InverseRegression[] stages, _) = CrossFitting.Run(
                new InverseRegressionLearner(features, shares, standardization, 200), features, Array.ConvertAll(rows, row => row.Fold ? 1 : 0), Options(1));
            float[] direction = new float[3];
            stages[without].Estimate(rows[0].Features, direction);
            return direction;
        }
    }

    /// <summary>With fewer features than models components come from the features' matrix of products, with more from the models'.</summary>
    [Fact]
    public void FeaturesThatNeverVaryChangeNoEstimate()
    {
        Row[] rows = Rows(60, 1);
        var shares = ColumnMatrix.FromFlat([.. rows.SelectMany(row => row.Shares)], rows.Length, 3);
        float[] narrow = Estimate(0), wide = Estimate(100);
        for (int i = 0; i < narrow.Length; i++)
            Assert.Equal(narrow[i], wide[i], 1e-4f);

        float[] Estimate(int added)
        {
            float[][] values = [.. rows.Select(row => (float[])[.. row.Features, .. Enumerable.Repeat(1f, added)])];
            var features = ColumnMatrix.FromFlat([.. values.SelectMany(row => row)], rows.Length, Wide + added);
            var learner = new InverseRegressionLearner(features, shares, Standardization.Fit(features), 200);
            float[] direction = new float[3];
            learner.Learn([.. Enumerable.Range(0, rows.Length)], CancellationToken.None).Estimate(values[0], direction);
            return direction;
        }
    }

    [Fact]
    public void TheColumnOfFoldsSaysWhatIsLeftOut()
    {
        EmbeddingRegressionTrainer.Options options = Options(3);
        float[] features = Rows(1, 9)[0].Features, inTurn = Fit(options).Embed(features);
        options.FoldColumnName = "Fold";

        Assert.NotEqual(inTurn, Fit(options).Embed(features));
    }

    [Fact]
    public void TheSameSeedGivesTheSameEncoderOnAnyNumberOfThreads()
    {
        EmbeddingRegressionTrainer.Options options = Options(3);
        options.Members = 2;
        options.Threads = 1;
        float[] features = Rows(1, 9)[0].Features, one = Fit(options).Embed(features);
        options.Threads = 2;
        Assert.Equal(one, Fit(options).Embed(features));
    }

    [Fact]
    public void TheEncoderIsSavedAndLoaded()
    {
        EmbeddingRegressionTrainer.Options options = Options(3);
        options.TrainDistanceHead = true;
        EmbeddingRegressionTransformer model = Fit(options);
        using var file = new MemoryStream();
        _ml.Model.Save(model, View(Rows(1, 1)).Schema, file);
        file.Position = 0;
        var fresh = new MLContext();
        var loaded = (EmbeddingRegressionTransformer)fresh.Model.Load(file, out _);
        float[] a = Rows(2, 9)[0].Features, b = Rows(2, 9)[1].Features;
        Assert.Equal(Wide, loaded.FeatureCount);
        Assert.Equal(model.Embed(a), loaded.Embed(a));
        Assert.Equal(model.PredictDistance(a, b), loaded.PredictDistance(a, b));
        Assert.Equal(model.PredictDistance(a, b), model.PredictDistance(b, a), 6);
    }

    [Fact]
    public void TooFewModelsAreRefused() => Assert.StartsWith(
        "There are 8 models to learn from; inverse regression on 3 classes needs at least 9.",
        Assert.Throws<InvalidDataException>(() => Fit(Options(1), Rows(10, 1))).Message);

    [Fact]
    public void FeaturesThatDoNotDifferAreRefused()
    {
        Row[] rows = Rows(100, 1);
        foreach (Row row in rows)
            row.Features = new float[Wide];
        Assert.StartsWith("The features of all models are the same", Assert.Throws<InvalidDataException>(() => Fit(Options(1), rows)).Message);
    }

    [Fact]
    public void OneFoldIsTooFew()
    {
        Row[] rows = Rows(100, 1);
        foreach (Row row in rows)
            row.Fold = false;
        EmbeddingRegressionTrainer.Options options = Options(1);
        options.FoldColumnName = "Fold";
        Assert.StartsWith("'Fold' has 1 class", Assert.Throws<ArgumentException>(() => Fit(options, rows)).Message);
    }

    [Fact]
    public void FoldsWithoutInverseRegressionAreRefused() => Assert.Contains(
        "set 'InverseRegression'",
        Assert.Throws<ArgumentException>(() => _ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(new EmbeddingRegressionTrainer.Options { FoldColumnName = "Fold" })).Message);

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    public void ComponentsHaveBounds(int components) => Assert.Throws<ArgumentOutOfRangeException>(
        () => _ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(new EmbeddingRegressionTrainer.Options { PrincipalComponents = components }));

    private static EmbeddingRegressionTrainer.Options Options(int epochs) =>
        new() { InverseRegression = true, Epochs = epochs, Members = 1, HiddenSizes = [16], InputNoise = 0, LearningRate = 1e-2 };

    private double Angle(EmbeddingRegressionTrainer.Options options) =>
        _ml.ModelSpace().Embedding.Evaluate(Fit(options).Transform(View(Rows(60, 2)))).MeanAngle;

    private EmbeddingRegressionTransformer Fit(EmbeddingRegressionTrainer.Options options) => Fit(options, Rows(200, 1));

    private EmbeddingRegressionTransformer Fit(EmbeddingRegressionTrainer.Options options, Row[] rows) =>
        _ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(options).Fit(View(rows));

    private IDataView View(Row[] rows) => _ml.Data.LoadFromEnumerable(rows);

    /// <summary>Curved in the shares, with small noise on every feature and large noise along three fixed directions.</summary>
    private static Row[] Rows(int count, int seed)
    {
        var random = new Random(seed);
        float[][] disturbances = [.. Enumerable.Range(0, 3).Select(d => Enumerable.Range(0, Wide).Select(j => MathF.Cos(1 + (j * (d + 0.7f)))).ToArray())];
        var rows = new Row[count];
        for (int i = 0; i < count; i++)
        {
            float[] shares = SyntheticZoo.Shares(random), features = new float[Wide];
            float[] strengths = [.. disturbances.Select(_ => 4 * (float)(random.NextDouble() - 0.5))];
            for (int j = 0; j < Wide; j++)
            {
                features[j] = (shares[j % 3] * ((j % 5) - 2)) + (shares[0] * shares[1] * (j % 4)) + (0.1f * (float)(random.NextDouble() - 0.5));
                for (int d = 0; d < disturbances.Length; d++)
                    features[j] += strengths[d] * disturbances[d][j];
            }

            rows[i] = new Row { Features = features, Shares = shares, Fold = i % 2 == 0 };
        }

        return rows;
    }

    private sealed class Row
    {
        [VectorType(Wide)]
        public float[] Features { get; set; } = [];

        [VectorType(3)]
        public float[] Shares { get; set; } = [];

        public bool Fold { get; set; }
    }
}
