using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Images;

/// <summary>Images of one's own, as ML.NET's image steps give them, become a dataset.</summary>
public sealed class ToImageDatasetTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void AViewOfADatasetGivesTheDatasetBack()
    {
        ImageDataset images = NumberedImages.Create(30, 20, 10);

        ImageDataset again = _ml.ModelSpace().Data.ToImageDataset(_ml.ModelSpace().Data.FromImages(images));

        Assert.Equal(images.Fingerprint, again.Fingerprint);
        Assert.Equal(images.ClassNames, again.ClassNames);
    }

    [Fact]
    public void TextLabelsAreClassesInTheirOrder()
    {
        ImageDataset images = _ml.ModelSpace().Data.ToImageDataset(View(new Row { Pixels = [0, 0.2f, 1, 0.5f], Kind = "dog" }, new Row { Pixels = [0, 0, 0, 0], Kind = "cat" }), "Pixels", "Kind");

        Assert.Equal(["cat", "dog"], images.ClassNames);
        Assert.Equal(new ImageShape(1, 2, 2), images.Shape);
        Assert.Equal<byte>([0, 51, 255, 128], images.GetPixels(0).ToArray());
        Assert.Equal<byte>([1, 0], images.Labels.ToArray());
    }

    [Fact]
    public void PixelsUpTo255AreRefusedWithAWord()
    {
        var error = Assert.Throws<ArgumentException>(() => _ml.ModelSpace().Data.ToImageDataset(View(new Row { Pixels = [0, 255, 0, 0], Kind = "cat" }), "Pixels", "Kind"));

        Assert.StartsWith("Row 0 of column 'Pixels' holds 255; expected values in [0, 1]: ExtractPixels gives them with scaleImage: 1f / 255.", error.Message, StringComparison.Ordinal);
    }

    private IDataView View(params Row[] rows) => _ml.Data.LoadFromEnumerable(rows);

    private sealed class Row
    {
        [VectorType(1, 2, 2)]
        public float[] Pixels { get; set; } = [];

        public string Kind { get; set; } = "";
    }
}
