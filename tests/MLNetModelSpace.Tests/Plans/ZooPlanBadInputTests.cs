using Microsoft.ML;

namespace MLNetModelSpace.Tests.Plans;

public class ZooPlanBadInputTests
{
    private static readonly ImageDataset s_images = NumberedImages.Create(40, 40, 10);

    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void MoreImagesThanAClassHas() =>
        Refused(
            new ZooPlan.Options { ImagesPerModel = 6, Folds = 1 },
            "Models may ask for 6 images of class 'c2', but there are 5 for each: numbered has 10 of it, half of them for testing, in 1 folds that share none. "
            + "Ask for fewer images per model, or fewer folds.");

    [Fact]
    public void MoreImagesThanAFoldHas() =>
        Refused(
            new ZooPlan.Options { ImagesPerModel = 11, Folds = 2, Shares = ZooShares.OneClassEach("c0", "c1") },
            "Models may ask for 11 images of class 'c0', but there are 10 for each: numbered has 40 of it, half of them for testing, in 2 folds");

    [Fact]
    public void AsManyImagesAsAFoldHasAreEnough() =>
        Assert.Equal(10, _ml.ModelSpace().Data.PlanZoo(s_images, 1, ZooShares.OneClassEach("c0"), imagesPerModel: 10, folds: 2).ImagesPerModel);

    [Fact]
    public void FixedSharesOfAClassWithTooFewImages() =>
        Refused(
            new ZooPlan.Options { ImagesPerModel = 10, Folds = 1, Shares = ZooShares.Fixed(["c0", "c2"], [0.9, 0.1], [0.4, 0.6]) },
            "Models may ask for 6 images of class 'c2', but there are 5 for each");

    [Fact]
    public void AnUnknownClass() =>
        Refused(new ZooPlan.Options { Shares = ZooShares.OneClassEach("c0", "hat") }, "numbered has no class 'hat'. Its classes: 0 c0, 1 c1, 2 c2.");

    [Theory]
    [InlineData("c0")]
    [InlineData("C0")]
    [InlineData("0")]
    public void TwoEqualClasses(string again) =>
        Refused(new ZooPlan.Options { Shares = ZooShares.OneClassEach("c0", again) }, "Class 'c0' is named twice; expected each class once.");

    [Fact]
    public void DrawnSharesOfOneClass() =>
        Refused(new ZooPlan.Options { Shares = ZooShares.Dirichlet(["c0"]) }, "There is 1 class; expected at least 2.");

    [Theory]
    [InlineData(0, null, 1, 1)]
    [InlineData(-1, null, 1, 1)]
    [InlineData(1, 0, 1, 1)]
    [InlineData(1, null, 0, 1)]
    [InlineData(1, null, 1, 0)]
    public void NumbersBelowOne(int models, int? testModels, int images, int folds) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => _ml.ModelSpace().Data.PlanZoo(s_images, new ZooPlan.Options { Models = models, TestModels = testModels, ImagesPerModel = images, Folds = folds }));

    [Fact]
    public void MoreModelsThanThereAreSeeds() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.ModelSpace().Data.PlanZoo(s_images, models: int.MaxValue, imagesPerModel: 1));

    [Fact]
    public void ANegativeShare() => ShareRefused("Share 1 of list 0 is -0.5; expected 0 or more.", [1.5, -0.5]);

    [Fact]
    public void AShareThatIsNoNumber() => ShareRefused("Share 0 of list 0 is NaN; expected 0 or more.", [double.NaN, 1]);

    [Fact]
    public void SharesThatDoNotSumToOne() => ShareRefused("The shares of list 1 sum to 0.75; expected 1.", [0.5, 0.5], [0.5, 0.25]);

    [Fact]
    public void NoShares() => ShareRefused("There are no proportions; expected at least one list.");

    [Fact]
    public void SharesOfAnotherNumberThanClasses() =>
        Refused(new ZooPlan.Options { Shares = ZooShares.Fixed(["c0", "c1", "c2"], [0.5, 0.5]) }, "List 0 has 2 shares; expected one for each of 3 classes.");

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void AConcentrationThatIsNotPositive(double concentration) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ZooShares.Dirichlet(["c0", "c1"], concentration));

    [Fact]
    public void MixturesOfMoreImagesThanTheTestHalfHas()
    {
        ZooPlan plan = _ml.ModelSpace().Data.PlanZoo(s_images, 2, ZooShares.Dirichlet(["c0", "c1"]), imagesPerModel: 10);

        Assert.StartsWith(
            "The two parts of a mixture may ask for 21 images of class 'c0', but its test half has 20. Ask for fewer images in each part.",
            Assert.Throws<ArgumentException>(() => _ml.ModelSpace().Data.PlanMixtures(plan, 3, firstImages: 11)).Message);
    }

    private static void ShareRefused(string message, params IReadOnlyList<double>[] shares) =>
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(() => ZooShares.Fixed(["c0", "c1"], shares)).Message);

    private void Refused(ZooPlan.Options options, string message) =>
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(() => _ml.ModelSpace().Data.PlanZoo(s_images, options)).Message);
}
