using MathNet.Numerics.LinearAlgebra;

namespace MLNetModelSpace.Tests.Theory;

public class LinearAutoencoderInformationTests
{
    private const double Noise = 0.05;

    [Theory]
    [InlineData(4, 2)]
    [InlineData(64, 16)]
    public void ThePrintedFormIsTheDifferenceOfTheLogDeterminantsOfSamplesAndErrors(int d, int k)
    {
        var source = Gaussians.Moments(d, seed: 31);
        var weights = Gaussians.RandomWeights(d, k, 0.15, seed: 32);
        var samples = Gaussians.Draw(source, 4 * d, seed: 33);
        var errors = samples - (samples * (weights.Decoder * weights.Encoder).Transpose());

        // Both sample covariances come from the same points, and the determinant of I − W₂W₁ is what lies between them exactly.
        double expected = (GaussianMoments.FromSamples(samples).LogDeterminant - GaussianMoments.FromSamples(errors).LogDeterminant) / 2;
        Assert.Equal(expected, LinearAutoencoderInformation.AsPrinted(source, weights, 1).Nats, 1e-7);
    }

    [Fact]
    public void ThePrintedFormAgreesWithIndependentSamplesOfInputAndError()
    {
        var source = Gaussians.Moments(64, seed: 34);
        var weights = Gaussians.RandomWeights(64, 16, 0.12, seed: 35);
        var samples = Gaussians.Draw(source, 10_000, seed: 36);
        var others = Gaussians.Draw(source, 10_000, seed: 37);
        var errors = others - (others * (weights.Decoder * weights.Encoder).Transpose());
        double expected = (GaussianMoments.FromSamples(samples).LogDeterminant - GaussianMoments.FromSamples(errors).LogDeterminant) / 2;

        // The variance of each log-determinant is 2d/n: four standard deviations of the difference are 0.32.
        Assert.Equal(expected, LinearAutoencoderInformation.AsPrinted(source, weights, 1).Nats, 0.32);
    }

    [Fact]
    public void ThePrintedFormDoesNotDependOnTheData()
    {
        var weights = Gaussians.RandomWeights(10, 3, 0.2, seed: 38);
        double first = LinearAutoencoderInformation.AsPrinted(Gaussians.Moments(10, seed: 39), weights, 7).Nats;
        Assert.Equal(first, LinearAutoencoderInformation.AsPrinted(Gaussians.Moments(10, seed: 40), weights, 7).Nats, 1e-12);
    }

    [Fact]
    public void ThePrintedFormIsInfiniteAtThePcaOptimum()
    {
        var source = Gaussians.Moments(12, seed: 41);
        Assert.Equal(double.PositiveInfinity, LinearAutoencoderInformation.AsPrinted(source, LinearAutoencoderWeights.Pca(source, 4), 10).Nats);
    }

    [Fact]
    public void ThePrintedFormGrowsWithoutBoundTowardsTheIdentity()
    {
        var source = Gaussians.Moments(6, seed: 42);
        double last = 0;
        foreach (double error in (double[])[1e-1, 1e-3, 1e-6, 1e-9])
        {
            var identity = Matrix<double>.Build.DenseIdentity(6);
            double value = LinearAutoencoderInformation.AsPrinted(source, new LinearAutoencoderWeights(identity, identity * (1 - error)), 1).Nats;
            Assert.Equal(-6 * Math.Log(error), value, 1e-5);
            Assert.True(value > last);
            last = value;
        }
    }

    [Fact]
    public void EveryFormIsZeroForZeroWeights()
    {
        var source = new GaussianMoments(new double[6], Gaussians.Covariance(6, seed: 43));
        var zero = new LinearAutoencoderWeights(Matrix<double>.Build.Dense(2, 6), Matrix<double>.Build.Dense(6, 2));
        Assert.Equal(0, LinearAutoencoderInformation.AsPrinted(source, zero, 5).Nats);
        Assert.Equal(0, LinearAutoencoderInformation.Regularized(source, zero, 5, Noise).Nats, 1e-10);
        Assert.Equal(0, LinearAutoencoderInformation.Channel(source, zero, 5, Noise).Nats, 1e-10);
        Assert.Equal(0, LinearAutoencoderInformation.Code(source, zero, 5, Noise).Nats, 1e-10);
        Assert.Equal(0, LinearAutoencoderInformation.PseudoDeterminant(source, zero, 5).Nats, 1e-10);
        Assert.Equal(0, LinearAutoencoderInformation.Rate(source, zero, 5).Nats, 1e-10);
    }

