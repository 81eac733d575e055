using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Microsoft.ML;
using MLNetModelSpace.Storage;

namespace MLNetModelSpace.Fuzz;

/// <summary>Safetensors: every tensor alone, and all as one weight vector.</summary>
internal sealed class SafetensorsTarget : FuzzTarget
{
    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        Assemble("""{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"F32","shape":[],"data_offsets":[24,28]}} """, 28),
        Assemble(
            """{"__metadata__":{"modelspace.architecture":"LinearAutoencoder(hidden=1) on 1x1x2","k":"ü𝄞"},"e":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"""
            + """ "f":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]},"g":{"dtype":"F64","shape":[1,1],"data_offsets":[8,16]},"h":{"dtype":"I64","shape":[1],"data_offsets":[16,24]},"""
            + """ "i":{"dtype":"BOOL","shape":[3],"data_offsets":[24,27]},"j":{"dtype":"F4","shape":[2],"data_offsets":[27,28]},"k":{"dtype":"U16","shape":[0,7],"data_offsets":[28,28]}}""",
            28),
    ];

    public override void Read(byte[] file)
    {
        using SafetensorsFile read = SafetensorsFile.Parse(file);
        for (int i = 0; i < read.Tensors.Count; i++)
        {
            SafetensorsTensor tensor = read.Tensors[i];
            if (read.GetBytes(i).Length != tensor.ByteLength)
                throw new InvalidOperationException($"{tensor} has {read.GetBytes(i).Length} bytes.");
            if (tensor.IsReadable)
                read.CopyTo(i, new float[tensor.Length]);
        }

        if (read.Tensors.All(tensor => tensor.IsReadable))
            read.CopyTo(new float[read.Layout.Length]);
    }

    private static byte[] Assemble(string header, int data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header), file = new byte[sizeof(long) + json.Length + data];
        BinaryPrimitives.WriteInt64LittleEndian(file, json.Length);
        json.CopyTo(file, sizeof(long));
        for (int i = 0; i < data; i++)
            file[sizeof(long) + json.Length + i] = (byte)(i * 7);
        return file;
    }
}

/// <summary>IDX: images, and with fewer than three dimensions labels, with whole files of the other kind; bytes and other numbers, plain and compressed.</summary>
internal sealed class IdxTarget : FolderTarget
{
    private static readonly byte[] s_images = [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 5, .. Enumerable.Range(0, 30).Select(i => (byte)i)];
    private static readonly byte[] s_labels = [0, 0, 8, 1, 0, 0, 0, 3, 0, 1, 2];

    private readonly string _wholeImages, _wholeLabels;

    public IdxTarget() => (_wholeImages, _wholeLabels) = (Write("whole-images", s_images), Write("whole-labels", s_labels));

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        s_images, s_labels, Compress(s_images),
        [0, 0, 8, 4, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, .. Enumerable.Range(0, 36).Select(i => (byte)i)],
        [0, 0, 13, 3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, .. Enumerable.Repeat<byte[]>([0x3F, 0, 0, 0], 6).SelectMany(half => half)],
        [0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 2, 0, 1, 1, 0, 0, 1],
        [0, 0, 12, 1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2],
    ];

    public override void Read(byte[] file)
    {
        string path = Write("damaged", file);
        ImageDataset images = file is [0, 0, _, 1 or 2, ..] ? ImageDataset.LoadIdx(_wholeImages, path) : ImageDataset.LoadIdx(path, _wholeLabels);
        _ = images.GetPixels(images.Count - 1);
    }

    private static byte[] Compress(byte[] content)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.SmallestSize))
            gzip.Write(content);
        return stream.ToArray();
    }
}

/// <summary>CIFAR-10: a file of records, or, where it is shorter than one, the file of the classes' names.</summary>
internal sealed class Cifar10Target : FolderTarget
{
    private const int RecordBytes = 1 + (3 * 32 * 32);

    private static readonly byte[] s_names = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n"u8.ToArray();

    private readonly string _ofNames, _ofRecords;

    public Cifar10Target()
    {
        (_ofNames, _ofRecords) = (Directory.CreateDirectory(Path.Combine(Folder, "names")).FullName, Directory.CreateDirectory(Path.Combine(Folder, "records")).FullName);
        Write("names/data_batch_1.bin", Records(1));
        Write("records/batches.meta.txt", s_names);
    }

