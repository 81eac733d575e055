using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Images;

// Reaches internals: annotations are read as the product's own steps read them, layouts among them.
public class LoadImagesTests
{
    private static readonly ImageDataset s_images = NumberedImages.Create(3, 2);

    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void EachImageIsARowWithItsClass()
    {
        IDataView view = _ml.ModelSpace().Data.FromImages(s_images);
        VBuffer<ReadOnlyMemory<char>> classes = default;
        view.Schema["Label"].GetKeyValues(ref classes);

        Assert.Equal([[0], [1], [2], [3], [4]], NumberedImages.Numbers(view));
        Assert.Equal(s_images.Labels.ToArray().Select(label => label + 1u), view.GetColumn<uint>("Label"));
        Assert.Equal(["c0", "c1"], classes.DenseValues().Select(name => name.ToString()));
        Assert.Equal(s_images.Shape, ZooAnnotations.GetImageShape(view.Schema[ZooColumns.Images]));
    }

    [Fact]
    public void ChosenImagesComeInTheOrderTheyAreChosen()
    {
        IDataView view = _ml.ModelSpace().Data.FromImages(s_images, [4, 0]);

        Assert.Equal([[4], [0]], NumberedImages.Numbers(view));
        Assert.Equal([4, 0], view.GetColumn<int>("Index"));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(5)]
    public void AnImageThatIsNotThereIsRefused(int index) =>
        Assert.StartsWith(
            $"numbered has no image {index}; expected 0 to 4.",
            Assert.Throws<ArgumentOutOfRangeException>(() => _ml.ModelSpace().Data.FromImages(s_images, [index])).Message);

    [Fact]
    public void NoImagesAreRefused() => Assert.Throws<ArgumentException>(() => _ml.ModelSpace().Data.FromImages(s_images, []));
}
