using System.Text;

namespace MLNetModelSpace.Interop;

/// <summary>Reading and writing of what our transformers have inside a model file, with bounds.</summary>
internal static class ModelContent
{
    private const int MaxText = 1 << 24;

    /// <summary>Reads a text that <see cref="BinaryWriter.Write(string)"/> wrote, of bounded length.</summary>
    public static string ReadText(BinaryReader reader, string what)
    {
        int length = reader.Read7BitEncodedInt();
        if (length is < 0 or > MaxText)
            throw new InvalidDataException($"The length of '{what}' is {length}; expected 0 to {MaxText}.");
        return Encoding.UTF8.GetString(ReadBytes(reader, length, what));
    }

    /// <summary>Reads a count between bounds.</summary>
    public static int ReadCount(BinaryReader reader, string what, int min, int max)
    {
        int value = reader.ReadInt32();
        if (value < min || value > max)
            throw new InvalidDataException($"'{what}' is {value}; expected {min} to {max}.");
        return value;
    }

    public static void WriteFloats(BinaryWriter writer, ReadOnlySpan<float> values)
    {
        writer.Write(values.Length);
        writer.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values));
    }

    /// <summary>Reads what <see cref="WriteFloats"/> wrote; refuses values that are not finite.</summary>
    public static float[] ReadFloats(BinaryReader reader, string what, int maxCount)
    {
        int count = ReadCount(reader, what, 0, maxCount);
        byte[] bytes = ReadBytes(reader, checked(count * sizeof(float)), what);
        float[] values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
                throw new InvalidDataException($"'{what}' holds {values[i]} at {i}; expected finite values.");
        }

        return values;
    }

    private static byte[] ReadBytes(BinaryReader reader, int count, string what)
    {
        // In pieces: a damaged length must not reserve memory that the file does not fill.
        const int piece = 1 << 20;
        using var buffer = new MemoryStream(Math.Min(count, piece));
        while (buffer.Length < count)
        {
            byte[] part = reader.ReadBytes((int)Math.Min(piece, count - buffer.Length));
            if (part.Length == 0)
                throw new InvalidDataException($"'{what}' ends after {buffer.Length} of {count} bytes.");
            buffer.Write(part);
        }

        return buffer.ToArray();
    }
}
