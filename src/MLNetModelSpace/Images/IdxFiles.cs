using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.RegularExpressions;

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

    private static readonly string[] s_parts = ["train", "t10k", "test"];

    public static ImageDataset LoadFolder(string folder, string name, string[]? classNames, IdxOptions? options = null)
    {
        options ??= new IdxOptions();
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}'; expected one with the IDX files of {name}.");
        var pairs = new List<(string Images, string Labels)>();
        foreach (string part in s_parts)
        {
            string? images = Find(folder, options.Prefix + part, "images"), labels = Find(folder, options.Prefix + part, "labels");
            if (images is not null && labels is not null)
                pairs.Add((images, labels));
            else if (images is not null || labels is not null)
                throw new FileNotFoundException($"'{folder}' has '{Path.GetFileName(images ?? labels)}' but no '{options.Prefix}{part}-{(images is null ? "images-idx3" : "labels-idx1")}-ubyte' (or .gz) to go with it.");
        }

        if (pairs.Count == 0)
            throw new FileNotFoundException($"'{folder}' has no IDX files; expected '{options.Prefix}train-images-idx3-ubyte' and '{options.Prefix}train-labels-idx1-ubyte', or 't10k-…', or 'test-…', or both, each with or without .gz.");
        return Load(pairs, classNames, name, options);
    }

    public static ImageDataset Load(IReadOnlyList<(string Images, string Labels)> pairs, string[]? classNames, string name, IdxOptions options) =>
        Load(pairs, Open, classNames, name, options);

    /// <summary>The sample of Fashion-MNIST inside the library.</summary>
    public static ImageDataset LoadSample() => Load(
        [("images-idx3-ubyte.gz", "labels-idx1-ubyte.gz")],
        file => typeof(IdxFiles).Assembly.GetManifestResourceStream("Sample/" + file)!, DatasetClasses.Sample, "Fashion-MNIST sample", new IdxOptions());

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read);

    private static ImageDataset Load(
        IReadOnlyList<(string Images, string Labels)> pairs, Func<string, Stream> open, string[]? classNames, string name, IdxOptions options)
    {
        if (classNames is not null && ImageDataset.FirstWrongName(classNames) is { } wrong)
            throw new ArgumentException(wrong, nameof(classNames));
        ImageShape? shape = null;
        var pixels = new List<byte[]>();
        var labels = new List<byte[]>();
        foreach ((string imagesPath, string labelsPath) in pairs)
        {
            IdxContent pictures = Read(open, imagesPath, ImagesMagic, "images"), marks = Read(open, labelsPath, LabelsMagic, "labels");
            if (pictures.Dimensions[0] != marks.Dimensions[0])
                throw new InvalidDataException($"'{imagesPath}' has {pictures.Dimensions[0]} images, but '{labelsPath}' has {marks.Dimensions[0]} labels; expected as many.");
            if (pictures.Dimensions[0] == 0)
                throw new InvalidDataException($"'{imagesPath}' has no images.");
            (ImageShape found, byte[] images) = pictures.ToImages(options);
            if (found != (shape ??= found))
                throw new InvalidDataException($"'{imagesPath}' has images of {found}, but '{pairs[0].Images}' of {shape}; expected the same.");
            byte[] classes = CheckLabels(labelsPath, marks, classNames?.Length ?? ImageDataset.MaxClasses);
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

    /// <summary>The file of a part, whatever its dimensions and elements are called; the one that is not compressed where there are both.</summary>
    private static string? Find(string folder, string part, string what)
    {
        var name = new Regex($"^{Regex.Escape(part)}-{what}[-.]idx[0-9]-[a-z0-9]+([.]gz)?$", RegexOptions.CultureInvariant);
        return Directory.GetFiles(folder).Where(path => name.IsMatch(Path.GetFileName(path))).OrderBy(path => path.Length).ThenBy(path => path, StringComparer.Ordinal).FirstOrDefault();
    }

    private static byte[] CheckLabels(string path, IdxContent marks, int classCount)
    {
        long[] labels = marks.ToLabels(out Func<int, long> placeOf);
        int outside = labels.AsSpan().IndexOfAnyExceptInRange(0, classCount - 1);
        if (outside >= 0)
            throw new InvalidDataException($"'{path}', byte {placeOf(outside)}: label {labels[outside]} of image {outside} is out of range; expected 0 to {classCount - 1}.");
        return Array.ConvertAll(labels, label => (byte)label);
    }

    private static IdxContent Read(Func<string, Stream> open, string path, uint magic, string what)
    {
        using Stream file = open(path);
        Span<byte> start = stackalloc byte[2];
        bool compressed = file.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && start is [0x1F, 0x8B];
        file.Position = 0;
        long limit = compressed ? Math.Min(MaxContentBytes, file.Length * MaxDeflateRatio) : Math.Min(MaxContentBytes, file.Length);
        using Stream stream = compressed ? new GZipStream(file, CompressionMode.Decompress) : file;
        try
        {
            return Read(stream, path, magic, what, limit);
        }
        catch (InvalidDataException error) when (compressed && !error.Message.StartsWith('\''))
        {
            throw new InvalidDataException($"'{path}' is damaged gzip: {error.Message}", error);
        }
    }

    private static IdxContent Read(Stream stream, string path, uint magic, string what, long limit)
    {
        // Images have two dimensions to four, labels one or two.
        int rank = (int)(magic & 0xFF), least = rank == 1 ? 1 : 2, most = rank == 1 ? 2 : 4;
        Span<byte> header = stackalloc byte[sizeof(uint) * (1 + most)];
        int got = stream.ReadAtLeast(header[..sizeof(uint)], sizeof(uint), throwOnEndOfStream: false);
        uint found = got == sizeof(uint) ? BinaryPrimitives.ReadUInt32BigEndian(header) : magic;
        int type = (int)(found >> 8), width = IdxContent.WidthOf(type);
        if (got == sizeof(uint) && (width == 0 || (found & 0xFF) < least || (found & 0xFF) > most))
        {
            throw new InvalidDataException($"'{path}', byte 0: " + (Recognize(header) is { } other
                ? $"it is {other}; expected an IDX file of {what}."
                : $"the magic number is 0x{found:X8}; expected 0x{magic:X8} (unsigned bytes in {rank} dimension{(rank == 1 ? "" : "s")}: {what})."));
        }

        rank = (int)(found & 0xFF);
        header = header[..(sizeof(uint) * (1 + rank))];
        if (got == sizeof(uint))
            got += stream.ReadAtLeast(header[sizeof(uint)..], header.Length - sizeof(uint), throwOnEndOfStream: false);
        if (got < header.Length)
            throw new InvalidDataException($"'{path}' ends after {got} bytes; expected a header of {header.Length}.");

        int[] dimensions = new int[rank];
        Int128 total = width;
        for (int i = 0; i < rank; i++)
        {
            uint dimension = BinaryPrimitives.ReadUInt32BigEndian(header[(sizeof(uint) * (1 + i))..]);
            total *= dimension;
            if (total > MaxContentBytes || dimension > int.MaxValue)
                throw new InvalidDataException($"'{path}', byte {sizeof(uint) * (1 + i)}: the header promises more than {MaxContentBytes} bytes, the most that are read.");
            dimensions[i] = (int)dimension;
        }

        string expected = $"expected {string.Join('×', dimensions)} {(width == 1 ? "bytes" : IdxContent.NameOf(type))} of {what}";
        if (total > limit)
            throw new InvalidDataException($"'{path}' is cut short: it is too small for its header; {expected}.");
        byte[] content = GC.AllocateUninitializedArray<byte>((int)total);
        got = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        if (got < content.Length)
            throw new InvalidDataException($"'{path}' is cut short: it ends after {got} of {content.Length} bytes behind its header; {expected}.");
        if (stream.ReadByte() >= 0)
            throw new InvalidDataException($"'{path}', byte {header.Length + total}: more follows; {expected} and no more.");
        return new IdxContent(path, type, dimensions, content);
    }

    /// <summary>What a file is that is no IDX file, by its first bytes; null where nothing tells.</summary>
    private static string? Recognize(ReadOnlySpan<byte> start) => start[..4] switch
    {
        [0x1F, 0x8B, ..] => "gzip, inside gzip or cut short",
        [(byte)'P', (byte)'K', 3, 4] => "a zip",
        [0xFD, (byte)'7', (byte)'z', (byte)'X'] => "xz",
        [(byte)'<', ..] => "a web page",
        [1 or 2 or 3 or 4, >= 0x08 and <= 0x0E, 0, 0] => "IDX with its bytes the other way round",
        _ => null,
    };
}