    public override IReadOnlyList<byte[]> Seeds { get; } = [Records(3, 9), s_names];

    public override void Read(byte[] file)
    {
        bool names = file.Length is > 0 and < RecordBytes;
        Write(names ? "names/batches.meta.txt" : "records/data_batch_1.bin", file);
        ImageDataset images = ImageDataset.LoadCifar10(names ? _ofNames : _ofRecords);
        _ = images.GetPixels(images.Count - 1);
    }

    private static byte[] Records(params ReadOnlySpan<byte> labels)
    {
        byte[] file = new byte[labels.Length * RecordBytes];
        for (int i = 0; i < labels.Length; i++)
            file[i * RecordBytes] = labels[i];
        return file;
    }
}

/// <summary>An index of models with metadata of every kind, which is searched. A file that is read is the one that was written: any bit counts.</summary>
internal sealed class IndexTarget : FuzzTarget
{
    public override IReadOnlyList<byte[]> Seeds { get; } = [Save(IndexMetric.Cosine), Save(IndexMetric.ExpectedCost)];

    public override void Read(byte[] file)
    {
        ModelIndex index = ModelIndex.Load(new MemoryStream(file));
        if (!Seeds.Any(whole => file.AsSpan().StartsWith(whole)))
            throw new InvalidOperationException("It was loaded and is none that was written.");
        index.Search(index.VectorOf(index.Ids[^1]), 2);
        foreach (string column in index.MetadataColumnNames)
            index.GetMetadata<object>(column, index.Count - 1);
    }

    private static byte[] Save(IndexMetric metric)
    {
        var ml = new MLContext(seed: 1);
        IDataView rows = ml.Data.LoadFromEnumerable(
            Enumerable.Range(1, 4).Select(i => new Row { Id = $"m{i}", Embedding = [i, 1, 2], Single = i, Double = i, Int32 = i, Int64 = i, Text = $"t{i}", Vector = [i] }).ToArray());
        string[] columns = [nameof(Row.Single), nameof(Row.Double), nameof(Row.Int32), nameof(Row.Int64), nameof(Row.Boolean), nameof(Row.Text), nameof(Row.Vector)];
        using var stream = new MemoryStream();
        ml.ModelSpace().Search.BuildIndex(rows, new ModelIndex.Options { Metric = metric, MetadataColumnNames = columns }).Save(stream);
        return stream.ToArray();
    }

    private sealed class Row
    {
        public string Id { get; set; } = "";

        public float[] Embedding { get; set; } = [];

        public float Single { get; set; }

        public double Double { get; set; }

        public int Int32 { get; set; }

        public long Int64 { get; set; }

        public bool Boolean { get; set; }

        public string Text { get; set; } = "";

        public float[] Vector { get; set; } = [];
    }
}

/// <summary>The JSON of a layout and the text of an architecture, on its own or in a layout: what is read is laid out for its images.</summary>
internal sealed class LayoutTarget : FuzzTarget
{
    private static readonly Architecture[] s_architectures =
    [
        new LinearAutoencoder([6, 3], HiddenActivation.Tanh), new ConvolutionalAutoencoder(channels: 2, kernel: 3, stride: 2), new LinearVae(latent: 2, beta: 0.5),
        new ConvolutionalVae(channels: 2, latent: 3, kernel: 3, stride: 3),
    ];

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. s_architectures.Select(architecture => Encoding.UTF8.GetBytes(architecture.GetLayout(new ImageShape(1, 9, 9)).ToJson())),
        .. s_architectures.Select(architecture => Encoding.UTF8.GetBytes($"{architecture} on 3x9x9")),
    ];

    public override bool IsRefusal(Exception error) => error is FormatException;

    public override void Read(byte[] file)
    {
        string text = Encoding.UTF8.GetString(file);
        if (text.StartsWith('{'))
            text = WeightLayout.Parse(text).Architecture;
        Architecture architecture = Architecture.Parse(text, out ImageShape? shape);
        if (!architecture.Equals(Architecture.Parse(architecture.ToString())))
            throw new InvalidOperationException($"'{text}' is read as '{architecture}', which is read otherwise.");
        try
        {
            architecture.GetLayout(shape ?? new ImageShape(1, 9, 9));
        }
        catch (ArgumentException)
        {
            // It does not fit those images, which GetLayout may say.
        }
    }
}
