using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Microsoft.ML;

namespace MLNetModelSpace.Tests.Interop;

/// <summary>What earlier versions of the library wrote, byte by byte.</summary>
public sealed class OldVersionTests : IDisposable
{
    private readonly MLContext _ml = new(1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, IndexMetric.Cosine)]
    [InlineData(1, IndexMetric.Euclidean)]
    [InlineData(2, IndexMetric.Cosine)]
    [InlineData(2, IndexMetric.ExpectedCost)]
    public void AnIndexOfEitherVersionIsRead(byte version, IndexMetric metric)
    {
        ModelIndex index = ModelIndex.Load(IndexFile(version, metric));
        Assert.Equal(metric, index.Metric);
        Assert.Equal(["a", "b"], index.Ids);
        Assert.Equal([0, 1], index.VectorOf("b"));
    }

    [Fact]
    public void AnIndexOfTheFirstVersionThatExpectsCostsIsRefused()
    {
        string path = IndexFile(1, IndexMetric.ExpectedCost);
        Assert.Equal(
            $"{path}: The index is of format version 1 and of the metric {nameof(IndexMetric.ExpectedCost)}, which there is from version 2 on.",
            Assert.Throws<InvalidDataException>(() => ModelIndex.Load(path)).Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void AnIndexOfAnotherVersionIsRefusedByFileAndVersion(byte version)
    {
        string path = IndexFile(version, IndexMetric.Cosine);
        Assert.Equal(
            $"{path}: The index is of format version {version}; this library reads versions up to 2.",
            Assert.Throws<InvalidDataException>(() => ModelIndex.Load(path)).Message);
    }

    [Fact]
    public void AnIndexAtTheEndOfAPipelineIsReadWhicheverVersionItHas()
    {
        byte[] content = OldFormat.Write(writer =>
        {
            writer.Write("Embedding");
            writer.Write("Ids");
            writer.Write("Scores");
            writer.Write(1);
            writer.Write(Index(1, IndexMetric.Cosine));
        });
        Assert.Equal(2, OldFormat.Read<ModelIndexTransformer>(content, 1).Index.Count);
    }

    [Fact]
    public void GraphDescriptorsOfTheFirstVersionHaveNoPlaces()
    {
        WeightLayout layout = GraphModels.Convolutional;
        byte[] content = OldFormat.Write(writer =>
        {
            writer.Write("Old");
            writer.Write("Weights");
            writer.Write("Layout");
            writer.Write(layout.ToJson());
        });
        GraphDescriptorsTransformer first = OldFormat.Read<GraphDescriptorsTransformer>(content, 1);
        Assert.Equal(new GraphDescriptors(NetworkChain.Of(layout), places: false).Slots, first.SlotNames);
        Assert.Equal(
            new GraphDescriptors(NetworkChain.Of(layout), places: true).Slots,
            OldFormat.Read<GraphDescriptorsTransformer>([.. content, 1], 2).SlotNames);

        // The second version says whether kernels have places; a file that ends before is damaged.
        Assert.Throws<EndOfStreamException>(() => OldFormat.Read<GraphDescriptorsTransformer>(content, 2));
    }

    [Fact]
    public void AnEncoderOfTheFirstVersionReadsFeaturesAsTheyAre()
    {
        byte[] content = OldFormat.Write(writer =>
        {
            writer.Write("Features");
            writer.Write("Embedding");
            writer.Write((byte)EmbeddingSpace.Sphere);
            writer.Write(1);
            ModelContent.WriteFloats(writer, [1, 1, 1]);
            ModelContent.WriteFloats(writer, [2, 2, 2]);
            writer.Write(1);
            ModelContent.WriteFloats(writer, [1, 0, 0, 0, 1, 0, 0, 0, 1]);
            ModelContent.WriteFloats(writer, [0, 0, 0]);
            writer.Write(0);
            writer.Write(false);
        });
        float[] place = OldFormat.Read<EmbeddingRegressionTransformer>(content, 1).Embed([4, 1, 5]);
        Assert.Equal([0.6f, 0, 0.8f], place.Select(value => MathF.Round(value, 5)));
        Assert.ThrowsAny<Exception>(() => OldFormat.Read<EmbeddingRegressionTransformer>(content, 2));
    }

    [Fact]
    public void AGraphEncoderOfALaterVersionIsRefusedByFileAndVersion()
    {
        IDataView data = GraphModels.View(_ml, GraphModels.Dense, 12);
        GraphEmbeddingTransformer model = _ml.ModelSpace().RegressGraphEmbedding(new GraphEmbeddingTrainer.Options
        {
            Layout = GraphModels.Dense,
            Epochs = 1,
            Members = 1,
            MessageSize = 2,
            HiddenSizes = [2],
        }).Fit(data);
        string path = _folder.File("graph.zip");
        _ml.Model.Save(model, data.Schema, path);
        Assert.IsType<GraphEmbeddingTransformer>(new MLContext().ModelSpace().LoadModel(path));
        SetVersion(path, "MSGRAPHE"u8, 7);
        Assert.Equal(
            $"'{path}' cannot be loaded: The model's 'ModelSpaceGraph' was written in format version 7; this library reads versions up to 1. Update MLNetModelSpace.",
            Assert.Throws<InvalidDataException>(() => new MLContext().ModelSpace().LoadModel(path)).Message);
    }

    /// <summary>Writes another version behind the signature that a transformer's header has.</summary>
    private static void SetVersion(string path, ReadOnlySpan<byte> signature, uint version)
    {
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Update);
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            using Stream stream = entry.Open();
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            int at = bytes.AsSpan().IndexOf(signature);
            if (at < 0)
                continue;
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at + signature.Length), version);
            stream.Position = 0;
            stream.Write(bytes);
            return;
        }

        Assert.Fail("No entry has the signature.");
    }

    private string IndexFile(byte version, IndexMetric metric)
    {
        string path = _folder.File("models.index");
        File.WriteAllBytes(path, Index(version, metric));
        return path;
    }

    /// <summary>Two models in two dimensions, without metadata.</summary>
    private static byte[] Index(byte version, IndexMetric metric) => OldFormat.Write(writer =>
    {
        writer.Write("MLMSIDX"u8);
        writer.Write(version);
        writer.Write((byte)metric);
        writer.Write(2);
        writer.Write(2);
        foreach (string id in (string[])["a", "b"])
        {
            writer.Write7BitEncodedInt(id.Length);
            writer.Write(Encoding.UTF8.GetBytes(id));
        }

        writer.Write(0);
        foreach (float value in (float[])[1, 0, 0, 1])
            writer.Write(value);
    });
}
