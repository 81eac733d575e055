using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Microsoft.ML;

namespace MLNetModelSpace.Tests.Interop;

public sealed class ModelFileTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"model-{Guid.NewGuid():N}.zip");

    public ModelFileTests()
    {
        IDataView rows = SmallZoo.View(_ml);
        _ml.Model.Save(_ml.ModelSpace().Transforms.TrainAutoencoder(SmallZoo.Options()).Fit(rows), rows.Schema, _path);
    }

    [Fact]
    public void LoadModelLoads()
    {
        ITransformer loaded = new MLContext().ModelSpace().Model.Load(_path, out DataViewSchema? schema);

        Assert.Contains(schema!, column => column.Name == ZooColumns.Images);
        Assert.NotNull(loaded);
    }

    [Fact]
    public void TheCatalogIsTheSameAtEveryCallAndFromEveryThread()
    {
        var ml = new MLContext();
        var catalogs = new ModelSpaceCatalog[8];

        Parallel.For(0, catalogs.Length, i => catalogs[i] = ml.ModelSpace());

        Assert.All(catalogs, catalog => Assert.Same(catalogs[0], catalog));
    }

    [Fact]
    public void AMissingFileIsNamed()
    {
        var error = Assert.Throws<FileNotFoundException>(() => _ml.ModelSpace().Model.Load(_path + ".nope"));
        Assert.Equal($"There is no model file '{_path}.nope'.", error.Message);
    }

    [Fact]
    public void AFileThatIsNoZipIsRefused()
    {
        File.WriteAllText(_path, "no zip at all");
        AssertRefused("it is no zip: the record that ends one is missing.");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void ATruncatedFileIsRefused(int quarter)
    {
        byte[] bytes = File.ReadAllBytes(_path);
        File.WriteAllBytes(_path, bytes[..(bytes.Length * quarter / 4)]);
        AssertRefused("it is no zip: the record that ends one is missing.");
    }

    [Fact]
    public void ContentOfAnotherLengthIsRefused()
    {
        // Of five texts the first is said to be shorter by one, so that the others begin too early.
        RewriteContent(content =>
        {
            content[content.AsSpan().IndexOf("Weights"u8) - 1]--;
            return content;
        });
        AssertRefused("'MSpaceTrainAutoencoder' in 'TransformerChain' is damaged");
    }

    [Fact]
    public void ContentThatMakesNoSenseIsRefused()
    {
        RewriteContent(content =>
        {
            int hidden = content.AsSpan().IndexOf("hidden=4"u8);
            content[hidden + 7] = (byte)'0';
            return content;
        });
        AssertRefused("is no valid architecture");
    }

    [Fact]
    public void ANewerFormatVersionIsRefusedByName()
    {
        SetVersion(7);
        AssertRefused("was written in format version 7; this library reads versions up to 1. Update MLNetModelSpace.");
    }

    [Fact]
    public void ANewerFormatVersionIsRefusedByNameInMLNetsOwnLoad()
    {
        SetVersion(7);

        Exception error = Assert.ThrowsAny<Exception>(() => new MLContext().Model.Load(_path, out _));

        Assert.Equal(
            "The model's 'MSpaceTrainAutoencoder' in 'TransformerChain' was written in format version 7; this library reads versions up to 1. Update MLNetModelSpace.",
            Assert.IsType<InvalidDataException>(error.GetBaseException()).Message);
    }

    [Fact]
    public void AnAssemblyThatIsNotThereIsNotCalledDamage()
    {
        RewriteContent(content =>
        {
            Encoding.Unicode.GetBytes("MLNetModelSpacX").CopyTo(content.AsSpan(content.AsSpan().IndexOf(Encoding.Unicode.GetBytes("MLNetModelSpace"))));
            return content;
        });

        Exception? error = Record.Exception(() => _ml.ModelSpace().Model.Load(_path));

        Assert.Contains("MLNetModelSpacX", Assert.IsType<FileNotFoundException>(error?.GetBaseException()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AStreamIsLoadedAndStaysOpen()
    {
        using FileStream stream = File.OpenRead(_path);

        Assert.IsType<TrainAutoencoderTransformer>(_ml.ModelSpace().Model.Load(stream, out DataViewSchema? schema));

        Assert.Contains(schema!, column => column.Name == ZooColumns.Images);
        Assert.True(stream.CanRead);
    }

    [Fact]
    public void AStreamThatCannotBeSoughtIsLoaded()
    {
        using FileStream file = File.OpenRead(_path);
        using var stream = new BufferedPipe(file);

        Assert.IsType<TrainAutoencoderTransformer>(_ml.ModelSpace().Model.Load(stream));
    }

    [Fact]
    public void ADamagedStreamIsRefused()
    {
        var error = Assert.Throws<InvalidDataException>(() => _ml.ModelSpace().Model.Load(new MemoryStream(File.ReadAllBytes(_path)[..^40])));
        Assert.StartsWith("The stream cannot be loaded: ", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => File.Delete(_path);

    private void AssertRefused(string message)
    {
        var error = Assert.Throws<InvalidDataException>(() => new MLContext().ModelSpace().Model.Load(_path));
        Assert.StartsWith($"'{_path}' ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Writes another version behind the signature in the transformer's header.</summary>
    private void SetVersion(uint version) => RewriteContent(content =>
    {
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(content.AsSpan().IndexOf("MSPTRAIN"u8) + 8), version);
        return content;
    });

    /// <summary>Changes what our transformer wrote inside the file, whose sums are right again.</summary>
    private void RewriteContent(Func<byte[], byte[]> change)
    {
        using ZipArchive zip = ZipFile.Open(_path, ZipArchiveMode.Update);
        ZipArchiveEntry entry = zip.Entries.Single(entry => entry.FullName.EndsWith("Model.key", StringComparison.Ordinal));
        string name = entry.FullName;
        using var content = new MemoryStream();
        using (Stream stream = entry.Open())
            stream.CopyTo(content);
        entry.Delete();
        using Stream rewritten = zip.CreateEntry(name).Open();
        rewritten.Write(change(content.ToArray()));
    }

    /// <summary>Reads only, forwards.</summary>
    private sealed class BufferedPipe(Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
