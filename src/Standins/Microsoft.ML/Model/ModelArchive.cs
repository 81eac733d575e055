using System.IO.Compression;
using System.Text;

namespace Microsoft.ML;

/// <summary>
/// The zip of a model: <c>Standin.Microsoft.ML/Format</c>, <c>.../Schema</c>, and a folder <c>.../Model</c> with one <c>Model.key</c> a component.
/// The names differ from the official package's, so that neither takes the other's file for its own.
/// </summary>
internal static class ModelArchive
{
    public const string Root = "Standin.Microsoft.ML";
    public const string FormatEntry = Root + "/Format";
    public const string SchemaEntry = Root + "/Schema";
    public const string ModelFolder = Root + "/Model";
    public const string KeyName = "Model.key";
    public const string FormatText = "Standin.Microsoft.ML model, format 2\n";

    /// <summary>The format before: a model saved without a schema had no entry for it, where now it has one that says so: a lost entry shows.</summary>
    public const string FirstFormatText = "Standin.Microsoft.ML model, format 1\n";
}

internal sealed class ModelArchiveWriter : IDisposable
{
    private readonly ZipArchive _zip;

    public ModelArchiveWriter(Stream stream)
    {
        _zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        Write(ModelArchive.FormatEntry, writer => writer.Write(Encoding.ASCII.GetBytes(ModelArchive.FormatText)));
    }

    public void Write(string path, Action<BinaryWriter> write)
    {
        var entry = _zip.CreateEntry(path, CompressionLevel.Fastest);
        // One date for all, so that equal models give equal files.
        entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var stream = entry.Open();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        write(writer);
    }

    public void Dispose() => _zip.Dispose();
}

/// <summary>Reads a model's zip. Every entry is checked (path, size, checksum) before a byte of it is used.</summary>
internal sealed class ModelArchiveReader : IDisposable
{
    /// <summary>Archives whose entries claim more than this plus <see cref="MaxRatio"/> times their own size are not models.</summary>
    private const long FreeSize = 64L << 20;

    private const long MaxRatio = 32;

    private readonly ZipArchive _zip;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);

    public ModelArchiveReader(Stream stream)
    {
        try
        {
            _zip = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            Index(stream.CanSeek ? stream.Length : null);
        }
        catch (Exception error) when (error is InvalidDataException or IOException or ArgumentException)
        {
            _zip?.Dispose();
            throw Errors.BadModel("Failed to open a zip archive", error);
        }
        catch
        {
            _zip?.Dispose();
            throw;
        }
        CheckFormat();
    }

    /// <summary>Whether a model saved without a schema has an entry that says so.</summary>
    public bool SchemaIsAlwaysThere { get; private set; }

    /// <summary>The bytes of an entry, or null where there is none.</summary>
    public byte[] Read(string path)
    {
        if (!_entries.TryGetValue(path, out var entry))
            return null;
        try
        {
            var bytes = new byte[entry.Length];
            using var stream = entry.Open();
            stream.ReadExactly(bytes);
            if (stream.ReadByte() >= 0)
                throw Errors.BadModel($"Corrupt model file: entry '{path}' is longer than the {entry.Length} bytes it claims");
            if (Crc32.Compute(bytes) != entry.Crc32)
                throw Errors.BadModel($"Corrupt model file: the checksum of entry '{path}' does not match its content");
            return bytes;
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or IOException)
        {
            throw Errors.BadModel($"Corrupt model file: entry '{path}' cannot be read ({error.Message})", error);
        }
    }

    public void Dispose() => _zip.Dispose();

    private void Index(long? size)
    {
        long total = 0, compressed = 0;
        foreach (var entry in _zip.Entries)
        {
            string path = entry.FullName;
            if (path.Contains('\\') || path.StartsWith('/') || path.Contains(':') || path.Split('/').Contains(".."))
                throw Errors.BadModel($"Corrupt model file: the entry path '{path}' leads outside the archive");
            if (!_entries.TryAdd(path, entry))
                throw Errors.BadModel($"Corrupt model file: two entries have the path '{path}'");
            total = checked(total + entry.Length);
            compressed += entry.CompressedLength;
            long limit = FreeSize + MaxRatio * Math.Min(compressed, size ?? long.MaxValue / MaxRatio / 2);
            if (entry.Length > Array.MaxLength || total > limit)
                throw Errors.BadModel($"Refused model file: with entry '{path}' it expands to {total} bytes, more than a model of its size holds");
        }
    }

    private void CheckFormat()
    {
        if (Read(ModelArchive.FormatEntry) is not { } format)
        {
            bool official = _entries.Keys.Any(path => Path.GetFileName(path) == ModelArchive.KeyName || path.StartsWith("TrainingInfo", StringComparison.Ordinal));
            throw official ? Errors.BadModel("The model was written by the official Microsoft.ML package; the stand-in reads only what it wrote itself. Load it with -p:ModelSpaceEngine=official, or fit and save it again")
                : new InvalidOperationException($"Could not load legacy format model: the archive has no entry '{ModelArchive.FormatEntry}'");
        }
        string text = Encoding.ASCII.GetString(format);
        SchemaIsAlwaysThere = text == ModelArchive.FormatText;
        if (!SchemaIsAlwaysThere && text != ModelArchive.FirstFormatText)
            throw Errors.BadModel($"The model is in another format: entry '{ModelArchive.FormatEntry}' says '{text.Trim()}', expected '{ModelArchive.FormatText.Trim()}'");
    }
}

/// <summary>The checksum of zip entries (reflected polynomial 0xEDB88320), eight bytes a step.</summary>
internal static class Crc32
{
    private static readonly uint[][] _tables = MakeTables();

    public static uint Compute(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        for (; data.Length >= 8; data = data[8..])
        {
            uint low = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(data) ^ crc;
            uint high = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            crc = _tables[7][low & 0xFF] ^ _tables[6][(low >> 8) & 0xFF] ^ _tables[5][(low >> 16) & 0xFF] ^ _tables[4][low >> 24]
                ^ _tables[3][high & 0xFF] ^ _tables[2][(high >> 8) & 0xFF] ^ _tables[1][(high >> 16) & 0xFF] ^ _tables[0][high >> 24];
        }
        foreach (byte value in data)
            crc = _tables[0][(crc ^ value) & 0xFF] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[][] MakeTables()
    {
        var tables = new uint[8][];
        for (int t = 0; t < 8; t++)
        {
            tables[t] = new uint[256];
            for (uint i = 0; i < 256; i++)
            {
                uint crc = t == 0 ? i : tables[t - 1][i];
                for (int bit = 0; bit < 8; bit++)
                    crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320u : crc >> 1;
                tables[t][i] = crc;
            }
        }
        return tables;
    }
}
