using System.Buffers.Binary;

namespace MLNetModelSpace.Tests.Images;

/// <summary>IDX files of every kind of element and every arrangement that public datasets have.</summary>
public sealed class IdxKindsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0x09)]
    [InlineData(0x0B)]
    [InlineData(0x0C)]
    [InlineData(0x0D)]
    [InlineData(0x0E)]
    public void PixelsOfOtherElementsAreThoseOfBytes(int type)
    {
        byte[] bytes = [0, 1, 7, 100, 126, 127];
        ImageDataset images = Load(DatasetFiles.Idx((uint)((type << 8) | 3), [1, 2, 3], Elements(type, bytes.Select(value => (double)value))), DatasetFiles.IdxLabels(0));

        Assert.Equal(new ImageShape(1, 2, 3), images.Shape);
        Assert.Equal(bytes, images.GetPixels(0).ToArray());
    }

    [Theory]
    [InlineData(0x0D)]
    [InlineData(0x0E)]
    public void FloatingPointPixelsUpToOneAreScaled(int type) => Assert.Equal(
        [0, 128, 255], Load(DatasetFiles.Idx((uint)((type << 8) | 3), [1, 1, 3], Elements(type, [0, 0.5, 1])), DatasetFiles.IdxLabels(0)).GetPixels(0).ToArray());

    [Fact]
    public void PixelsOutOfRangeAreRefusedWithTheirPlace() => Assert.EndsWith(
        "byte 18: a pixel of 16-bit integers is 256; expected 0 to 255.",
        Assert.Throws<InvalidDataException>(() => Load(DatasetFiles.Idx(0x0B03, [1, 1, 2], Elements(0x0B, [255, 256])), DatasetFiles.IdxLabels(0))).Message);

    [Fact]
    public void SignedBytesBelowZeroAreRefused() => Assert.Contains(
        "a pixel of signed bytes is -1", Assert.Throws<InvalidDataException>(() => Load(DatasetFiles.Idx(0x0903, [1, 1, 1], [255]), DatasetFiles.IdxLabels(0))).Message);

    [Fact]
    public void ChannelsMayStandFirst()
    {
        ImageDataset images = Load(DatasetFiles.Idx(0x0804, [1, 3, 1, 2], [1, 2, 3, 4, 5, 6]), DatasetFiles.IdxLabels(0));

        Assert.Equal(new ImageShape(3, 1, 2), images.Shape);
        Assert.Equal([1, 2, 3, 4, 5, 6], images.GetPixels(0).ToArray());
    }

    [Fact]
    public void ChannelsMayStandLast()
    {
        ImageDataset images = Load(DatasetFiles.Idx(0x0804, [1, 2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]), DatasetFiles.IdxLabels(0));

        Assert.Equal(new ImageShape(3, 2, 2), images.Shape);
        Assert.Equal([1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12], images.GetPixels(0).ToArray());
    }

    [Fact]
    public void FlatPicturesAreSquaresOrOfTheShapeThatIsSaid()
    {
        byte[] flat = DatasetFiles.Idx(0x0802, [1, 4], [1, 2, 3, 4]);

        Assert.Equal(new ImageShape(1, 2, 2), Load(flat, DatasetFiles.IdxLabels(0)).Shape);
        Assert.Equal(new ImageShape(1, 1, 4), Load(flat, DatasetFiles.IdxLabels(0), new() { Shape = new ImageShape(1, 1, 4) }).Shape);
        Assert.Contains("which are no square", Assert.Throws<InvalidDataException>(() => Load(DatasetFiles.Idx(0x0802, [1, 3], [1, 2, 3]), DatasetFiles.IdxLabels(0))).Message);
    }

    [Fact]
    public void TransposedPicturesAreTurned()
    {
        ImageDataset images = Load(DatasetFiles.Idx(0x0803, [1, 2, 3], [1, 2, 3, 4, 5, 6]), DatasetFiles.IdxLabels(0), new() { Transposed = true });

        Assert.Equal(new ImageShape(1, 3, 2), images.Shape);
        Assert.Equal([1, 4, 2, 5, 3, 6], images.GetPixels(0).ToArray());
    }

    [Theory]
    [InlineData(0x09)]
    [InlineData(0x0B)]
    [InlineData(0x0C)]
    [InlineData(0x0E)]
    public void LabelsOfOtherElementsAreThoseOfBytes(int type) =>
        Assert.Equal([2, 0, 1], Load(DatasetFiles.IdxImages(3, 1, 1), DatasetFiles.Idx((uint)((type << 8) | 1), [3], Elements(type, [2, 0, 1]))).Labels.ToArray());

    [Fact]
    public void LabelsMayBeAColumnOrEightOfThirtyTwoBitsOrOneMarkAmongZeros()
    {
        byte[] images = DatasetFiles.IdxImages(2, 1, 1);
        double[] qmnist = [3, 0, 9, 9, 9, 9, 9, 9, 1, 0, 9, 9, 9, 9, 9, 9];

        Assert.Equal([2, 1], Load(images, DatasetFiles.Idx(0x0802, [2, 1], [2, 1])).Labels.ToArray());
        Assert.Equal([3, 1], Load(images, DatasetFiles.Idx(0x0C02, [2, 8], Elements(0x0C, qmnist))).Labels.ToArray());
        Assert.Equal([2, 0], Load(images, DatasetFiles.Idx(0x0802, [2, 3], [0, 0, 1, 1, 0, 0])).Labels.ToArray());
        Assert.Contains("are not one mark for each image", Assert.Throws<InvalidDataException>(() => Load(images, DatasetFiles.Idx(0x0802, [2, 3], [0, 1, 1, 1, 0, 0]))).Message);
    }

    [Fact]
    public void ALabelThatIsNoWholeNumberIsRefused() => Assert.Contains(
        "label 0.5 is no whole number", Assert.Throws<InvalidDataException>(() => Load(DatasetFiles.IdxImages(1, 1, 1), DatasetFiles.Idx(0x0D01, [1], Elements(0x0D, [0.5])))).Message);

    [Fact]
    public void AFolderWithEmnistNamesIsReadWithItsTestPart()
    {
        DatasetFiles.Write(
            _folder,
            ("emnist-letters-train-images-idx3-ubyte", DatasetFiles.IdxImages(2, 1, 2)), ("emnist-letters-train-labels-idx1-ubyte", DatasetFiles.IdxLabels(1, 2)),
            ("emnist-letters-test-images-idx3-ubyte", DatasetFiles.IdxImages(1, 1, 2, first: 9)), ("emnist-letters-test-labels-idx1-ubyte", DatasetFiles.IdxLabels(2)));

        ImageDataset images = ImageDataset.LoadIdxFolder(_folder.Path, new() { Prefix = "emnist-letters-", Transposed = true });

        Assert.Equal([1, 2, 2], images.Labels.ToArray());
        Assert.Equal(new ImageShape(1, 2, 1), images.Shape);
    }

    [Fact]
    public void TestFilesBesideTrainingFilesAreNotLeftOut()
    {
        DatasetFiles.Write(
            _folder,
            ("train-images-idx3-ubyte", DatasetFiles.IdxImages(1, 1, 1)), ("train-labels-idx1-ubyte", DatasetFiles.IdxLabels(1)),
            ("test-images-idx3-ubyte", DatasetFiles.IdxImages(1, 1, 1)), ("test-labels-idx1-ubyte", DatasetFiles.IdxLabels(2)));

        Assert.Equal(2, ImageDataset.LoadMnist(_folder.Path).Count);
    }

    [Fact]
    public void ClassesWithoutImagesHaveNoModelsOfTheirOwn()
    {
        ImageDataset images = Load(DatasetFiles.IdxImages(40, 1, 1), DatasetFiles.IdxLabels([.. Enumerable.Range(0, 40).Select(i => (byte)(1 + (i % 2)))]));

        ZooPlan plan = new Microsoft.ML.MLContext(1).ModelSpace().Data.PlanZoo(images, models: 4, shares: ZooShares.OneClassEach(), imagesPerModel: 2);

        Assert.Equal(["1", "2"], plan.Classes);
    }

    [Theory]
    [InlineData("3C21444F43545950", "it is a web page")]
    [InlineData("FD377A585A000000", "it is xz")]
    [InlineData("504B030400000000", "it is a zip")]
    [InlineData("030800000C000000", "it is IDX with its bytes the other way round")]
    public void WhatIsNoIdxFileIsCalledWhatItIs(string hex, string reason) =>
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => Load(Convert.FromHexString(hex), DatasetFiles.IdxLabels(0))).Message);

    private static byte[] Elements(int type, IEnumerable<double> values) => [.. values.SelectMany(value =>
    {
        byte[] bytes = new byte[8];
        switch (type)
        {
            case 0x09:
                bytes[0] = (byte)(sbyte)value;
                return bytes[..1];
            case 0x0B:
                BinaryPrimitives.WriteInt16BigEndian(bytes, (short)value);
                return bytes[..2];
            case 0x0C:
                BinaryPrimitives.WriteInt32BigEndian(bytes, (int)value);
                return bytes[..4];
            case 0x0D:
                BinaryPrimitives.WriteSingleBigEndian(bytes, (float)value);
                return bytes[..4];
            default:
                BinaryPrimitives.WriteDoubleBigEndian(bytes, value);
                return bytes;
        }
    })];

    private ImageDataset Load(byte[] images, byte[] labels, IdxOptions? options = null)
    {
        DatasetFiles.Write(_folder, ("images", images), ("labels", labels));
        return ImageDataset.LoadIdx(_folder.File("images"), _folder.File("labels"), options ?? new IdxOptions());
    }
}
