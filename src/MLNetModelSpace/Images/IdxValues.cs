using System.Buffers.Binary;

namespace MLNetModelSpace.Images;

/// <summary>The content of an IDX file as the header has it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Type">0x08 unsigned bytes, 0x09 signed ones, 0x0B, 0x0C 16 and 32-bit integers, 0x0D, 0x0E 32 and 64-bit floating-point numbers.</param>
/// <param name="Dimensions">The outermost first.</param>
/// <param name="Bytes">Big-endian elements.</param>
internal sealed record IdxContent(string Path, int Type, int[] Dimensions, byte[] Bytes)
{
    private int HeaderBytes => sizeof(uint) * (1 + Dimensions.Length);

    /// <summary>Bytes of an element; 0 for types that the format does not have.</summary>
    public static int WidthOf(int type) => type switch { 0x08 or 0x09 => 1, 0x0B => 2, 0x0C or 0x0D => 4, 0x0E => 8, _ => 0 };

    /// <summary>What an element is called.</summary>
    public static string NameOf(int type) => type switch { 0x08 => "unsigned bytes", 0x09 => "signed bytes", 0x0B => "16-bit integers", 0x0C => "32-bit integers", 0x0D => "32-bit floats", _ => "64-bit floats" };

    /// <summary>The pictures as bytes, channel by channel, and their shape.</summary>
    /// <exception cref="InvalidDataException">Their dimensions or values are not those of pictures.</exception>
    public (ImageShape Shape, byte[] Pixels) ToImages(IdxOptions options)
    {
        (ImageShape shape, bool last) = Dimensions switch
        {
            [_, var h, var w] => (new ImageShape(1, h, w), false),
            [_, 1 or 3, var h, var w] => (new ImageShape(Dimensions[1], h, w), false),
            [_, var h, var w, 1 or 3] => (new ImageShape(Dimensions[3], h, w), true),
            [_, var size] => (Flat(size, options), false),
            _ => throw Wrong(0, $"the images are {string.Join('×', Dimensions)}; expected 1 or 3 channels before height and width, or behind them"),
        };
        if (options.Shape is { } asked && (Dimensions.Length == 2 ? asked.Size != Dimensions[1] : asked != shape))
            throw Wrong(0, $"the images are {string.Join('×', Dimensions)}; expected images of {asked}");
        if (!shape.IsValid)
            throw Wrong(8, $"the images have the shape {shape}; expected positive dimensions");
        byte[] pixels = ToPixels();
        if (last)
            pixels = Turn(pixels, shape.Size, i => ((i % (shape.Height * shape.Width)) * shape.Channels) + (i / (shape.Height * shape.Width)));
        if (!options.Transposed)
            return (shape, pixels);
        var turned = new ImageShape(shape.Channels, shape.Width, shape.Height);
        int places = shape.Height * shape.Width;
        return (turned, Turn(pixels, shape.Size, i => (i / places * places) + (i % places % turned.Width * shape.Width) + (i % places / turned.Width)));
    }

    /// <summary>The class of each image, with the place of each label in the file.</summary>
    /// <exception cref="InvalidDataException">The dimensions or values are not those of labels.</exception>
    public long[] ToLabels(out Func<int, long> placeOf)
    {
        int columns = Dimensions.Length == 1 ? 1 : Dimensions[1], rows = Dimensions[0], width = WidthOf(Type);
        placeOf = row => HeaderBytes + ((long)row * columns * width);
        long[] values = new long[rows * columns];
        for (int i = 0; i < values.Length; i++)
        {
            double value = Value(i);
            if (value != Math.Floor(value) || Math.Abs(value) > int.MaxValue)
                throw Wrong(HeaderBytes + ((long)i * width), $"label {value} is no whole number");
            values[i] = (long)value;
        }

        // QMNIST keeps eight numbers for each image, of which the first is the class.
        if (columns == 1 || (columns == 8 && Type == 0x0C))
            return [.. Enumerable.Range(0, rows).Select(row => values[row * columns])];
        long[] labels = new long[rows];
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<long> marks = values.AsSpan(row * columns, columns);
            if (marks.IndexOfAnyExcept(0L, 1L) >= 0 || marks.Count(1L) != 1)
                throw Wrong(placeOf(row), $"the labels have {columns} columns and are not one mark for each image; expected one column, QMNIST's eight of 32 bits, or a 1 among zeros");
            labels[row] = marks.IndexOf(1L);
        }

        return labels;
    }

    private static byte[] Turn(byte[] pixels, int size, Func<int, int> from)
    {
        int[] places = [.. Enumerable.Range(0, size).Select(from)];
        byte[] turned = new byte[pixels.Length];
        for (int start = 0; start < pixels.Length; start += size)
        {
            for (int i = 0; i < size; i++)
                turned[start + i] = pixels[start + places[i]];
        }

        return turned;
    }

    private ImageShape Flat(int size, IdxOptions options)
    {
        int side = (int)Math.Sqrt(size);
        return options.Shape ?? (side * side == size ? new ImageShape(1, side, side) : throw Wrong(8, $"the images are flat, of {size} values, which are no square; say their shape"));
    }

    /// <summary>Bytes as they are, integers from 0 to 255, floating-point numbers from 0 to 1 or, where one is larger, from 0 to 255.</summary>
    private byte[] ToPixels()
    {
        if (Type == 0x08)
            return Bytes;
        int width = WidthOf(Type), count = Bytes.Length / width;
        double most = 0;
        for (int i = 0; i < count; i++)
        {
            double value = Value(i);
            if (!(value is >= 0 and <= 255))
                throw Wrong(HeaderBytes + ((long)i * width), $"a pixel of {NameOf(Type)} is {value}; expected 0 to 255{(Type >= 0x0D ? ", or 0 to 1" : "")}");
            most = Math.Max(most, value);
        }

        double scale = Type >= 0x0D && most <= 1 ? 255 : 1;
        byte[] pixels = GC.AllocateUninitializedArray<byte>(count);
        for (int i = 0; i < count; i++)
            pixels[i] = (byte)Math.Round(Value(i) * scale);
        return pixels;
    }

    private double Value(int index) => Type switch
    {
        0x08 => Bytes[index],
        0x09 => (sbyte)Bytes[index],
        0x0B => BinaryPrimitives.ReadInt16BigEndian(Bytes.AsSpan(index * 2)),
        0x0C => BinaryPrimitives.ReadInt32BigEndian(Bytes.AsSpan(index * 4)),
        0x0D => BinaryPrimitives.ReadSingleBigEndian(Bytes.AsSpan(index * 4)),
        _ => BinaryPrimitives.ReadDoubleBigEndian(Bytes.AsSpan(index * 8)),
    };

    private InvalidDataException Wrong(long place, string what) => new($"'{Path}', byte {place}: {what}.");
}
