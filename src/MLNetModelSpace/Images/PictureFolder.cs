using StbImageSharp;

namespace MLNetModelSpace.Images;

/// <summary>Pictures in a folder with a folder for each class, as torchvision's <c>ImageFolder</c> has them, decoded by StbImageSharp.</summary>
internal static class PictureFolder
{
    /// <summary>Bytes that a decoder takes for a pixel.</summary>
    private const int PixelBytes = 4;

    private static readonly string[] s_extensions = [".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tga"];

    public static ImageDataset Load(string folder, ImageShape shape, string? name)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!shape.IsValid || shape.Channels is not (1 or 3))
            throw new ArgumentException($"Pictures are read as 1 channel (grey) or 3 (red, green, blue) with pixels; the shape is {shape}.", nameof(shape));
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}'; expected one with a folder of pictures for each class.");
        string[] classes = [.. Directory.GetDirectories(folder).Select(path => Path.GetFileName(path)!).Where(one => !one.StartsWith('.')).Order(StringComparer.Ordinal)];
        if (classes.Length is 0 or > ImageDataset.MaxClasses)
            throw new InvalidDataException($"'{folder}' holds {classes.Length} folders; expected 1 to {ImageDataset.MaxClasses}, one for each class.");
        if (ImageDataset.FirstWrongName(classes) is { } wrong)
            throw new InvalidDataException($"'{folder}': {wrong}");
        string[][] files = Array.ConvertAll(classes, one => PicturesIn(Path.Combine(folder, one)));
        int empty = Array.FindIndex(files, pictures => pictures.Length == 0);
        if (empty >= 0)
            throw new InvalidDataException($"'{Path.Combine(folder, classes[empty])}' holds no pictures; expected files named *{string.Join(", *", s_extensions)}.");
        (string Path, byte Label)[] all = [.. files.SelectMany((pictures, label) => pictures.Select(path => (path, (byte)label)))];
        if ((long)all.Length * shape.Size > Array.MaxLength)
            throw new InvalidDataException($"'{folder}' has {all.Length} pictures, which have {(long)all.Length * shape.Size} bytes together as {shape}; at most {Array.MaxLength} are read.");
        byte[] pixels = GC.AllocateUninitializedArray<byte>(all.Length * shape.Size);
        ParallelLoops.For(all.Length, CancellationToken.None, i => Read(all[i].Path, shape, pixels.AsSpan(i * shape.Size, shape.Size)));
        return ImageDataset.Adopt(name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))), shape, pixels, [.. all.Select(picture => picture.Label)], classes);
    }

    /// <summary>Pictures of a class, in folders inside its folder too, in the order of their paths.</summary>
    private static string[] PicturesIn(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = false, AttributesToSkip = 0 })
            .Where(path => s_extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase) && !Path.GetFileName(path).StartsWith('.'))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The most pixels of a picture: a header of a few bytes may promise gigabytes. 64 MB, and ten times the file beyond.</summary>
    private static long MaxPixels(long file) => ((64L << 20) + (10 * file)) / PixelBytes;

    private static void Read(string path, ImageShape shape, Span<byte> destination)
    {
        ImageResult picture;
        try
        {
            using FileStream stream = File.OpenRead(path);
            if (ImageInfo.FromStream(stream) is not { } info)
                throw new InvalidDataException($"'{path}' is no picture that can be read; expected PNG, JPEG, BMP, GIF or TGA.");
            if ((long)info.Width * info.Height > MaxPixels(stream.Length))
                throw new InvalidDataException($"'{path}' would have {info.Width}×{info.Height} pixels; of a file of {stream.Length} bytes, at most {MaxPixels(stream.Length)} are read.");
            stream.Position = 0;
            picture = ImageResult.FromStream(stream, shape.Channels == 1 ? ColorComponents.Grey : ColorComponents.RedGreenBlue);
        }
        catch (Exception error) when (error is not (InvalidDataException or IOException or UnauthorizedAccessException or OutOfMemoryException))
        {
            // The decoder meets damage with whatever exception comes of it.
            throw new InvalidDataException($"'{path}' is no picture that can be read: {error.Message}", error);
        }

        PictureScaling.Resize(picture.Data, picture.Width, picture.Height, shape, destination);
    }
}

/// <summary>Pictures in another size.</summary>
internal static class PictureScaling
{
    /// <summary>
    /// Scales a picture, dimension by dimension, by triangles as wide as the step: averages where it becomes smaller, linear interpolation where it becomes larger
    /// (Pillow's and torchvision's bilinear resizing with antialiasing).
    /// </summary>
    /// <param name="source">Pixel after pixel, channels together.</param>
    /// <param name="width">Of the picture.</param>
    /// <param name="height">Of the picture.</param>
    /// <param name="shape">What it becomes.</param>
    /// <param name="destination">Channel by channel, row by row.</param>
    public static void Resize(ReadOnlySpan<byte> source, int width, int height, ImageShape shape, Span<byte> destination)
    {
        int channels = shape.Channels;
        (int First, float[] Weights)[] across = Taps(width, shape.Width), down = Taps(height, shape.Height);
        float[] rows = new float[height * shape.Width];
        for (int channel = 0; channel < channels; channel++)
        {
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < shape.Width; x++)
                {
                    (int first, float[] weights) = across[x];
                    float sum = 0;
                    for (int i = 0; i < weights.Length; i++)
                        sum += weights[i] * source[(((y * width) + first + i) * channels) + channel];
                    rows[(y * shape.Width) + x] = sum;
                }
            }

            for (int y = 0; y < shape.Height; y++)
            {
                (int first, float[] weights) = down[y];
                for (int x = 0; x < shape.Width; x++)
                {
                    float sum = 0;
                    for (int i = 0; i < weights.Length; i++)
                        sum += weights[i] * rows[((first + i) * shape.Width) + x];
                    destination[(((channel * shape.Height) + y) * shape.Width) + x] = (byte)Math.Clamp(MathF.Round(sum), 0, 255);
                }
            }
        }
    }

    private static (int First, float[] Weights)[] Taps(int from, int to)
    {
        double step = (double)from / to, reach = Math.Max(1, step);
        var taps = new (int, float[])[to];
        for (int i = 0; i < to; i++)
        {
            double center = (i + 0.5) * step;
            int first = Math.Max(0, (int)Math.Floor(center - reach + 0.5)), last = Math.Min(from, (int)Math.Floor(center + reach + 0.5));
            double[] weights = [.. Enumerable.Range(first, Math.Max(1, last - first)).Select(place => Math.Max(0, 1 - (Math.Abs(place + 0.5 - center) / reach)))];
            double sum = weights.Sum();
            taps[i] = (first, Array.ConvertAll(weights, weight => (float)(weight / sum)));
        }

        return taps;
    }
}
