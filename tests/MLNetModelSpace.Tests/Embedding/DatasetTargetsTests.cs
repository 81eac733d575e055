namespace MLNetModelSpace.Tests.Embedding;

// Reaches internals: targets and distances are no public road of their own: only what is trained on them would show a fault, as noise.
public class DatasetTargetsTests
{
    [Fact]
    public void SharesAreScaledToUnitLength()
    {
        float[] target = DatasetTargets.OnSphere([0.6f, 0.3f, 0.1f]);
        double norm = Math.Sqrt(0.46);
        Assert.Equal([0.6 / norm, 0.3 / norm, 0.1 / norm], target.Select(value => (double)value), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void ABasisTurnsSharesIntoItsOwnDirections()
    {
        var basis = new ClassBasis([[2f, 0], [0, 3f], [1f, 1f]]);
        float[] target = DatasetTargets.OnSphere([0, 0, 1], basis);
        Assert.Equal([MathF.Sqrt(0.5f), MathF.Sqrt(0.5f)], target, (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void PureClassesLieAtTheGivenHyperbolicDistanceAndMixturesNearer()
    {
        float[] pure = DatasetTargets.InBall([0, 1, 0], 3), mixed = DatasetTargets.InBall([0.2f, 0.5f, 0.3f], 3);
        float[] centre = new float[3];
        Assert.Equal(3, PoincareBall.Distance(pure, centre), 4);
        Assert.True(PoincareBall.Distance(mixed, centre) < 1);
    }

    [Fact]
    public void TheBallAndTheSphereAgreeOnDirections()
    {
        float[] shares = [0.2f, 0.5f, 0.3f];
        Assert.True(EmbeddingEvaluator.AngleInDegrees(DatasetTargets.InBall(shares, 2), DatasetTargets.OnSphere(shares)) < 1e-3);
    }

    [Theory]
    [InlineData(-0.1f, 0.6f, 0.5f, "The share of class 0 is -0.1; expected 0 to 1.")]
    [InlineData(float.NaN, 0.5f, 0.5f, "The share of class 0 is NaN; expected 0 to 1.")]
    [InlineData(0.5f, 0.5f, 0.5f, "The shares sum to 1.5; expected 1.")]
    [InlineData(0f, 0f, 0f, "The shares sum to 0; expected 1.")]
    public void SharesThatAreNoProportionsAreRefused(float a, float b, float c, string message) =>
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(() => DatasetTargets.OnSphere([a, b, c])).Message);

    [Fact]
    public void ATargetOfZeroLengthIsRefused()
    {
        var basis = new ClassBasis([[1f, 0], [-1f, 0], [0, 1f]]);
        Assert.StartsWith(
            "The target of a dataset has zero length",
            Assert.Throws<ArgumentException>(() => DatasetTargets.OnSphere([0.5f, 0.5f, 0], basis)).Message);
        Assert.StartsWith(
            "The target of a dataset has zero length",
            Assert.Throws<ArgumentException>(() => DatasetTargets.InBall([0.5f, 0.5f, 0], 2, basis)).Message);
    }

    [Fact]
    public void FewerThanThreeClassesAreRefused() => Assert.StartsWith(
        "There are 2 classes; a space of datasets needs at least 3.",
        Assert.Throws<ArgumentException>(() => new ClassBasis([[1f, 0], [0, 1f]])).Message);

    [Fact]
    public void ABasisOfAnotherNumberOfClassesIsRefused() => Assert.StartsWith(
        "There are 4 shares; the class basis has 3 classes.",
        Assert.Throws<ArgumentException>(() => DatasetTargets.OnSphere([0.25f, 0.25f, 0.25f, 0.25f], new ClassBasis([[1f], [2f], [3f]]))).Message);
}
