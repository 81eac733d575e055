using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace MLNetModelSpace;

/// <summary>
/// Labelled images of one shape. Pixels are kept as bytes and given as <see cref="float"/> in [0, 1] (a byte divided by 255).
/// Immutable; reading is thread-safe.
/// </summary>
public sealed class ImageDataset
{
    /// <summary>The most classes a dataset may have: labels are bytes.</summary>
    public const int MaxClasses = 256;

    private readonly byte[] _pixels;
    private readonly byte[] _labels;
    private readonly string[] _classNames;
    private readonly int[][] _indicesByClass;
    private readonly Lazy<string> _fingerprint;

    /// <summary>Makes a dataset of images in memory.</summary>
    /// <param name="name">What errors and tables call it, such as <c>Fashion-MNIST</c>.</param>
    /// <param name="shape">Channels, height and width of every image.</param>
    /// <param name="pixels">Image after image, each C·H·W bytes, channel by channel, row by row. Copied.</param>
    /// <param name="labels">The class of each image, from 0. Copied.</param>
    /// <param name="classNames">The classes' names; unique, whatever their case.</param>
    /// <exception cref="ArgumentException">
    /// The shape is not positive, there are no images, counts do not agree, a label is not below the number of classes, or a name is
    /// empty or occurs twice.
    /// </exception>
    public ImageDataset(string name, ImageShape shape, ReadOnlySpan<byte> pixels, ReadOnlySpan<byte> labels, IEnumerable<string> classNames)
        : this(name, shape, pixels.ToArray(), labels.ToArray(), [.. RequireNames(classNames)])
    {
    }

