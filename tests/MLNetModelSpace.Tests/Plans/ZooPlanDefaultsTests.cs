using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Plans;

/// <summary>What a plan takes where nobody says it, and that it says so.</summary>
public sealed class ZooPlanDefaultsTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly List<(string Kind, string Text)> _log = [];

    public ZooPlanDefaultsTests() => _ml.Log += (_, entry) => _log.Add((entry.Kind.ToString(), entry.Message));

    [Theory]
    [InlineData(400, null, null, 5, 40)]
    [InlineData(4000, null, null, 5, 200)]
    [InlineData(400, 40, null, 5, 40)]
    [InlineData(400, 41, null, 4, 41)]
    [InlineData(400, 101, null, 1, 101)]
    [InlineData(400, null, 2, 2, 100)]
    [InlineData(400, null, 1, 1, 200)]
    public void FoldsAndImagesAreWhatTheClassesAllow(int imagesOfAClass, int? images, int? folds, int expectedFolds, int expectedImages)
    {
        ZooPlan plan = _ml.ModelSpace().Data.PlanZoo(NumberedImages.Create(imagesOfAClass, imagesOfAClass), models: 1, imagesPerModel: images, folds: folds);

        Assert.Equal((expectedFolds, expectedImages), (plan.Folds, plan.ImagesPerModel));
        Assert.Equal((ulong)expectedFolds, ((KeyDataViewType)plan.Train.Schema["Fold"].Type).Count);
    }

    [Fact]
    public void FixedSharesOfAClassAllowMoreImages() => Assert.Equal(
        72,
        _ml.ModelSpace().Data.PlanZoo(NumberedImages.Create(400, 200), models: 1, shares: ZooShares.Fixed(["c0", "c1"], [0.7, 0.3]), folds: 4).ImagesPerModel);

    [Fact]
    public void TheLogSaysWhatWasTaken()
    {
        ZooPlan plan = _ml.ModelSpace().Data.PlanZoo(NumberedImages.Create(400, 400), models: 3);

        Assert.Equal("6 models for training and 6 for testing on c0, c1 of numbered: 40 images each, 5 folds, seed 1", plan.ToString());
        Assert.Contains(_log, line => line.Text.EndsWith($"Planned {plan}.", StringComparison.Ordinal));
        Assert.DoesNotContain(_log, line => line.Kind == "Warning");
    }

    [Fact]
    public void TheLogWarnsOfFewerFolds()
    {
        _ml.ModelSpace().Data.PlanZoo(NumberedImages.Create(400, 400), models: 3, imagesPerModel: 100);

        Assert.Contains(_log, line => line.Kind == "Warning" && line.Text.Contains("The images allow 2 folds of 100 images a model, not 5", StringComparison.Ordinal));
    }

    [Fact]
    public void TheLogWarnsOfOneClass()
    {
        _ml.ModelSpace().Data.PlanZoo(NumberedImages.Create(400, 400), models: 3, shares: ZooShares.OneClassEach("c1"));

        Assert.Contains(_log, line => line.Kind == "Warning" && line.Text.Contains("All models are trained on c1", StringComparison.Ordinal));
    }

    [Fact]
    public void TheSeedIsTheContexts()
    {
        ImageDataset images = NumberedImages.Create(400, 400);

        Assert.Equal(7, new MLContext(seed: 7).ModelSpace().Data.PlanZoo(images, models: 1).Seed);
        Assert.Equal(0, new MLContext().ModelSpace().Data.PlanZoo(images, models: 1).Seed);
        Assert.Equal(3, new MLContext(seed: 7).ModelSpace().Data.PlanZoo(images, models: 1, seed: 3).Seed);
    }

    [Fact]
    public void OfTwoClassesTheLabelIsTheOrigin()
    {
        IDataView train = _ml.ModelSpace().Data.PlanZoo(NumberedImages.Create(400, 400), models: 2).Train;

        Assert.Equal(train.GetColumn<bool>("Origin"), train.GetColumn<bool>("Label"));
    }

    [Fact]
    public void OfMoreClassesTheLabelIsAKeyWithTheirNames()
    {
        IDataView train = _ml.ModelSpace().Data.PlanZoo(NumberedImages.Create(100, 100, 100), models: 2).Train;
        VBuffer<ReadOnlyMemory<char>> names = default;
        train.Schema["Label"].GetKeyValues(ref names);

        Assert.Equal(train.GetColumn<uint>("OriginClass"), train.GetColumn<uint>("Label"));
        Assert.Equal(["c0", "c1", "c2"], names.DenseValues().Select(name => name.ToString()));
    }
}