    [Fact]
    public void ThePrintedFormIsNotZeroForRandomWeights()
    {
        var source = Gaussians.Moments(20, seed: 44);
        Assert.True(Math.Abs(LinearAutoencoderInformation.AsPrinted(source, Gaussians.RandomWeights(20, 5, 0.3, seed: 45), 1).Nats) > 0.1);
    }

    [Fact]
    public void ThePrintedFormIsNegativeWhereTheErrorIsLargerThanTheInput()
    {
        var identity = Matrix<double>.Build.DenseIdentity(3);
        var inverting = new LinearAutoencoderWeights(identity, -identity);
        Assert.Equal(-3 * Math.Log(2), LinearAutoencoderInformation.AsPrinted(Gaussians.Moments(3, seed: 46), inverting, 1).Nats, 1e-12);
    }

    [Fact]
    public void AtThePcaOptimumTheFiniteFormsAgreeOnTheRateOfTheReconstructedComponents()
    {
        var source = Gaussians.Moments(12, seed: 47);
        var pca = LinearAutoencoderWeights.Pca(source, 4);
        double expected = 50 * source.Eigenvalues.Take(4).Sum(value => Math.Log(1 + (value / Noise))) / 2;
        Assert.Equal(expected, LinearAutoencoderInformation.Regularized(source, pca, 50, Noise).Nats, 1e-7);
        Assert.Equal(expected, LinearAutoencoderInformation.Channel(source, pca, 50, Noise).Nats, 1e-7);
        Assert.Equal(expected, LinearAutoencoderInformation.Code(source, pca, 50, Noise).Nats, 1e-7);
        double unregularised = 50 * source.Eigenvalues.Take(4).Sum(value => Math.Log(value / Noise)) / 2;
        Assert.Equal(unregularised, LinearAutoencoderInformation.PseudoDeterminant(source, pca, 50, Noise).Nats, 1e-7);
    }

    [Fact]
    public void ThePseudoDeterminantIsReverseWaterFillingBetweenTheKeptAndTheLostEigenvalues()
    {
        var source = Gaussians.Moments(12, seed: 48);
        double level = (source.Eigenvalues[3] + source.Eigenvalues[4]) / 2;
        double rate = RateDistortion.AtWaterLevel(source.Eigenvalues, level).Rate;
        Assert.Equal(rate, LinearAutoencoderInformation.PseudoDeterminant(source, LinearAutoencoderWeights.Pca(source, 4), 1, level).Nats, 1e-7);
    }

    [Fact]
    public void WithoutANullSpaceThePseudoDeterminantIsThePrintedForm()
    {
        var source = Gaussians.Moments(8, seed: 49);
        var weights = Gaussians.RandomWeights(8, 3, 0.2, seed: 50);
        Assert.Equal(
            LinearAutoencoderInformation.AsPrinted(source, weights, 3).Nats, LinearAutoencoderInformation.PseudoDeterminant(source, weights, 3).Nats, 1e-9);
    }

    [Fact]
    public void RegularisedAndPrintedFormsMeetAsTheNoiseVanishes()
    {
        var source = Gaussians.Moments(8, seed: 51);
        var weights = Gaussians.RandomWeights(8, 3, 0.2, seed: 52);
        Assert.Equal(
            LinearAutoencoderInformation.AsPrinted(source, weights, 1).Nats, LinearAutoencoderInformation.Regularized(source, weights, 1, 1e-9).Nats, 1e-5);
    }

    [Fact]
    public void TheCodeIsTheMutualInformationOfTheJointGaussian()
    {
        var source = Gaussians.Moments(7, seed: 53);
        var weights = Gaussians.RandomWeights(7, 3, 0.5, seed: 54);
        var noisy = source.WithNoise(Noise).Covariance;
        var cross = source.Covariance * weights.Encoder.Transpose();
        var code = weights.Encoder * cross;
        var joint = noisy.Append(cross).Stack(cross.Transpose().Append(code));
        Assert.Equal(GaussianInformation.MutualInformation(joint, 7).Nats, LinearAutoencoderInformation.Code(source, weights, 1, Noise).Nats, 1e-8);
    }