    private ImageDataset(string name, ImageShape shape, byte[] pixels, byte[] labels, string[] classNames)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!shape.IsValid)
            throw new ArgumentException($"An image of {shape} has no pixels, or more than {int.MaxValue} values.", nameof(shape));
        if (labels.Length == 0)
            throw new ArgumentException("A dataset needs at least one image.", nameof(labels));
        if (pixels.Length != (long)labels.Length * shape.Size)
            throw new ArgumentException($"{labels.Length} images of {shape} have {(long)labels.Length * shape.Size} pixels; there are {pixels.Length}.", nameof(pixels));
        if (FirstWrongName(classNames) is { } wrong)
            throw new ArgumentException(wrong, nameof(classNames));
        int outside = labels.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)(classNames.Length - 1));
        if (outside >= 0)
            throw new ArgumentException($"Label {labels[outside]} of image {outside} is out of range; expected 0 to {classNames.Length - 1}.", nameof(labels));

        Name = name;
        Shape = shape;
        _pixels = pixels;
        _labels = labels;
        _classNames = classNames;
        ClassNames = Array.AsReadOnly(_classNames);
        _indicesByClass = GroupByClass(labels, classNames.Length);
        _fingerprint = new Lazy<string>(ComputeFingerprint);
    }

    /// <summary>What errors and tables call the dataset.</summary>
    public string Name { get; }

    /// <summary>Channels, height and width of every image.</summary>
    public ImageShape Shape { get; }

    /// <summary>Number of images, at least 1.</summary>
    public int Count => _labels.Length;

    /// <summary>Number of classes, 1 to <see cref="MaxClasses"/>; some may have no image.</summary>
    public int ClassCount => _classNames.Length;

    /// <summary>The classes' names; a class's number is its index here.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>The class of each image.</summary>
    public ReadOnlySpan<byte> Labels => _labels;

    /// <summary>
    /// SHA-256 of the shape, the labels and the pixels, in lower-case hexadecimal: equal for equal images in equal order, whatever
    /// the dataset or its classes are called. Computed when it is first asked for.
    /// </summary>
    public string Fingerprint => _fingerprint.Value;

    /// <summary>
    /// 1,000 trousers and 1,000 pullovers of Fashion-MNIST (28×28, grey; MIT licence, © 2017 Zalando SE, the notice beside them), which come with this library:
    /// classes <c>Trouser</c> and <c>Pullover</c>.
    /// </summary>
    public static ImageDataset LoadSample() => IdxFiles.LoadSample();

    /// <summary>
    /// Fashion-MNIST from a folder with its IDX files, <c>train-*</c> or <c>t10k-*</c> or both, gzip or not; all are pooled.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">It holds no such files, or images without their labels.</exception>
    /// <exception cref="InvalidDataException">A file is not as the format says: the message names file, place and what was expected.</exception>
    public static ImageDataset LoadFashionMnist(string folder) => IdxFiles.LoadFolder(folder, "Fashion-MNIST", DatasetClasses.FashionMnist);

    /// <summary>MNIST from a folder with its IDX files, <c>train-*</c> or <c>t10k-*</c> or both, gzip or not; all are pooled.</summary>
    /// <inheritdoc cref="LoadFashionMnist"/>
    public static ImageDataset LoadMnist(string folder) => IdxFiles.LoadFolder(folder, "MNIST", DatasetClasses.Mnist);

    /// <summary>
    /// CIFAR-10's binary version from a folder with <c>data_batch_*.bin</c>, <c>test_batch.bin</c> or both; all are pooled. Class names
    /// come from <c>batches.meta.txt</c> where it is there, else they are CIFAR-10's.
    /// </summary>
    /// <inheritdoc cref="LoadFashionMnist"/>
    public static ImageDataset LoadCifar10(string folder) => Cifar10Files.LoadFolder(folder);

    /// <summary>A pair of IDX files (unsigned bytes; images of three dimensions, labels of one), gzip or not.</summary>
    /// <param name="imagesPath">The images.</param>
    /// <param name="labelsPath">Their labels.</param>
    /// <param name="classNames">The classes' names; null for the numbers from 0 to the greatest label.</param>
    /// <param name="name">What errors and tables call the dataset; null for the images' file name.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="ArgumentException">A class name is empty or occurs twice.</exception>
    /// <exception cref="InvalidDataException">A file is not as the format says: the message names file, place and what was expected.</exception>
    public static ImageDataset LoadIdx(string imagesPath, string labelsPath, IEnumerable<string>? classNames = null, string? name = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(imagesPath);
        ArgumentException.ThrowIfNullOrEmpty(labelsPath);
        return IdxFiles.Load([(imagesPath, labelsPath)], classNames is null ? null : RequireNames(classNames), name ?? Path.GetFileName(imagesPath), new IdxOptions());
    }

    /// <summary>A pair of IDX files of any kind, gzip or not (<see cref="IdxOptions"/>).</summary>
    /// <param name="imagesPath">The images.</param>
    /// <param name="labelsPath">Their labels.</param>
    /// <param name="options">How they are read.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="ArgumentException">A class name is empty or occurs twice.</exception>
    /// <exception cref="InvalidDataException">A file is not as the format says: the message names file, place and what was expected.</exception>
    public static ImageDataset LoadIdx(string imagesPath, string labelsPath, IdxOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(imagesPath);
        ArgumentException.ThrowIfNullOrEmpty(labelsPath);
        ArgumentNullException.ThrowIfNull(options);
        return IdxFiles.Load([(imagesPath, labelsPath)], options.ClassNames is null ? null : RequireNames(options.ClassNames), options.Name ?? Path.GetFileName(imagesPath), options);
    }

    /// <summary>
    /// A folder of IDX files named as MNIST's are, with any prefix and any elements: <c>train-images-idx3-ubyte</c>, <c>t10k-…</c> or <c>test-…</c>, gzip or not; all are pooled.
    /// EMNIST is <c>new IdxOptions { Prefix = "emnist-letters-", Transposed = true }</c>.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">How they are read.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">It holds no such files, or images without their labels.</exception>
    /// <exception cref="ArgumentException">A class name is empty or occurs twice.</exception>
    /// <exception cref="InvalidDataException">A file is not as the format says.</exception>
    public static ImageDataset LoadIdxFolder(string folder, IdxOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return IdxFiles.LoadFolder(folder, options.Name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), options.ClassNames is null ? null : RequireNames(options.ClassNames), options);
    }

    /// <summary>
    /// Pictures from a folder with a folder for each class, as torchvision's <c>ImageFolder</c> has them: PNG, JPEG, BMP, GIF (its first picture) or TGA. Classes are in the ordinal
    /// order of their folders' names, pictures of a class in that of their paths. Transparency is dropped, and how a camera was held is not looked at.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="shape">What every picture becomes: 1 channel for grey (0.299 red, 0.587 green, 0.114 blue), 3 for colour; scaled to height and width, whatever its own are.</param>
    /// <param name="name">What errors and tables call the dataset; null for the folder's name.</param>
    /// <exception cref="ArgumentException">The shape is not one of 1 or 3 channels with pixels.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">It has no folders, one of them no pictures, or a file is no picture: it is named.</exception>
    public static ImageDataset LoadFolder(string folder, ImageShape shape, string? name = null) => PictureFolder.Load(folder, shape, name);

    /// <summary>The number of a class given by its name, whatever the case, or by its number.</summary>
    /// <param name="nameOrNumber">Such as <c>Trouser</c>, <c>trouser</c> or <c>1</c>. A name that is a number goes before the number.</param>
    /// <exception cref="ArgumentException">There is no such class; the message lists those there are.</exception>
    public int ClassIndex(string nameOrNumber)
    {
        ArgumentNullException.ThrowIfNull(nameOrNumber);
        string wanted = nameOrNumber.Trim();
        int index = Array.FindIndex(_classNames, name => string.Equals(name, wanted, StringComparison.OrdinalIgnoreCase));
        if (index >= 0)
            return index;
        if (int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < ClassCount)
            return number;
        throw new ArgumentException(
            $"{Name} has no class '{nameOrNumber}'. Its classes: {string.Join(", ", _classNames.Select((name, i) => $"{i} {name}"))}.", nameof(nameOrNumber));
    }

    /// <summary>The images of a class, in ascending order.</summary>
    /// <param name="classIndex">The class's number.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public ReadOnlySpan<int> IndicesOf(int classIndex)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(classIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(classIndex, ClassCount);
        return _indicesByClass[classIndex];
    }

    /// <summary>One image's bytes, channel by channel, row by row.</summary>
    /// <param name="index">The image, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public ReadOnlySpan<byte> GetPixels(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return _pixels.AsSpan(index * Shape.Size, Shape.Size);
    }

    /// <summary>Gathers images as <see cref="float"/> in [0, 1], one after another.</summary>
    /// <param name="indices">The images, in the order they are wanted; repeats are allowed.</param>
    /// <param name="destination">As many places as the images have values: <c>indices.Length · Shape.Size</c>.</param>
    /// <exception cref="ArgumentException">The number of places is another.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public void CopyImages(ReadOnlySpan<int> indices, Span<float> destination)
    {
        int size = Shape.Size;
        if (destination.Length != (long)indices.Length * size)
            throw new ArgumentException($"{indices.Length} images of {Shape} have {(long)indices.Length * size} values; there are {destination.Length} places.", nameof(destination));
        for (int i = 0; i < indices.Length; i++)
            PixelConversion.ToUnitRange(GetPixels(indices[i]), destination.Slice(i * size, size));
    }

    /// <summary>The name, the number of images, their shape and the number of classes on one line.</summary>
    public override string ToString() => $"{Name}: {Count} images of {Shape} in {ClassCount} classes";

    /// <summary>Takes the arrays over instead of copying them: nobody else may hold them.</summary>
    internal static ImageDataset Adopt(string name, ImageShape shape, byte[] pixels, byte[] labels, string[] classNames) =>
        new(name, shape, pixels, labels, classNames);

    /// <summary>What is wrong with class names; null where nothing is.</summary>
    internal static string? FirstWrongName(ReadOnlySpan<string> names)
    {
        if (names.Length is 0 or > MaxClasses)
            return $"A dataset has 1 to {MaxClasses} classes; there are {names.Length} names.";
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < names.Length; i++)
        {
            if (string.IsNullOrWhiteSpace(names[i]))
                return $"The name of class {i} is empty.";
            if (!seen.Add(names[i]))
                return $"The class name '{names[i]}' occurs twice.";
        }

        return null;
    }

    private static string[] RequireNames(IEnumerable<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        return [.. classNames];
    }

    private static int[][] GroupByClass(byte[] labels, int classCount)
    {
        int[] counts = new int[classCount];
        foreach (byte label in labels)
            counts[label]++;
        int[][] groups = Array.ConvertAll(counts, count => new int[count]);
        Array.Clear(counts);
        for (int i = 0; i < labels.Length; i++)
            groups[labels[i]][counts[labels[i]]++] = i;
        return groups;
    }

    private string ComputeFingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> shape = stackalloc byte[4 * sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(shape, Count);
        BinaryPrimitives.WriteInt32LittleEndian(shape[4..], Shape.Channels);
        BinaryPrimitives.WriteInt32LittleEndian(shape[8..], Shape.Height);
        BinaryPrimitives.WriteInt32LittleEndian(shape[12..], Shape.Width);
        hash.AppendData(shape);
        hash.AppendData(_labels);
        hash.AppendData(_pixels);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>The shape of one image, stored channel by channel, row by row (C, H, W).</summary>
/// <param name="Channels">Number of colour channels, at least 1.</param>
/// <param name="Height">Rows in pixels, at least 1.</param>
/// <param name="Width">Columns in pixels, at least 1.</param>
public readonly record struct ImageShape(int Channels, int Height, int Width)
{
    /// <summary>Values in one image: C·H·W.</summary>
    public int Size => checked(Channels * Height * Width);

    /// <summary>Whether all three dimensions are positive, and an <see cref="int"/> counts the values.</summary>
    public bool IsValid => Channels > 0 && Height > 0 && Width > 0 && (Int128)Channels * Height * Width <= int.MaxValue;

    /// <summary>The shape as <c>C×H×W</c>.</summary>
    public override string ToString() => $"{Channels}×{Height}×{Width}";
}

/// <summary>
/// How IDX files are read: unsigned bytes, integers of other widths and floating-point numbers; images of three dimensions, of four with 1 or 3 channels first or last, or flat;
/// labels in one column, in QMNIST's eight, or as one mark among zeros.
/// </summary>
public sealed class IdxOptions
{
    /// <summary>What errors and tables call the dataset; null, the default, for the file's or the folder's name.</summary>
    public string? Name { get; set; }

    /// <summary>The classes' names; null, the default, for the numbers from 0 to the greatest label.</summary>
    public IReadOnlyList<string>? ClassNames { get; set; }

    /// <summary>Whether the pictures lie column by column and are to be turned, as EMNIST's. Default: false.</summary>
    public bool Transposed { get; set; }

    /// <summary>The shape of an image; null, the default, for what the file says. Flat images need it unless they are square and grey.</summary>
    public ImageShape? Shape { get; set; }

    /// <summary>What stands before the files' names in a folder, such as <c>emnist-letters-</c>. Default: nothing.</summary>
    public string Prefix { get; set; } = "";
}
