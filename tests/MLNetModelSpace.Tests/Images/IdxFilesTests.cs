namespace MLNetModelSpace.Tests.Images;

public sealed class IdxFilesTests : IDisposable
{
    private const string TrainImages = "train-images-idx3-ubyte";
    private const string TrainLabels = "train-labels-idx1-ubyte";
    private const string TestImages = "t10k-images-idx3-ubyte";
    private const string TestLabels = "t10k-labels-idx1-ubyte";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheEmbeddedImagesAreTenThousandAThousandOfEachClass()
    {
        ImageDataset images = ImageDataset.LoadFashionMnist(Path.Combine(AppContext.BaseDirectory, "data", "fashion-mnist"));

        Assert.Equal("Fashion-MNIST: 10000 images of 1×28×28 in 10 classes", images.ToString());
        Assert.All(Enumerable.Range(0, 10), label => Assert.Equal(1000, images.IndicesOf(label).Length));
        Assert.Equal("Ankle boot", images.ClassNames[images.Labels[0]]);
    }

    [Fact]
    public void BothPartsArePooledGzipOrNot()
    {
        DatasetFiles.Write(
            _folder,
            (TrainImages, DatasetFiles.IdxImages(2, 1, 2)),
            (TrainLabels, DatasetFiles.IdxLabels(3, 9)),
            (TestImages + ".gz", DatasetFiles.Gzip(DatasetFiles.IdxImages(1, 1, 2, first: 4))),
            (TestLabels + ".gz", DatasetFiles.Gzip(DatasetFiles.IdxLabels(0))));

        ImageDataset images = ImageDataset.LoadFashionMnist(_folder.Path);

        Assert.Equal([3, 9, 0], images.Labels.ToArray());
        Assert.Equal([4, 5], images.GetPixels(2).ToArray());
        Assert.Equal("Trouser", images.ClassNames[1]);
    }

    [Fact]
    public void NamesWithADotAreFoundToo()
    {
        DatasetFiles.Write(_folder, ("train-images.idx3-ubyte", DatasetFiles.IdxImages(1, 1, 1)), ("train-labels.idx1-ubyte", DatasetFiles.IdxLabels(7)));

        Assert.Equal("7", ImageDataset.LoadMnist(_folder.Path).ClassNames[7]);
    }

    [Fact]
    public void APairWithoutClassNamesIsNamedByItsLabels()
    {
        DatasetFiles.Write(_folder, ("i", DatasetFiles.IdxImages(2, 1, 1)), ("l", DatasetFiles.IdxLabels(2, 0)));

        Assert.Equal(["0", "1", "2"], ImageDataset.LoadIdx(_folder.File("i"), _folder.File("l")).ClassNames);
    }

    [Fact]
    public void AMissingFolderIsNamed() =>
        Assert.Equal(
            $"There is no folder '{_folder.File("absent")}'; expected one with the IDX files of Fashion-MNIST.",
            Assert.Throws<DirectoryNotFoundException>(() => ImageDataset.LoadFashionMnist(_folder.File("absent"))).Message);

    [Fact]
    public void AFolderWithoutSuchFilesSaysWhichAreExpected() =>
        Assert.StartsWith(
            $"'{_folder.Path}' has no IDX files; expected 'train-images-idx3-ubyte' and 'train-labels-idx1-ubyte'",
            Assert.Throws<FileNotFoundException>(() => ImageDataset.LoadFashionMnist(_folder.Path)).Message);

    [Fact]
    public void ImagesWithoutLabelsAreRefused()
    {
        DatasetFiles.Write(_folder, (TrainImages, DatasetFiles.IdxImages(1, 1, 1)));

        Assert.Equal(
            $"'{_folder.Path}' has 'train-images-idx3-ubyte' but no 'train-labels-idx1-ubyte' (or .gz) to go with it.",
            Assert.Throws<FileNotFoundException>(() => ImageDataset.LoadFashionMnist(_folder.Path)).Message);
    }

    [Fact]
    public void WrongMagic() =>
        ImagesRefused(DatasetFiles.Idx(0x801, [3], [1, 2, 3]), ", byte 0: the magic number is 0x00000801; expected 0x00000803 (unsigned bytes in 3 dimensions: images).");

    [Fact]
    public void WrongMagicOfLabels()
    {
        DatasetFiles.Write(_folder, (TrainImages, DatasetFiles.IdxImages(1, 1, 1)), (TrainLabels, DatasetFiles.IdxImages(1, 1, 1)));

        Assert.Equal(
            $"'{_folder.File(TrainLabels)}', byte 0: the magic number is 0x00000803; expected 0x00000801 (unsigned bytes in 1 dimension: labels).",
            Assert.Throws<InvalidDataException>(() => ImageDataset.LoadFashionMnist(_folder.Path)).Message);
    }

    [Fact]
    public void CutShortInTheHeader() => ImagesRefused(DatasetFiles.IdxImages(1, 1, 1)[..10], " ends after 10 bytes; expected a header of 16.");

