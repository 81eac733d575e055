using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace MLNetModelSpace.Interop;

/// <summary>
/// The check of a model's <c>.zip</c> before ML.NET reads it. ML.NET looks at no sum: a loader that meets flipped bytes may take them for counts and
/// allocate for minutes. After this check what the entries hold is what was written.
/// </summary>
internal static class ModelZip
{
    private const uint EndSignature = 0x06054b50, Zip64LocatorSignature = 0x07064b50, Zip64EndSignature = 0x06064b50;
    private const uint CentralSignature = 0x02014b50, LocalSignature = 0x04034b50;
    private const int EndSize = 22, Zip64LocatorSize = 20, Zip64EndSize = 56, CentralSize = 46, LocalSize = 30;

    /// <summary>Deflate makes of a byte no more than this many.</summary>
    private const int MaxRatio = 1032;

    /// <summary>Where ML.NET begins to read what was saved with a schema, and with a data loader.</summary>
    private static readonly string[] s_roots = ["TransformerChain/Model.key", "DataLoaderModel/Model.key"];

    /// <summary>Reads every entry once: names, lengths and CRC-32. Memory is bounded whatever the file says.</summary>
    /// <param name="stream">The file from its first byte to its last; seekable.</param>
    /// <exception cref="InvalidDataException">The file is no zip of a pipeline, or a damaged one; the message names the entry.</exception>
    public static void Check(Stream stream)
    {
        try
        {
            CheckNames(stream);
            CheckEntries(stream);
        }
        catch (Exception error) when (error is EndOfStreamException or ArgumentException or NotSupportedException or OverflowException)
        {
            // How the framework's reader meets offsets and versions that make no sense.
            throw new InvalidDataException($"it is no zip, or a damaged one: {error.Message}", error);
        }
    }

    private static void CheckEntries(Stream stream)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        long compressed = 0;
        byte[] buffer = new byte[1 << 16];
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            string name = entry.FullName.Replace('\\', '/');
            if (name.Length == 0 || name[0] == '/' || name.Contains(':') || name.Split('/').Contains(".."))
                throw new InvalidDataException($"the name of its entry '{entry.FullName}' leads outside.");
            if (!names.Add(name))
                throw new InvalidDataException($"its entry '{entry.FullName}' occurs twice.");
            compressed = checked(compressed + entry.CompressedLength);
            if (compressed > stream.Length)
                throw new InvalidDataException($"its entries have more bytes than the file, from '{entry.FullName}' on.");
            if (entry.Length > checked(entry.CompressedLength * MaxRatio))
                throw new InvalidDataException($"its entry '{entry.FullName}' cannot have {entry.Length} bytes, compressed to {entry.CompressedLength}.");
            CheckContent(entry, buffer);
        }

        if (!s_roots.Any(names.Contains))
            throw new InvalidDataException($"it holds no pipeline: there is no entry '{s_roots[0]}'.");
    }

    private static void CheckContent(ZipArchiveEntry entry, byte[] buffer)
    {
        var sum = new Crc32();
        long length = 0;
        using Stream content = entry.Open();
        while (content.Read(buffer) is int count and > 0)
        {
            length += count;
            if (length > entry.Length)
                break;
            sum.Append(buffer.AsSpan(0, count));
        }

        if (length != entry.Length)
            throw new InvalidDataException($"its entry '{entry.FullName}' is damaged: it has {(length > entry.Length ? "more" : "fewer")} than the {entry.Length} bytes it should have.");
        if (sum.GetCurrentHashAsUInt32() != entry.Crc32)
            throw new InvalidDataException($"its entry '{entry.FullName}' is damaged: its CRC-32 is not the one that was written.");
    }

    /// <summary>
    /// No sum covers names, but each is written twice: an entry whose name is damaged in the central directory would be missing, which for some entries
    /// means a default.
    /// </summary>
    private static void CheckNames(Stream stream)
    {
        (long at, long count) = FindDirectory(stream);
        byte[] central = new byte[CentralSize], local = new byte[LocalSize];
        for (long i = 0; i < count; i++)
        {
            Read(stream, at, central, CentralSignature);
            byte[] name = new byte[U16(central, 28)], extra = new byte[U16(central, 30)];
            stream.ReadExactly(name);
            stream.ReadExactly(extra);
            at += CentralSize + name.Length + extra.Length + U16(central, 32);
            Read(stream, LocalOffset(central, extra), local, LocalSignature);
            byte[] again = new byte[U16(local, 26)];
            stream.ReadExactly(again);
            if (!again.AsSpan().SequenceEqual(name))
                throw new InvalidDataException($"the name of its entry {i} differs between its two places.");
        }
    }

    /// <summary>Where the central directory begins and how many entries it has, by the record at the file's end.</summary>
    private static (long Offset, long Count) FindDirectory(Stream stream)
    {
        byte[] tail = new byte[Math.Min(stream.Length, EndSize + ushort.MaxValue)];
        stream.Position = stream.Length - tail.Length;
        stream.ReadExactly(tail);
        int end = tail.Length - EndSize;
        while (end >= 0 && U32(tail, end) != EndSignature)
            end--;
        if (end < 0)
            throw new InvalidDataException("it is no zip: the record that ends one is missing.");
        (long offset, long count) = (U32(tail, end + 16), U16(tail, end + 10));
        if (offset != uint.MaxValue && count != ushort.MaxValue)
            return (offset, count);
        byte[] locator = new byte[Zip64LocatorSize], record = new byte[Zip64EndSize];
        Read(stream, stream.Length - tail.Length + end - Zip64LocatorSize, locator, Zip64LocatorSignature);
        Read(stream, I64(locator, 8), record, Zip64EndSignature);
        return (I64(record, 48), I64(record, 32));
    }

    /// <summary>An offset beyond 4 GB stands in the extra field of zip64, behind the lengths that are as large.</summary>
    private static long LocalOffset(byte[] central, byte[] extra)
    {
        uint offset = U32(central, 42);
        if (offset != uint.MaxValue)
            return offset;
        int skipped = 8 * ((U32(central, 24) == uint.MaxValue ? 1 : 0) + (U32(central, 20) == uint.MaxValue ? 1 : 0));
        for (int at = 0; at + 4 <= extra.Length; at += 4 + U16(extra, at + 2))
        {
            if (U16(extra, at) == 1 && at + 12 + skipped <= extra.Length)
                return I64(extra, at + 4 + skipped);
        }

        throw new InvalidDataException("an entry beyond 4 GB does not say where it is.");
    }

    private static void Read(Stream stream, long offset, byte[] record, uint signature)
    {
        if (offset < 0 || offset > stream.Length - record.Length)
            throw new InvalidDataException($"it refers to byte {offset} of {stream.Length}.");
        stream.Position = offset;
        stream.ReadExactly(record);
        if (U32(record, 0) != signature)
            throw new InvalidDataException($"at byte {offset} is not the record that should be there.");
    }

    private static ushort U16(byte[] record, int at) => BinaryPrimitives.ReadUInt16LittleEndian(record.AsSpan(at));

    private static uint U32(byte[] record, int at) => BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(at));

    private static long I64(byte[] record, int at) => BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(at));
}
