using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace MLNetModelSpace.Tests.Theory;

public class SubsampleInformationTests
{
    private static readonly GaussianMoments s_source = Gaussians.Moments(4, seed: 21);

    [Fact]
    public void AsPrintedIsTheExpectedSizeTimesTheEntropy() =>
        Assert.Equal(1000 * 0.3 * s_source.Entropy, SubsampleInformation.AsPrinted(1000, 0.3, s_source).Nats, 1e-9);

    [Theory]
    [InlineData(10, 0.3)]
    [InlineData(60, 0.9)]
    public void BinomialEntropyIsTheSumOverItsProbabilities(int n, double p)
    {
        double expected = 0;
        for (int m = 0; m <= n; m++)
        {
            double probability = Math.Exp(SpecialFunctions.BinomialLn(n, m) + (m * Math.Log(p)) + ((n - m) * Math.Log(1 - p)));
            expected -= probability * Math.Log(probability);
        }

        Assert.Equal(expected, SubsampleInformation.BinomialEntropy(n, p), 1e-10);
    }

    [Fact]
    public void BinomialEntropyGrowsAsHalfTheLogarithmOfItsVariance()
    {
        // ½ log(2πe n p (1 − p)), not n H_bin(p) as the proof takes it.
        int n = 1_000_000;
        Assert.Equal(0.5 * Math.Log(2 * Math.PI * Math.E * n * 0.2 * 0.8), SubsampleInformation.BinomialEntropy(n, 0.2), 1e-6);
    }

    [Fact]
    public void TheFiniteFormDiffersFromThePrintedOneByTheEntropiesOfTheChoice()
    {
        double expected = SubsampleInformation.BinomialEntropy(500, 0.25) - (500 * SubsampleInformation.BernoulliEntropy(0.25));
        double difference = SubsampleInformation.FiniteSample(500, 0.25, s_source).Nats - SubsampleInformation.AsPrinted(500, 0.25, s_source).Nats;
        Assert.Equal(expected, difference, 1e-9);
        Assert.True(difference < -100);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void WithoutChanceTheFiniteFormIsThePrintedOne(double p) =>
        Assert.Equal(SubsampleInformation.AsPrinted(50, p, s_source).Nats, SubsampleInformation.FiniteSample(50, p, s_source).Nats, 1e-9);

    [Fact]
    public void ThePrintedFormsTurnNegativeInAnotherUnit()
    {
        var small = new GaussianMoments(s_source.Mean, s_source.Covariance * 1e-6);
        Assert.True(SubsampleInformation.AsPrinted(100, 0.5, small).Nats < 0);
        Assert.True(SubsampleInformation.FiniteSample(100, 0.5, small).Nats < 0);
        Assert.True(SubsampleInformation.Observed(100, 0.5, small, 1e-6).Nats > 0);
    }

    [Fact]
    public void TheObservedFormIsTheChannelCapacityOfEachIncludedPoint()
    {
        double point = s_source.Eigenvalues.Sum(value => 0.5 * Math.Log(1 + (value / 0.04)));
        Assert.Equal(100 * 0.3 * point, SubsampleInformation.Observed(100, 0.3, s_source, 0.04).Nats, 1e-9);
    }

    [Fact]
    public void TheObservedFormDoesNotDependOnTheUnit()
    {
        var scaled = new GaussianMoments(s_source.Mean, s_source.Covariance * 100);
        Assert.Equal(SubsampleInformation.Observed(10, 0.5, s_source, 0.1).Nats, SubsampleInformation.Observed(10, 0.5, scaled, 10).Nats, 1e-9);
    }

    [Fact]
    public void WithoutOrderAtMostTheOrderIsLost()
    {
        // p = 1: the order of n points is known to be one of n!.
        var ordered = SubsampleInformation.Observed(20, 1, s_source, 1e-4);
        var unordered = SubsampleInformation.ObservedUnordered(20, 1, s_source, 1e-4);
        Assert.Equal(ordered.Nats, unordered.Upper, 1e-9);
        Assert.Equal(ordered.Nats - SpecialFunctions.FactorialLn(20), unordered.Lower, 1e-9);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void AProbabilityOutsideItsRangeIsAnError(double p)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => SubsampleInformation.AsPrinted(10, p, s_source));
        Assert.Throws<ArgumentOutOfRangeException>(() => SubsampleInformation.FiniteSample(10, p, s_source));
        Assert.Throws<ArgumentOutOfRangeException>(() => SubsampleInformation.BernoulliEntropy(p));
        Assert.Throws<ArgumentOutOfRangeException>(() => SubsampleInformation.BinomialEntropy(10, p));
    }

    [Fact]
    public void ADatasetOfOneIsAnError() => Assert.Throws<ArgumentOutOfRangeException>(() => SubsampleInformation.FiniteSample(1, 0.5, s_source));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public void ANoiseThatIsNotPositiveIsAnError(double noise) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SubsampleInformation.Observed(10, 0.5, s_source, noise));
}
