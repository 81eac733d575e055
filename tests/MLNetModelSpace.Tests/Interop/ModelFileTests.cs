using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetModelSpace.Tests.Zoo;

namespace MLNetModelSpace.Tests.Interop;

public sealed class ModelFileTests : IDisposable
{
    private static readonly LoaderInfo s_older = new("MSPTRAIN", "MSpaceTrainAutoencoder", 0);
    private readonly MLContext _ml = new(seed: 1);
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"model-{Guid.NewGuid():N}.zip");

    public ModelFileTests()
    {
        IDataView rows = SmallZoo.View(_ml);
        _ml.Model.Save(_ml.ModelSpace().TrainAutoencoder(SmallZoo.Options()).Fit(rows), rows.Schema, _path);
    }

    [Fact]
    public void LoadModelRegistersAndLoads()
    {
        ITransformer loaded = new MLContext().ModelSpace().LoadModel(_path, out DataViewSchema? schema);

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
        var error = Assert.Throws<FileNotFoundException>(() => _ml.ModelSpace().LoadModel(_path + ".nope"));
        Assert.Equal($"There is no model file '{_path}.nope'.", error.Message);
    }

    [Fact]
    public void AFileThatIsNoZipIsRefused()
    {
        File.WriteAllText(_path, "no zip at all");
        AssertRefused("");
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
        AssertRefused("");
    }

    [Fact]
    public void AFileOfAnotherEngineSaysSo()
    {
        RewriteContent(content =>
        {
            using var stream = new MemoryStream();
            using var writer = new BinaryWriter(stream);
            writer.Write("Some.Other.Engine");
            writer.Write(content.AsSpan(0, 1));
            return stream.ToArray();
        });
        AssertRefused($"The model was written by another engine (Some.Other.Engine); this one is {ModelContent.Engine}.");
    }

    [Fact]
    public void ContentCutShortIsRefused()
    {
        RewriteContent(content => content[..^9]);
        AssertRefused("'MSpaceTrainAutoencoder' is damaged");
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
        var older = new MLContext();
        MLNetInterop.AddClass(
            older.ComponentCatalog, s_older, typeof(TrainAutoencoderTransformer), typeof(ModelFileTests).GetMethod(nameof(CreateOlder))!);

        Exception error = Assert.ThrowsAny<Exception>(() => older.Model.Load(_path, out _));

        Assert.Equal(
            "The model's 'MSpaceTrainAutoencoder' was written in format version 1; this library reads versions up to 0. Update MLNetModelSpace.",
            Assert.IsType<InvalidDataException>(error.GetBaseException()).Message);
    }

    /// <summary>A loader of an earlier release, as it were.</summary>
    public static object CreateOlder(IHostEnvironment env, object ctx) => MLNetInterop.Load<object>(ctx, s_older, (_, _) => env);

    public void Dispose() => File.Delete(_path);

    private void AssertRefused(string message)
    {
        var error = Assert.Throws<InvalidDataException>(() => new MLContext().ModelSpace().LoadModel(_path));
        Assert.StartsWith($"'{_path}' ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Replaces what our transformer wrote inside the file.</summary>
    private void RewriteContent(Func<byte[], byte[]> change)
    {
        using ZipArchive zip = ZipFile.Open(_path, ZipArchiveMode.Update);
        ZipArchiveEntry entry = zip.Entries.Single(entry => entry.FullName.EndsWith(ModelContent.EntryName, StringComparison.OrdinalIgnoreCase));
        string name = entry.FullName;
        using var content = new MemoryStream();
        using (Stream stream = entry.Open())
            stream.CopyTo(content);
        entry.Delete();
        using Stream rewritten = zip.CreateEntry(name).Open();
        rewritten.Write(change(content.ToArray()));
    }
}
