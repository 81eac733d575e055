using System.Text;
using Microsoft.ML;

namespace MLNetModelSpace.Interop;

/// <summary>How one kind of transformer is kept inside a model file: a header that names its loader, then its content.</summary>
/// <param name="Signature">Eight ASCII characters.</param>
/// <param name="LoaderName">The loader's name, at most 24 ASCII characters, as in the type's <see cref="LoadableClassAttribute"/>; never changes once released.</param>
/// <param name="Version">Format version written today; goes up with every format change, from 1.</param>
internal sealed record ModelFormat(string Signature, string LoaderName, uint Version)
{
    // ML.NET loads the assembly of this name; a full name would bind to one version of it.
    private static readonly string s_assembly = typeof(ModelFormat).Assembly.GetName().Name!;

    public void Save(ModelSaveContext ctx, Action<BinaryWriter> write)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        ctx.CheckAtModel();
        ctx.SetVersionInfo(new VersionInfo(Signature, Version, Version, 1, s_assembly, LoaderName));
        write(ctx.Writer);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The content is of a newer version, makes no sense, or is shorter or longer than expected.</exception>
    public T Load<T>(ModelLoadContext ctx, Func<BinaryReader, T> read)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        string place = $"The model's '{LoaderName}' in '{ctx.Directory}'";
        if (ctx.Header.ModelSignature != new VersionInfo(Signature, Version, Version, 1, s_assembly, LoaderName).ModelSignature)
            throw new InvalidDataException($"{place} is damaged: its signature is not '{Signature}'.");
        if (ctx.Header.ModelVerWritten > Version)
        {
            throw new InvalidDataException(
                $"{place} was written in format version {ctx.Header.ModelVerWritten}; this library reads versions up to {Version}. Update MLNetModelSpace.");
        }

        try
        {
            T result = read(ctx.Reader);
            long length = ctx.Reader.BaseStream.Position - ctx.FpMin - ctx.Header.FpModel;
            return length == ctx.Header.CbModel
                ? result
                : throw new InvalidDataException($"its content has {ctx.Header.CbModel} bytes; expected {length}.");
        }
        catch (Exception error) when (IsBadContent(error))
        {
            throw new InvalidDataException($"{place} is damaged: {error.Message}", error);
        }
    }

    /// <summary>What reading and checking of content throw where it makes no sense; anything else is a fault of the program or of the machine.</summary>
    private static bool IsBadContent(Exception error) =>
        error is InvalidDataException or EndOfStreamException or FormatException or OverflowException
        || error is ArgumentException and not ArgumentNullException;
}

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
        if (FiniteNumbers.IndexOfOther(values) is >= 0 and int place)
            throw new InvalidDataException($"'{what}' holds {values[place]} at {place}; expected finite values.");

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
