using MathNet.Numerics.LinearAlgebra;

namespace MLNetModelSpace.Tests.Theory;

public class MutualInformationTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(0.99)]
    public void KsgIsWithinAFewHundredthsOfANatForCorrelatedGaussians(double rho)
    {
        var (x, y) = Gaussians.Correlated(rho, 5000, seed: 81);
        var estimate = MutualInformation.Ksg(x, y);
        double truth = -0.5 * Math.Log(1 - (rho * rho));
        Assert.Equal(truth, estimate.Nats, 0.05);
        Assert.True(estimate.Covers(truth), estimate.ToString());
    }

    [Fact]
    public void KsgTakesVectors()
    {
        var x = Gaussians.Standard(1500, 2, seed: 82);
        var y = (x * 0.8) + (Gaussians.Standard(1500, 2, seed: 83) * 0.6);
        Assert.Equal(-Math.Log(1 - 0.64), MutualInformation.Ksg(x, y).Nats, 0.1);
    }

    [Fact]
    public void KsgDoesNotDependOnTheUnitOfAColumn()
    {
        var (x, y) = Gaussians.Correlated(0.7, 500, seed: 84);
        Assert.Equal(MutualInformation.Ksg(x, y).Nats, MutualInformation.Ksg(x * 1e12, (y * 1e-9) + 5).Nats, 1e-3);
    }

    [Fact]
    public void TheSameSeedGivesTheSameNumbers()
    {
        var (x, y) = Gaussians.Correlated(0.7, 500, seed: 85);
        Assert.Equal(MutualInformation.Ksg(x, y, new EstimationOptions { Seed = 3 }), MutualInformation.Ksg(x, y, new EstimationOptions { Seed = 3 }));
    }

    [Fact]
    public void DuplicatePointsAreToldApartByJitter()
    {
        // A fair coin seen twice: ln 2, through 200 copies of each of two points.
        var coin = Matrix<double>.Build.Dense(400, 1, (i, _) => i % 2);
        var estimate = MutualInformation.Ksg(coin, coin.Clone());
        Assert.True(double.IsFinite(estimate.Nats) && double.IsFinite(estimate.Lower));
        Assert.Equal(Math.Log(2), MutualInformation.Ross(coin, [.. Enumerable.Range(0, 400).Select(i => i % 2)]).Nats, 0.02);
    }

    [Fact]
    public void WithoutJitterDuplicatePointsAreAnError()
    {
        var coin = Matrix<double>.Build.Dense(40, 1, (i, _) => i % 2);
        var error = Assert.Throws<ArgumentException>(() => MutualInformation.Ksg(coin, coin, new EstimationOptions { Jitter = 0 }));
        Assert.Contains("Jitter", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1.5)]
    public void RossIsCloseForAMixtureOfTwoGaussians(double shift)
    {
        var (x, labels) = Mixtures.Two(shift, 3000, dimensions: 1, seed: 86);
        var estimate = MutualInformation.Ross(x, labels);
        double truth = Mixtures.Information(shift);
        Assert.Equal(truth, estimate.Nats, 0.05);
        Assert.True(estimate.Covers(truth), estimate.ToString());
    }

    [Fact]
    public void RossIsZeroWhereTheClassesAreAlike()
    {
        var (x, labels) = Mixtures.Two(0, 1000, dimensions: 3, seed: 87);
        var estimate = MutualInformation.Ross(x, labels);
        Assert.True(estimate.Covers(0), estimate.ToString());
    }

    [Fact]
    public void RossOfSeparateClassesIsTheirEntropy()
    {
        int[] labels = [.. Enumerable.Range(0, 900).Select(i => i % 3)];
        var noise = Gaussians.Standard(900, 1, seed: 88);
        var x = Matrix<double>.Build.Dense(900, 1, (i, j) => (100 * labels[i]) + noise[i, j]);
        Assert.Equal(Math.Log(3), MutualInformation.Ross(x, labels).Nats, 0.005);
    }

    [Fact]
    public void RandomWeightsKnowNothingThoughFormulaTwoIsNotZero()
    {
        var source = Gaussians.Moments(12, seed: 104);
        var models = Enumerable.Range(0, 200).Select(i => Gaussians.RandomWeights(12, 3, 0.3, seed: 1000 + (2 * i))).ToArray();
        Assert.All(models, model => Assert.NotEqual(0, LinearAutoencoderInformation.AsPrinted(source, model, 100).Nats));
        var spectra = Matrix<double>.Build.DenseOfRowVectors(models.Select(model => model.Encoder.Svd(computeVectors: false).S));
        var estimate = MutualInformation.Ross(spectra, [.. Enumerable.Range(0, 200).Select(i => i % 2)]);
        Assert.True(estimate.Covers(0), estimate.ToString());
    }

    [Fact]
    public void RossLeavesOutAClassOfOne()
    {
        var (x, labels) = Mixtures.Two(1, 100, dimensions: 1, seed: 89);
        labels[7] = 5;
        Assert.True(double.IsFinite(MutualInformation.Ross(x, labels).Nats));
    }

    [Fact]
    public void DiscreteInformationIsThatOfTheJointCounts()
    {
        // A symmetric channel with 10% errors: ln 2 less the entropy of an error.
        int[] x = [.. Enumerable.Range(0, 1000).Select(i => i % 2)];
        int[] y = [.. x.Select((value, i) => i / 2 % 10 == 0 ? 1 - value : value)];
        double truth = Math.Log(2) + (0.1 * Math.Log(0.1)) + (0.9 * Math.Log(0.9));
        var estimate = MutualInformation.Discrete(x, y, new EstimationOptions { BootstrapReplicates = 200 });
        Assert.Equal(truth - (1 / 2000.0), estimate.Nats, 1e-10);
        Assert.True(estimate.Covers(truth));
    }

    [Fact]
    public void DiscreteInformationOfIndependentVariablesIsZero()
    {
        var random = Gaussians.Random(90);
        int[] x = [.. Enumerable.Range(0, 500).Select(_ => random.Next(3))];
        int[] y = [.. Enumerable.Range(0, 500).Select(_ => random.Next(3))];
        Assert.True(MutualInformation.Discrete(x, y).Covers(0));
    }

    [Fact]
    public void AConstantColumnIsNamed()
    {
        var error = Assert.Throws<ArgumentException>(() => MutualInformation.Ksg(Gaussians.Standard(20, 1, 91), Matrix<double>.Build.Dense(20, 1, 3.0)));
        Assert.Contains("Column 0 is constant", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => MutualInformation.Ross(Matrix<double>.Build.Dense(20, 1, 3.0), [.. Enumerable.Range(0, 20).Select(i => i % 2)]));
    }

    [Fact]
    public void FewerThanTwoSamplesAreAnError() => Assert.Throws<ArgumentException>(() => MutualInformation.Ksg(Gaussians.Standard(1, 1, 92), Gaussians.Standard(1, 1, 93)));

    [Fact]
    public void NoMoreSamplesThanNeighboursAreAnError() => Assert.Throws<ArgumentException>(() => MutualInformation.Ksg(Gaussians.Standard(4, 1, 94), Gaussians.Standard(4, 1, 95)));

    [Fact]
    public void DifferentNumbersOfRowsAreAnError() => Assert.Throws<ArgumentException>(() => MutualInformation.Ksg(Gaussians.Standard(9, 1, 96), Gaussians.Standard(8, 1, 97)));

    [Fact]
    public void OneClassIsAnError() => Assert.Throws<ArgumentException>(() => MutualInformation.Ross(Gaussians.Standard(9, 1, 98), new int[9]));

    [Fact]
    public void ANaNIsAnError()
    {
        var x = Gaussians.Standard(20, 1, 99);
        x[4, 0] = double.NaN;
        Assert.Throws<ArgumentException>(() => MutualInformation.Ksg(x, Gaussians.Standard(20, 1, 100)));
    }

    [Fact]
    public void NoNeighboursAreAnError() => Assert.Throws<ArgumentOutOfRangeException>(() =>
        MutualInformation.Ksg(Gaussians.Standard(20, 1, 101), Gaussians.Standard(20, 1, 102), new EstimationOptions { Neighbors = 0 }));

    [Fact]
    public void AnEstimateStopsInTheMiddle()
    {
        int[] x = [.. Enumerable.Range(0, 2000).Select(i => i % 3)], y = [.. Enumerable.Range(0, 2000).Select(i => i % 5)];
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        // With as many replicates as take minutes, this ends soon only because one of them looks at the token.
        Assert.ThrowsAny<OperationCanceledException>(() => MutualInformation.Discrete(x, y, new EstimationOptions { BootstrapReplicates = 5_000_000, CancellationToken = cancel.Token }));
    }
}
