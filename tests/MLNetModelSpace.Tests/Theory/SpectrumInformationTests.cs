namespace MLNetModelSpace.Tests.Theory;

public class SpectrumInformationTests
{
    [Fact]
    public void AsPrintedIsItsFormula()
    {
        double expected = 100 / 4.0 * Math.Log(Math.Pow(2 * Math.PI * Math.E, 2) * 9 * 0.25);
        Assert.Equal(expected, SpectrumInformation.AsPrinted([3, 0.5], 100).Nats, 1e-10);
    }

    [Fact]
    public void ThePrintedFormTurnsNegativeInAnotherUnit() => Assert.True(SpectrumInformation.AsPrinted([3e-6, 5e-7], 100).Nats < 0);

    [Fact]
    public void TheEntropyOfTheSpectrumIsThatOfAGaussianOfItsVariances() =>
        Assert.Equal(0.5 * Math.Log(Math.Pow(2 * Math.PI * Math.E, 2) * 0.3 * 0.2), SpectrumInformation.Entropy([0.3, 0.2]).Nats, 1e-10);

    [Fact]
    public void TheSamplingVarianceIsThatOfTheEigenvaluesOfSampleCovariances()
    {
        var source = new GaussianMoments([0, 0], MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.DenseOfDiagonalArray([9, 1]));
        const int m = 200, repeats = 2000;
        var roots = new double[repeats];
        for (int r = 0; r < repeats; r++)
        {
            roots[r] = Math.Sqrt(GaussianMoments.FromSamples(Gaussians.Draw(source, m, seed: r)).Eigenvalues[0]);
        }

        double mean = roots.Average();
        double variance = roots.Sum(root => (root - mean) * (root - mean)) / (repeats - 1);

        // The variance of 2,000 draws is known to 3%; the delta method's own error is of the order of 1/m.
        Assert.Equal(1, variance / SpectrumInformation.SamplingVariance(9, m), 0.12);
    }

    [Fact]
    public void TheObservedFormIsFiniteAndFallsWithTheSizeOfTheSample()
    {
        double few = SpectrumInformation.Observed([4, 1, 1e-12], 10, 1e-4).Nats;
        double many = SpectrumInformation.Observed([4, 1, 1e-12], 10_000, 1e-4).Nats;
        Assert.True(few > many && many > 0 && double.IsFinite(few));
        Assert.Equal(0.5 * (Math.Log(1 + (4 / 20.0 / 1e-4)) + Math.Log(1 + (1 / 20.0 / 1e-4))), few, 1e-8);
    }

    [Fact]
    public void AnEmptySpectrumIsAnError() => Assert.Throws<ArgumentException>(() => SpectrumInformation.AsPrinted([], 10));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public void AnEigenvalueThatIsNotPositiveIsAnError(double value) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SpectrumInformation.AsPrinted([1, value], 10));
}
