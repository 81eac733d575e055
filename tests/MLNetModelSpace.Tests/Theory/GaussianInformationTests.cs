using MathNet.Numerics.LinearAlgebra;

namespace MLNetModelSpace.Tests.Theory;

public class GaussianInformationTests
{
    [Fact]
    public void EntropyOfAUnivariateNormalIsItsClosedForm()
    {
        var variance = Matrix<double>.Build.DenseOfArray(new[,] { { 2.5 } });
        Assert.Equal(0.5 * Math.Log(2 * Math.PI * Math.E * 2.5), GaussianInformation.Entropy(variance), 1e-10);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    public void EntropyOfIndependentCoordinatesIsTheSumOfTheirs(int d)
    {
        double[] variances = [.. Enumerable.Range(1, d).Select(i => 0.01 * i * i)];
        double expected = variances.Sum(v => 0.5 * Math.Log(2 * Math.PI * Math.E * v));
        Assert.Equal(expected, GaussianInformation.Entropy(Matrix<double>.Build.DenseOfDiagonalArray(variances)), 1e-10);
    }

    [Fact]
    public void EntropyAddsTheLogOfAScaleToEveryDimension()
    {
        var covariance = Gaussians.Covariance(20, seed: 1);
        Assert.Equal(GaussianInformation.Entropy(covariance) + (20 * Math.Log(3)), GaussianInformation.Entropy(covariance * 9), 1e-10);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(-0.99)]
    public void MutualInformationOfTwoVariablesDependsOnTheirCorrelation(double rho)
    {
        var covariance = Matrix<double>.Build.DenseOfArray(new[,] { { 4, 6 * rho }, { 6 * rho, 9 } });
        Assert.Equal(-0.5 * Math.Log(1 - (rho * rho)), GaussianInformation.MutualInformation(covariance, 1).Nats, 1e-10);
    }

    [Fact]
    public void MutualInformationIsTheEntropiesOfThePartsLessTheirJointEntropy()
    {
        var joint = Gaussians.Covariance(9, seed: 2);
        double parts = GaussianInformation.Entropy(joint.SubMatrix(0, 4, 0, 4)) + GaussianInformation.Entropy(joint.SubMatrix(4, 5, 4, 5));
        Assert.Equal(parts - GaussianInformation.Entropy(joint), GaussianInformation.MutualInformation(joint, 4).Nats, 1e-10);
    }

    [Fact]
    public void BitsAreNatsOverLog2() =>
        Assert.Equal(1, GaussianInformation.MutualInformation(Matrix<double>.Build.DenseOfArray(new[,] { { 1, Math.Sqrt(0.75) }, { Math.Sqrt(0.75), 1 } }), 1).Bits, 1e-10);

    [Theory]
    [InlineData(0)]
    [InlineData(0.9)]
    public void TheEstimateFromSamplesCoversTheTruth(double rho)
    {
        var (x, y) = Gaussians.Correlated(rho, 400, seed: 3);
        var estimate = GaussianInformation.MutualInformation(x, y, new EstimationOptions { BootstrapReplicates = 200 });
        Assert.True(estimate.Covers(-0.5 * Math.Log(1 - (rho * rho))), estimate.ToString());
    }

    [Theory]
    [InlineData(4)]
    [InlineData(12)]
    public void TheEstimateFromFewSamplesOfManyDimensionsIsFinite(int rows)
    {
        var estimate = GaussianInformation.MutualInformation(Gaussians.Standard(rows, 6, seed: 14), Gaussians.Standard(rows, 5, seed: 15));
        Assert.True(double.IsFinite(estimate.Upper) && estimate.Lower >= 0 && estimate.Lower <= estimate.Nats && estimate.Nats <= estimate.Upper);
    }

    [Fact]
    public void MomentsFromManySamplesAreThoseOfTheSource()
    {
        var source = Gaussians.Moments(5, seed: 4);
        var estimated = GaussianMoments.FromSamples(Gaussians.Draw(source, 20_000, seed: 5));
        Assert.Equal(source.Entropy, estimated.Entropy, 0.03);
        Assert.Equal(0, estimated.Shrinkage);
    }

    [Fact]
    public void FewerSamplesThanDimensionsAreShrunkToSomethingPositiveDefinite()
    {
        var source = Gaussians.Moments(60, seed: 6);
        var samples = Gaussians.Draw(source, 30, seed: 7);
        var shrunk = GaussianMoments.FromSamples(samples);
        Assert.InRange(shrunk.Shrinkage, 0.01, 1);
        Assert.True(double.IsFinite(shrunk.LogDeterminant));

        // Closer to the truth than the sample covariance it comes from: what the intensity is chosen for.
        var centred = samples - (Matrix<double>.Build.Dense(30, 1, 1) * (samples.ColumnSums() / 30).ToRowMatrix());
        var plain = centred.TransposeThisAndMultiply(centred) / 29;
        Assert.True((shrunk.Covariance - source.Covariance).FrobeniusNorm() < (plain - source.Covariance).FrobeniusNorm());
    }

    [Fact]
    public void WithoutShrinkageTooFewSamplesAreAnError() => Assert.Throws<ArgumentException>(() =>
        GaussianMoments.FromSamples(Gaussians.Standard(5, 8, seed: 8), new GaussianMoments.Options { Shrinkage = CovarianceShrinkage.None }));

    [Fact]
    public void NoiseMakesConstantColumnsUsable()
    {
        var samples = Gaussians.Standard(50, 3, seed: 9);
        samples.SetColumn(1, Vector<double>.Build.Dense(50, 2.0));
        var moments = GaussianMoments.FromSamples(samples, new GaussianMoments.Options { NoiseVariance = 0.25 });
        Assert.Equal(0.25, moments.Covariance[1, 1], 12);
    }

    [Fact]
    public void AConstantColumnIsNamed()
    {
        var samples = Gaussians.Standard(50, 3, seed: 10);
        samples.SetColumn(1, Vector<double>.Build.Dense(50, 2.0));
        var error = Assert.Throws<ArgumentException>(() => GaussianMoments.FromSamples(samples));
        Assert.Contains("Column 1 is constant", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnAsymmetricCovarianceIsAnError() => AssertRefused(new[,] { { 1, 0.5 }, { 0.4, 1 } }, "not symmetric");

    [Fact]
    public void AnIndefiniteCovarianceIsAnError() => AssertRefused(new[,] { { 1, 2.0 }, { 2.0, 1 } }, "not positive definite");

    [Fact]
    public void ASingularCovarianceIsAnError() => AssertRefused(new[,] { { 1, 1, 0.5 }, { 1, 1, 0.5 }, { 0.5, 0.5, 1 } }, "not positive definite");

    [Fact]
    public void ANegativeVarianceIsAnError() => AssertRefused(new[,] { { 1, 0.0 }, { 0.0, -1 } }, "not positive definite");

    [Fact]
    public void ANaNInTheCovarianceIsAnError() => AssertRefused(new[,] { { 1, double.NaN }, { double.NaN, 1 } }, "not symmetric");

    [Fact]
    public void ACovarianceThatIsNotSquareIsAnError() => AssertRefused(new[,] { { 1, 0.0, 0 }, { 0, 1, 0 } }, "square");

    [Fact]
    public void AMeanOfAnotherSizeIsAnError() =>
        Assert.Throws<ArgumentException>(() => new GaussianMoments([0, 0, 0], Matrix<double>.Build.DenseIdentity(2)));

    [Fact]
    public void OneSampleIsAnError()
    {
        var error = Assert.Throws<ArgumentException>(() => GaussianMoments.FromSamples(Gaussians.Standard(1, 2, seed: 11)));
        Assert.Contains("at least 2 samples", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ANaNAmongTheSamplesIsAnError()
    {
        var samples = Gaussians.Standard(10, 2, seed: 12);
        samples[3, 1] = double.NaN;
        var error = Assert.Throws<ArgumentException>(() => GaussianMoments.FromSamples(samples));
        Assert.Contains("Row 3, column 1", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void AnEmptyPartIsAnError(int first) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => GaussianInformation.MutualInformation(Gaussians.Covariance(4, seed: 13), first));

    private static void AssertRefused(double[,] covariance, string reason)
    {
        var matrix = Matrix<double>.Build.DenseOfArray(covariance);
        Assert.Contains(reason, Assert.Throws<ArgumentException>(() => GaussianInformation.Entropy(matrix)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new GaussianMoments(new double[matrix.ColumnCount], matrix));
    }
}
