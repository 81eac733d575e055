namespace MLNetModelSpace.Tests.Images;

// Reaches internals: every byte there is goes through the conversion, which a dataset does not show.
public class ImageDatasetTests
{
    private static readonly ImageDataset s_small = new("small", new ImageShape(1, 1, 2), (ReadOnlySpan<byte>)[0, 255, 51, 102, 1, 2], (ReadOnlySpan<byte>)[1, 0, 1], ["Bag", "Coat"]);

    [Fact]
    public void ImagesAreGatheredInTheOrderAskedForAsBytesOver255()
    {
        float[] values = new float[6];
        s_small.CopyImages([1, 0, 1], values);

        Assert.Equal([51 / 255f, 102 / 255f, 0, 1, 51 / 255f, 102 / 255f], values);
    }

    [Fact]
    public void EveryByteAndEveryLengthIsConvertedAlike()
    {
        byte[] bytes = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        for (int length = 0; length <= 256; length++)
        {
            float[] values = new float[length + 1];
            values[length] = -1;
            PixelConversion.ToUnitRange(bytes.AsSpan(256 - length), values);

            for (int i = 0; i < length; i++)
                Assert.Equal(bytes[256 - length + i] / 255f, values[i]);
            Assert.Equal(-1, values[length]);
        }
    }

    [Theory]
    [InlineData("Coat", 1)]
    [InlineData(" coat ", 1)]
    [InlineData("BAG", 0)]
    [InlineData("0", 0)]
    public void AClassIsFoundByNameOrNumber(string wanted, int index) => Assert.Equal(index, s_small.ClassIndex(wanted));

    [Theory]
    [InlineData("Trouser")]
    [InlineData("2")]
    [InlineData("-1")]
    [InlineData("")]
    public void AnUnknownClassIsRefusedWithTheNamesThereAre(string wanted)
    {
        var error = Assert.Throws<ArgumentException>(() => s_small.ClassIndex(wanted));
        Assert.StartsWith($"small has no class '{wanted}'. Its classes: 0 Bag, 1 Coat.", error.Message);
    }

    [Fact]
    public void TheImagesOfAClassAreListedInOrder()
    {
        Assert.Equal([0, 2], s_small.IndicesOf(1).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => s_small.IndicesOf(2).Length);
    }

    [Fact]
    public void TheFingerprintIsOfTheContentAndNotOfTheNames()
    {
        var renamed = new ImageDataset("other", s_small.Shape, (ReadOnlySpan<byte>)[0, 255, 51, 102, 1, 2], (ReadOnlySpan<byte>)[1, 0, 1], ["x", "y"]);
        var changed = new ImageDataset("small", s_small.Shape, (ReadOnlySpan<byte>)[0, 255, 51, 102, 1, 3], (ReadOnlySpan<byte>)[1, 0, 1], ["Bag", "Coat"]);
        var reshaped = new ImageDataset("small", new ImageShape(2, 1, 1), (ReadOnlySpan<byte>)[0, 255, 51, 102, 1, 2], (ReadOnlySpan<byte>)[1, 0, 1], ["Bag", "Coat"]);

        Assert.Equal(64, s_small.Fingerprint.Length);
        Assert.Equal(s_small.Fingerprint, renamed.Fingerprint);
        Assert.NotEqual(s_small.Fingerprint, changed.Fingerprint);
        Assert.NotEqual(s_small.Fingerprint, reshaped.Fingerprint);
    }

    [Fact]
    public void TheCallersArraysAreCopied()
    {
        byte[] pixels = [1, 2];
        var dataset = new ImageDataset("copy", new ImageShape(1, 1, 2), pixels.AsSpan(), (ReadOnlySpan<byte>)[0], ["a"]);
        pixels[0] = 9;

        Assert.Equal(1, dataset.GetPixels(0)[0]);
    }

    [Fact]
    public void PlacesOfAnotherNumberAreRefused() =>
        Assert.Contains("2 images of 1×1×2 have 4 values; there are 3 places", Assert.Throws<ArgumentException>(() => s_small.CopyImages([0, 1], new float[3])).Message);

    [Fact]
    public void AnImageThatIsNotThereIsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => s_small.CopyImages([3], new float[2]));

    [Theory]
    [InlineData(3, 1, "a b", "1 images of 1×1×2 have 2 pixels; there are 3.")]
    [InlineData(0, 0, "a b", "A dataset needs at least one image.")]
    [InlineData(4, 2, "a", "Label 1 of image 1 is out of range; expected 0 to 0.")]
    [InlineData(2, 1, "a A", "The class name 'A' occurs twice.")]
    [InlineData(2, 1, "", "The name of class 0 is empty.")]
    public void WhatDoesNotAgreeIsRefused(int pixels, int labels, string names, string message)
    {
        byte[] classes = [.. Enumerable.Range(0, labels).Select(i => (byte)i)];
        var error = Assert.Throws<ArgumentException>(
            () => new ImageDataset("wrong", new ImageShape(1, 1, 2), new byte[pixels], classes, names.Split(' ')));
        Assert.StartsWith(message, error.Message);
    }

    [Fact]
    public void AShapeWithoutPixelsIsRefused() =>
        Assert.StartsWith(
            "An image of 1×0×2 has no pixels, or more than 2147483647 values.",
            Assert.Throws<ArgumentException>(() => new ImageDataset("wrong", new ImageShape(1, 0, 2), [], new byte[1], ["a"])).Message);
}
