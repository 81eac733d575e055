namespace MLNetModelSpace.Tests.Images;

public sealed class Cifar10FilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void BatchesArePooledInTheOrderOfTheirNumbersAndTheTestBatchLast()
    {
        DatasetFiles.Write(
            _folder,
            ("data_batch_10.bin", DatasetFiles.CifarRecords(3)),
            ("data_batch_2.bin", DatasetFiles.CifarRecords(2, 4)),
            ("test_batch.bin", DatasetFiles.CifarRecords(9)));

        ImageDataset images = ImageDataset.LoadCifar10(_folder.Path);

        Assert.Equal("CIFAR-10: 4 images of 3×32×32 in 10 classes", images.ToString());
        Assert.Equal([2, 4, 3, 9], images.Labels.ToArray());
        Assert.Equal(Enumerable.Repeat((byte)2, 3072), images.GetPixels(1).ToArray());
        Assert.Equal("truck", images.ClassNames[9]);
    }

    [Fact]
    public void ClassNamesComeFromTheFolder()
    {
        DatasetFiles.Write(_folder, ("test_batch.bin", DatasetFiles.CifarRecords(1)), ("batches.meta.txt", "ship\nsheep\n\n"u8.ToArray()));

        Assert.Equal(["ship", "sheep"], ImageDataset.LoadCifar10(_folder.Path).ClassNames);
    }

    [Fact]
    public void AMissingFolderIsNamed() =>
        Assert.StartsWith(
            $"There is no folder '{_folder.File("absent")}'; expected one with data_batch_*.bin",
            Assert.Throws<DirectoryNotFoundException>(() => ImageDataset.LoadCifar10(_folder.File("absent"))).Message);

    [Fact]
    public void AFolderWithoutBatchesSaysWhichAreExpected() =>
        Assert.Equal(
            $"'{_folder.Path}' has neither data_batch_*.bin nor test_batch.bin of CIFAR-10's binary version.",
            Assert.Throws<FileNotFoundException>(() => ImageDataset.LoadCifar10(_folder.Path)).Message);

    [Fact]
    public void ALengthThatIsNoMultipleOfARecord() =>
        Refused(
            DatasetFiles.CifarRecords(1, 2)[..6000],
            "' has 6000 bytes; expected a multiple of 3073 (one label and 3×32×32 values): the record at byte 3073 has 2927.");

    [Fact]
    public void AnEmptyBatch() => Refused([], "' has no images.");

    [Fact]
    public void ALabelOutOfRange() =>
        Refused(DatasetFiles.CifarRecords(1, 10), "', byte 3073: label 10 of image 1 is out of range; expected 0 to 9.");

    [Fact]
    public void AClassNameThatOccursTwice()
    {
        DatasetFiles.Write(_folder, ("test_batch.bin", DatasetFiles.CifarRecords(0)), ("batches.meta.txt", "ship\nShip\n"u8.ToArray()));

        Assert.Equal(
            $"'{_folder.File("batches.meta.txt")}': The class name 'Ship' occurs twice.",
            Assert.Throws<InvalidDataException>(() => ImageDataset.LoadCifar10(_folder.Path)).Message);
    }

    private void Refused(byte[] batch, string message)
    {
        DatasetFiles.Write(_folder, ("data_batch_1.bin", batch));

        var error = Assert.Throws<InvalidDataException>(() => ImageDataset.LoadCifar10(_folder.Path));
        Assert.Equal($"'{_folder.File("data_batch_1.bin")}{message}", error.Message);
    }
}