    [Fact]
    public void TheCodeIsTheSameForEveryInvertibleChangeOfIt()
    {
        var source = Gaussians.Moments(7, seed: 55);
        var weights = Gaussians.RandomWeights(7, 3, 0.5, seed: 56);
        var mix = Gaussians.Covariance(3, seed: 57);
        var mixed = new LinearAutoencoderWeights(mix * weights.Encoder, weights.Decoder * mix.Inverse());
        Assert.Equal(LinearAutoencoderInformation.Code(source, weights, 1, Noise).Nats, LinearAutoencoderInformation.Code(source, mixed, 1, Noise).Nats, 1e-8);
        Assert.Equal(LinearAutoencoderInformation.Channel(source, weights, 1, Noise).Nats, LinearAutoencoderInformation.Channel(source, mixed, 1, Noise).Nats, 1e-8);
    }

    [Fact]
    public void TheChannelIsTheMutualInformationOfInputAndNoisyOutput()
    {
        var source = Gaussians.Moments(5, seed: 58);
        var weights = Gaussians.RandomWeights(5, 2, 0.5, seed: 59);
        var map = weights.Decoder * weights.Encoder;
        var cross = source.Covariance * map.Transpose();
        var output = GaussianMoments.AddToDiagonal(map * cross, Noise);
        var joint = source.Covariance.Append(cross).Stack(cross.Transpose().Append(output));
        Assert.Equal(GaussianInformation.MutualInformation(joint, 5).Nats, LinearAutoencoderInformation.Channel(source, weights, 1, Noise).Nats, 1e-8);
    }

    [Fact]
    public void TheReconstructionErrorIsThatOfSamples()
    {
        var source = Gaussians.Moments(6, seed: 60);
        var weights = new LinearAutoencoderWeights(Gaussians.Standard(2, 6, 61) * 0.4, Gaussians.Standard(6, 2, 62) * 0.4, [0.1, -0.2], [1, 2, 3, -1, 0, 1]);
        var samples = Gaussians.Draw(source, 40_000, seed: 63);
        double sum = 0;
        foreach (var row in samples.EnumerateRows())
        {
            var error = row - weights.Reconstruct(row);
            sum += error * error;
        }

        double expected = sum / samples.RowCount;
        Assert.Equal(expected, LinearAutoencoderInformation.ReconstructionError(source, weights), 0.03 * expected);
    }

    [Fact]
    public void TheRateOfAPcaModelIsWhatItsErrorNeeds()
    {
        var source = Gaussians.Moments(10, seed: 64);
        double lost = source.Eigenvalues.Skip(4).Sum();
        double expected = 3 * RateDistortion.AtDistortion(source.Eigenvalues, lost).Rate;
        Assert.Equal(expected, LinearAutoencoderInformation.Rate(source, LinearAutoencoderWeights.Pca(source, 4), 3).Nats, 1e-7);
    }

    [Fact]
    public void AModelOfAnotherSizeIsAnError() => Assert.Throws<ArgumentException>(() =>
        LinearAutoencoderInformation.AsPrinted(Gaussians.Moments(5, seed: 65), Gaussians.RandomWeights(6, 2, 1, seed: 66), 1));

    [Fact]
    public void ASampleSizeBelowOneIsAnError() => Assert.Throws<ArgumentOutOfRangeException>(() =>
        LinearAutoencoderInformation.AsPrinted(Gaussians.Moments(5, seed: 67), Gaussians.RandomWeights(5, 2, 1, seed: 68), 0));

    [Theory]
    [InlineData(0)]
    [InlineData(double.PositiveInfinity)]
    public void ANoiseOutsideItsRangeIsAnError(double noise)
    {
        var source = Gaussians.Moments(5, seed: 69);
        var weights = Gaussians.RandomWeights(5, 2, 1, seed: 70);
        Assert.Throws<ArgumentOutOfRangeException>(() => LinearAutoencoderInformation.Regularized(source, weights, 1, noise));
        Assert.Throws<ArgumentOutOfRangeException>(() => LinearAutoencoderInformation.Channel(source, weights, 1, noise));
        Assert.Throws<ArgumentOutOfRangeException>(() => LinearAutoencoderInformation.Code(source, weights, 1, noise));
    }

    [Fact]
    public void ADecoderThatDoesNotFitTheEncoderIsAnError() =>
        Assert.Throws<ArgumentException>(() => new LinearAutoencoderWeights(Matrix<double>.Build.Dense(2, 5), Matrix<double>.Build.Dense(5, 3)));

    [Fact]
    public void WeightsThatAreNotFiniteAreAnError() =>
        Assert.Throws<ArgumentException>(() => new LinearAutoencoderWeights(Matrix<double>.Build.Dense(2, 5, double.NaN), Matrix<double>.Build.Dense(5, 2)));
}