    [Fact]
    public void AnEmptyFile() => ImagesRefused([], " ends after 0 bytes; expected a header of 16.");

    [Fact]
    public void CutShortInTheImages() =>
        ImagesRefused(DatasetFiles.IdxImages(2, 3, 4)[..39], " is cut short: it ends after 23 of 24 bytes behind its header; expected 2×3×4 bytes of images.");

    [Fact]
    public void CutShortGzipInside() =>
        ImagesRefused(DatasetFiles.Gzip(DatasetFiles.IdxImages(2, 3, 4)[..39]), " is cut short: it ends after 23 of 24 bytes behind its header; expected 2×3×4 bytes of images.");

    [Fact]
    public void MoreThanTheHeaderSays() =>
        ImagesRefused([.. DatasetFiles.IdxImages(1, 1, 2), 0], ", byte 18: more follows; expected 1×1×2 bytes of images and no more.");

    [Fact]
    public void AHeaderBeyondWhatTheFileCanHold() =>
        ImagesRefused(DatasetFiles.Gzip(DatasetFiles.Idx(0x803, [1000, 1000, 1000], [])), " is cut short: it is too small for its header; expected 1000×1000×1000 bytes of images.");

    [Fact]
    public void AHeaderBeyondTheLimit() =>
        ImagesRefused(DatasetFiles.Idx(0x803, [1 << 30, 28, 28], []), ", byte 8: the header promises more than 1073741824 bytes, the most that are read.");

    [Fact]
    public void AGzipBombIsReadNoFurtherThanItsHeaderSays() =>
        ImagesRefused(DatasetFiles.Gzip([.. DatasetFiles.IdxImages(1, 1, 1), .. new byte[50_000_000]]), ", byte 17: more follows; expected 1×1×1 bytes of images and no more.");

    [Fact]
    public void DamagedGzip()
    {
        byte[] file = DatasetFiles.Gzip(DatasetFiles.IdxImages(40, 28, 28));
        file.AsSpan(30, 200).Fill(0xAA);
        DatasetFiles.Write(_folder, (TrainImages, file), (TrainLabels, DatasetFiles.IdxLabels(new byte[40])));

        Assert.StartsWith(
            $"'{_folder.File(TrainImages)}' is damaged gzip: ",
            Assert.Throws<InvalidDataException>(() => ImageDataset.LoadFashionMnist(_folder.Path)).Message);
    }

    [Fact]
    public void NoImages() => ImagesRefused(DatasetFiles.Idx(0x803, [0, 28, 28], []), " has no images.", labels: []);

    [Fact]
    public void ImagesWithoutWidth() => ImagesRefused(DatasetFiles.Idx(0x803, [1, 28, 0], []), ", byte 8: the images have the shape 1×28×0; expected positive dimensions.");

    [Fact]
    public void CountsThatDiffer()
    {
        DatasetFiles.Write(_folder, (TrainImages, DatasetFiles.IdxImages(3, 1, 1)), (TrainLabels, DatasetFiles.IdxLabels(1, 2)));

        Assert.Equal(
            $"'{_folder.File(TrainImages)}' has 3 images, but '{_folder.File(TrainLabels)}' has 2 labels; expected as many.",
            Assert.Throws<InvalidDataException>(() => ImageDataset.LoadFashionMnist(_folder.Path)).Message);
    }

    [Fact]
    public void ALabelOutOfRange()
    {
        DatasetFiles.Write(_folder, (TrainImages, DatasetFiles.IdxImages(2, 1, 1)), (TrainLabels, DatasetFiles.IdxLabels(1, 10)));

        Assert.Equal(
            $"'{_folder.File(TrainLabels)}', byte 9: label 10 of image 1 is out of range; expected 0 to 9.",
            Assert.Throws<InvalidDataException>(() => ImageDataset.LoadFashionMnist(_folder.Path)).Message);
    }

    [Fact]
    public void PartsOfDifferentShapes()
    {
        DatasetFiles.Write(
            _folder,
            (TrainImages, DatasetFiles.IdxImages(1, 1, 2)),
            (TrainLabels, DatasetFiles.IdxLabels(1)),
            (TestImages, DatasetFiles.IdxImages(1, 2, 2)),
            (TestLabels, DatasetFiles.IdxLabels(1)));

        Assert.Equal(
            $"'{_folder.File(TestImages)}' has images of 1×2×2, but '{_folder.File(TrainImages)}' of 1×1×2; expected the same.",
            Assert.Throws<InvalidDataException>(() => ImageDataset.LoadFashionMnist(_folder.Path)).Message);
    }

    private void ImagesRefused(byte[] images, string message, byte[]? labels = null)
    {
        DatasetFiles.Write(_folder, (TrainImages, images), (TrainLabels, DatasetFiles.IdxLabels(labels ?? [0])));

        var error = Assert.Throws<InvalidDataException>(() => ImageDataset.LoadFashionMnist(_folder.Path));
        Assert.Equal($"'{_folder.File(TrainImages)}'{message}", error.Message);
    }
}
