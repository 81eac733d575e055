namespace MLNetModelSpace.Tests.Features;

// Reaches internals: figures of one matrix are worked out by hand; a model has several.
public class SpectralShapeTests
{
    private static readonly VectorizeWeightsEstimator.Options s_options = new() { Features = WeightFeatures.SpectralShape };

    [Fact]
    public void AZeroMatrixHasDocumentedValues()
    {
        float[] features = Models.Vectorize(s_options, Models.Single(20, 30), new float[600]);
        Assert.Equal([-30, -30, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, -30, -30, 0, 0, (float)SpectralPhase.RankCollapsed], features);
    }

    [Fact]
    public void TooFewEigenvaluesGiveNoFitAndAFlag()
    {
        SpectralSummary summary = new SpectralAnalyzer(10, true).Analyze(Models.Random(54, 1), 9, 6);
        Assert.False(summary.PowerLaw.IsFitted);
        Assert.Equal(0, summary.BulkSigma);
        Assert.Equal(SpectralPhase.Unknown, summary.Phase);
        float[] features = Models.Vectorize(s_options, Models.Single(9, 6), Models.Random(54, 1));
        Assert.Equal([0, 0, 0, 0, 1], features[5..10]);
        Assert.All(features, value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void OneValueHasNoEntropy()
    {
        // The product of a column and a row: rank 1.
        float[] matrix = [.. Enumerable.Range(0, 600).Select(i => (1 + (i / 30)) * 0.5f * (1 + (i % 30)))];
        SpectralSummary summary = new SpectralAnalyzer(10, true).Analyze(matrix, 20, 30);
        Assert.Equal(1, summary.MatrixRank);
        Assert.Equal(0, summary.Entropy);
    }

    [Theory]
    [InlineData(1, 12)]
    [InlineData(12, 1)]
    [InlineData(2, 2)]
    public void SmallMatricesStayFinite(int rows, int columns)
    {
        foreach (int fewest in new[] { 2, 10 })
        {
            float[] features = Models.Vectorize(
                new() { Features = WeightFeatures.SpectralShape, SpectralShape = { FewestEigenvalues = fewest } },
                Models.Single(rows, columns), Models.Random(rows * columns, 2));
            Assert.All(features, value => Assert.True(float.IsFinite(value)));
        }
    }

    [Fact]
    public void EqualEigenvaluesHaveNoPowerLaw()
    {
        float[] identity = new float[144];
        for (int i = 0; i < 12; i++)
            identity[i * 13] = 1;
        float[] features = Models.Vectorize(s_options, Models.Single(12, 12), identity);
        Assert.All(features, value => Assert.True(float.IsFinite(value)));
        Assert.Equal(12, features[2], 1e-5);
    }

    [Theory]
    [InlineData(new int[0], 0)]
    [InlineData(new[] { 7 }, 0)]
    [InlineData(new[] { 2, 3, 2, 2, 3 }, 19)]
    public void TensorsOfAnyRankAreTold(int[] shape, int count)
    {
        // Beside a matrix, since a vectorization without a number is refused.
        var layout = new WeightLayout([new TensorLayout("matrix", 3, 4), new TensorLayout("tensor", shape)]);
        float[] features = Models.Vectorize(s_options, layout, Models.Random(layout.Length, 1));
        Assert.Equal(19 + count, features.Length);
        Assert.All(features, value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void BiasesHaveNoSpectralShape() =>
        Assert.Equal(2 * 19, Models.Vectorize(s_options, Models.Linear(), Models.Zoo(Models.Linear(), 1)).Length);

    [Fact]
    public void WithoutTheBulkThereAreFewerFeatures() => Assert.Equal(
        13, Models.Vectorize(new() { Features = WeightFeatures.SpectralShape, SpectralShape = { FitBulk = false } }, Models.Single(12, 12), Models.Random(144, 1)).Length);

    [Fact]
    public void NoiseIsRandomLikeAndRankIsTold()
    {
        var analyzer = new SpectralAnalyzer(10, true);
        float[] noise = Models.Random(128 * 100, 8, 0.1);
        Assert.Contains(analyzer.Analyze(noise, 128, 100).Phase, new[] { SpectralPhase.RandomLike, SpectralPhase.BleedingOut });
        float[] spiked = [.. noise.Select((value, i) => value + (0.3f * MathF.Sin(i / 100)))];
        Assert.Equal(SpectralPhase.BulkAndSpikes, analyzer.Analyze(spiked, 128, 100).Phase);
        float[] repeated = [.. Enumerable.Range(0, 400).Select(i => noise[i % 100])];
        Assert.Equal(SpectralPhase.RankCollapsed, analyzer.Analyze([.. repeated, .. noise[..800]], 12, 100).Phase);
    }

    [Fact]
    public void FewestEigenvaluesIsChecked()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => Models.Vectorize(new() { SpectralShape = { FewestEigenvalues = 1 } }, Models.Single(4), new float[4]));
        Assert.Contains("SpectralShape.FewestEigenvalues is 1; expected 2 or more", error.Message);
    }
}
