using System.Buffers.Binary;
using System.IO.Compression;

namespace MLNetModelSpace.Images;

/// <summary>
/// Reads the IDX format of MNIST: a magic number (two zero bytes, the element type, the number of dimensions), the dimensions as
/// big-endian 32-bit numbers, then the elements.
/// </summary>
internal static class IdxFiles
{
    /// <summary>The most bytes a file may have when it is decompressed.</summary>
    public const int MaxContentBytes = 1 << 30;

    /// <summary>No deflate stream grows by more than this: a header that promises more is a lie, and nothing is reserved for it.</summary>
    private const int MaxDeflateRatio = 1032;

    private const uint ImagesMagic = 0x00000803;
    private const uint LabelsMagic = 0x00000801;

    private static readonly string[] s_parts = ["train", "t10k"];

    public static ImageDataset LoadFolder(string folder, string name, string[] classNames)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}'; expected one with the IDX files of {name}.");
        var pairs = new List<(string Images, string Labels)>();
        foreach (string part in s_parts)
        {
            string? images = Find(folder, part, "images", 3), labels = Find(folder, part, "labels", 1);
            if (images is not null && labels is not null)
                pairs.Add((images, labels));
            else if (images is not null || labels is not null)
                throw new FileNotFoundException($"'{folder}' has '{Path.GetFileName(images ?? labels)}' but no '{part}-{(images is null ? "images-idx3" : "labels-idx1")}-ubyte' (or .gz) to go with it.");
        }

        if (pairs.Count == 0)
            throw new FileNotFoundException($"'{folder}' has no IDX files; expected 'train-images-idx3-ubyte' and 'train-labels-idx1-ubyte', or 't10k-…', or both, each with or without .gz.");
        return Load(pairs, classNames, name);
    }

    public static ImageDataset Load(IReadOnlyList<(string Images, string Labels)> pairs, string[]? classNames, string name) => Load(pairs, Open, classNames, name);

    /// <summary>The sample of Fashion-MNIST inside the library.</summary>
    public static ImageDataset LoadSample() => Load(
        [("images-idx3-ubyte.gz", "labels-idx1-ubyte.gz")],
        file => typeof(IdxFiles).Assembly.GetManifestResourceStream("Sample/" + file)!, DatasetClasses.Sample, "Fashion-MNIST sample");

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read);

    private static ImageDataset Load(
        IReadOnlyList<(string Images, string Labels)> pairs, Func<string, Stream> open, string[]? classNames, string name)
    {
        if (classNames is not null && ImageDataset.FirstWrongName(classNames) is { } wrong)
            throw new ArgumentException(wrong, nameof(classNames));
        ImageShape? shape = null;
        var pixels = new List<byte[]>();
        var labels = new List<byte[]>();
        foreach ((string imagesPath, string labelsPath) in pairs)
        {
            (int[] size, byte[] images) = Read(open, imagesPath, ImagesMagic, 3, "images");
            (int[] count, byte[] classes) = Read(open, labelsPath, LabelsMagic, 1, "labels");
            if (size[0] != count[0])
                throw new InvalidDataException($"'{imagesPath}' has {size[0]} images, but '{labelsPath}' has {count[0]} labels; expected as many.");
            if (size[0] == 0)
                throw new InvalidDataException($"'{imagesPath}' has no images.");
            var found = new ImageShape(1, size[1], size[2]);
            if (!found.IsValid)
                throw new InvalidDataException($"'{imagesPath}', byte 8: the images have the shape {found}; expected positive dimensions.");
            if (found != (shape ??= found))
                throw new InvalidDataException($"'{imagesPath}' has images of {found}, but '{pairs[0].Images}' of {shape}; expected the same.");
            CheckLabels(labelsPath, classes, classNames?.Length ?? ImageDataset.MaxClasses);
            pixels.Add(images);
            labels.Add(classes);
        }

        byte[] allLabels = Pool(labels, name);
        classNames ??= [.. Enumerable.Range(0, allLabels.Max() + 1).Select(label => label.ToString(System.Globalization.CultureInfo.InvariantCulture))];
        return ImageDataset.Adopt(name, shape!.Value, Pool(pixels, name), allLabels, classNames);
    }

    /// <summary>Puts the parts together; one part is not copied.</summary>
    public static byte[] Pool(List<byte[]> parts, string name)
    {
        if (parts.Count == 1)
            return parts[0];
        long total = parts.Sum(part => (long)part.Length);
        if (total > Array.MaxLength)
            throw new InvalidDataException($"The files of {name} have {total} bytes together; at most {Array.MaxLength} are read.");
        byte[] pooled = GC.AllocateUninitializedArray<byte>((int)total);
        int position = 0;
        foreach (byte[] part in parts)
        {
            part.CopyTo(pooled, position);
            position += part.Length;
        }

        return pooled;
    }

    private static string? Find(string folder, string part, string what, int rank)
    {
        foreach (char separator in "-.")
        {
            string path = Path.Combine(folder, $"{part}-{what}{separator}idx{rank}-ubyte");
            if (File.Exists(path))
                return path;
            if (File.Exists(path + ".gz"))
                return path + ".gz";
        }

        return null;
    }

    private static void CheckLabels(string path, byte[] labels, int classCount)
    {
        int outside = labels.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)(classCount - 1));
        if (outside >= 0)
            throw new InvalidDataException($"'{path}', byte {8 + outside}: label {labels[outside]} of image {outside} is out of range; expected 0 to {classCount - 1}.");
    }

    private static (int[] Dimensions, byte[] Content) Read(Func<string, Stream> open, string path, uint magic, int rank, string what)
    {
        using Stream file = open(path);
        Span<byte> start = stackalloc byte[2];
        bool compressed = file.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && start is [0x1F, 0x8B];
        file.Position = 0;
        long limit = compressed ? Math.Min(MaxContentBytes, file.Length * MaxDeflateRatio) : Math.Min(MaxContentBytes, file.Length);
        using Stream stream = compressed ? new GZipStream(file, CompressionMode.Decompress) : file;
        try
        {
            return Read(stream, path, magic, rank, what, limit);
        }
        catch (InvalidDataException error) when (compressed && !error.Message.StartsWith('\''))
        {
            throw new InvalidDataException($"'{path}' is damaged gzip: {error.Message}", error);
        }
    }

    private static (int[] Dimensions, byte[] Content) Read(Stream stream, string path, uint magic, int rank, string what, long limit)
    {
        Span<byte> header = stackalloc byte[sizeof(uint) * (1 + rank)];
        int got = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        if (got >= sizeof(uint) && BinaryPrimitives.ReadUInt32BigEndian(header) is var found && found != magic)
            throw new InvalidDataException($"'{path}', byte 0: the magic number is 0x{found:X8}; expected 0x{magic:X8} (unsigned bytes in {rank} dimension{(rank == 1 ? "" : "s")}: {what}).");
        if (got < header.Length)
            throw new InvalidDataException($"'{path}' ends after {got} bytes; expected a header of {header.Length}.");

        int[] dimensions = new int[rank];
        Int128 total = 1;
        for (int i = 0; i < rank; i++)
        {
            uint dimension = BinaryPrimitives.ReadUInt32BigEndian(header[(sizeof(uint) * (1 + i))..]);
            total *= dimension;
            if (total > MaxContentBytes || dimension > int.MaxValue)
                throw new InvalidDataException($"'{path}', byte {sizeof(uint) * (1 + i)}: the header promises more than {MaxContentBytes} bytes, the most that are read.");
            dimensions[i] = (int)dimension;
        }

        string expected = $"expected {string.Join('×', dimensions)} bytes of {what}";
        if (total > limit)
            throw new InvalidDataException($"'{path}' is cut short: it is too small for its header; {expected}.");
        byte[] content = GC.AllocateUninitializedArray<byte>((int)total);
        got = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        if (got < content.Length)
            throw new InvalidDataException($"'{path}' is cut short: it ends after {got} of {content.Length} bytes behind its header; {expected}.");
        if (stream.ReadByte() >= 0)
            throw new InvalidDataException($"'{path}', byte {header.Length + total}: more follows; {expected} and no more.");
        return (dimensions, content);
    }
}
