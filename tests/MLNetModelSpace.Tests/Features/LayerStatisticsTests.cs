namespace MLNetModelSpace.Tests.Features;

public class LayerStatisticsTests
{
    private static readonly VectorizeWeightsEstimator.Options s_withTails = new() { Features = WeightFeatures.LayerStatistics, LayerStatistics = { TailQuantiles = true } };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(101)]
    [InlineData(5003)]
    public void QuantilesAreThoseOfTheSortedValues(int n)
    {
        float[] values = Models.Random(n, n);
        int[] percents = [0, 1, 5, 25, 50, 75, 95, 99, 100];
        float[] actual = Models.Vectorize(s_withTails, Models.Single(n), values)[^percents.Length..];
        float[] sorted = [.. values.Order()];
        for (int i = 0; i < percents.Length; i++)
        {
            double place = percents[i] * (n - 1) / 100.0;
            int rank = (int)place;
            double expected = sorted[rank] + ((place - rank) * (sorted[Math.Min(rank + 1, n - 1)] - (double)sorted[rank]));
            Assert.Equal(expected, actual[i], 1e-6);
        }
    }

    [Fact]
    public void QuantilesOfFewDifferentAndHugeValuesAreExact()
    {
        float[] values = [.. Enumerable.Repeat(3f, 90), .. Enumerable.Repeat(-3e38f, 90), 3e38f];
        float[] actual = Models.Vectorize(s_withTails, Models.Single(values.Length), values)[^9..];
        Assert.Equal([-3e38f, 3f, 3e38f], [actual[0], actual[4], actual[8]]);
    }

    [Fact]
    public void MomentsAreThoseOfTheDefinition()
    {
        float[] values = Models.Random(1003, 4).Select(value => (value * value) + 5).ToArray();
        double mean = values.Average(value => (double)value);
        double Central(int power) => values.Average(value => Math.Pow(value - mean, power));
        Moments actual = Moments.Of(values);
        Assert.Equal(mean, actual.Mean, 1e-12);
        Assert.Equal(Central(2), actual.Variance, 1e-12);
        Assert.Equal(Central(3) / Math.Pow(Central(2), 1.5), actual.Skewness, 1e-10);
        Assert.Equal((Central(4) / Math.Pow(Central(2), 2)) - 3, actual.Kurtosis, 1e-10);
        Assert.Equal(values.Sum(value => (double)value), actual.L1, 1e-8);
        Assert.Equal(Math.Sqrt(values.Sum(value => (double)value * value)), actual.L2, 1e-10);
    }

    [Fact]
    public void AConstantTensorHasNoSpread()
    {
        var options = new VectorizeWeightsEstimator.Options { Features = WeightFeatures.LayerStatistics };
        Assert.Equal([2f, 0, 0, 0, 8, 4, 2, 2, 2, 2, 2], Models.Vectorize(options, Models.Single(4), [2f, 2f, 2f, 2f]));
    }

    [Fact]
    public void TailQuantilesComeWhenAskedFor()
    {
        var options = new VectorizeWeightsEstimator.Options { Features = WeightFeatures.LayerStatistics, LayerStatistics = { TailQuantiles = true } };
        float[] features = Models.Vectorize(options, Models.Single(101), [.. Enumerable.Range(0, 101).Select(i => (float)i)]);
        Assert.Equal([0, 1, 5, 25, 50, 75, 95, 99, 100], features[6..]);
    }
}
