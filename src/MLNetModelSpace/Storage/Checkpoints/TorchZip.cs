using System.Buffers.Binary;
using System.Text;

namespace MLNetModelSpace.Storage;

/// <summary>An entry of a zip whose bytes lie in the file as they are.</summary>
/// <param name="Name">With the folder that PyTorch puts before it.</param>
/// <param name="Start">Its first byte in the file.</param>
/// <param name="Length">Number of bytes.</param>
/// <param name="Checksum">CRC-32 of the bytes.</param>
internal sealed record StoredEntry(string Name, long Start, long Length, uint Checksum);

/// <summary>
/// The directory of a zip as PyTorch writes it: entries are stored, not compressed, so that tensors are read where they lie. A compressed entry is refused,
/// since a small file could promise gigabytes. (PKWARE's APPNOTE, sections 4.3.7 to 4.3.16.)
/// </summary>
internal sealed class TorchZip
{
    private const int EndBytes = 22;
    private const int EntryBytes = 46;
    private const int LocalBytes = 30;
    private const int MaxEntries = 200_000;
    private const int MaxDirectoryBytes = 1 << 26;
    private readonly Dictionary<string, StoredEntry> _entries = new(StringComparer.Ordinal);
    private readonly SafetensorsSource _source;
    private readonly string _file;

    public TorchZip(SafetensorsSource source, string file)
    {
        _source = source;
        _file = file;
        (long position, long length, long count) = FindDirectory();
        ReadDirectory(position, length, count);
        string? pickle = _entries.Keys.FirstOrDefault(name => name == "data.pkl" || name.EndsWith("/data.pkl", StringComparison.Ordinal));
        Folder = pickle?[..^"data.pkl".Length] ?? "";
    }

    /// <summary>What stands before every entry's name, such as <c>archive/</c>.</summary>
    public string Folder { get; }

    public IEnumerable<string> Names => _entries.Keys;

    /// <summary>The entry of that name in the folder; null where there is none.</summary>
    public StoredEntry? Find(string name) => _entries.GetValueOrDefault(Folder + name);

    private (long Position, long Length, long Count) FindDirectory()
    {
        int tail = (int)Math.Min(_source.Length, EndBytes + ushort.MaxValue);
        byte[] bytes = new byte[tail];
        _source.Read(_source.Length - tail, bytes);
        int at = tail - EndBytes;
        while (at >= 0 && BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at)) != 0x06054B50)
            at--;
        if (at < 0)
            throw Wrong("it begins as a zip but has no directory at its end: the file is cut short");
        ReadOnlySpan<byte> end = bytes.AsSpan(at);
        long count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]), position = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
        long endStart = _source.Length - tail + at;
        if ((count == ushort.MaxValue || length == uint.MaxValue || position == uint.MaxValue) && endStart >= 20)
            ReadLargeEnd(endStart - 20, ref count, ref length, ref position);
        if (position < 0 || length < 0 || position > endStart - length || length > MaxDirectoryBytes || count > MaxEntries || count * EntryBytes > length)
            throw Wrong($"its zip directory would have {count} entries in {length} bytes from {position}, which do not fit the file");
        return (position, length, count);
    }

    /// <summary>The end of a zip beyond 4 GB, or 65,535 entries.</summary>
    private void ReadLargeEnd(long locator, ref long count, ref long length, ref long position)
    {
        Span<byte> bytes = stackalloc byte[56];
        _source.Read(locator, bytes[..20]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != 0x07064B50)
            return;
        long start = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);
        if (start < 0 || start > locator - bytes.Length)
            throw Wrong("its zip64 directory lies outside the file");
        _source.Read(start, bytes);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != 0x06064B50)
            throw Wrong("its zip64 directory is not where the file says");
        count = BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]);
        length = BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]);
        position = BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]);
        if (count < 0)
            throw Wrong("its zip64 directory has a negative count");
    }

    private void ReadDirectory(long position, long length, long count)
    {
        byte[] directory = new byte[length];
        _source.Read(position, directory);
        ReadOnlySpan<byte> left = directory;
        for (long i = 0; i < count; i++)
        {
            if (left.Length < EntryBytes || BinaryPrimitives.ReadUInt32LittleEndian(left) != 0x02014B50)
                throw Wrong($"its zip directory is damaged at entry {i}");
            int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(left[28..]), extraLength = BinaryPrimitives.ReadUInt16LittleEndian(left[30..]);
            int whole = EntryBytes + nameLength + extraLength + BinaryPrimitives.ReadUInt16LittleEndian(left[32..]);
            if (whole > left.Length)
                throw Wrong($"its zip directory is damaged at entry {i}");
            AddEntry(left[..whole], Encoding.UTF8.GetString(left.Slice(EntryBytes, nameLength)), left.Slice(EntryBytes + nameLength, extraLength), position);
            left = left[whole..];
        }

        long reached = 0;
        string before = "";
        foreach (StoredEntry entry in _entries.Values.OrderBy(entry => entry.Start).ThenBy(entry => entry.Length))
        {
            if (entry.Start < reached)
                throw Wrong($"its zip entries '{before}' and '{entry.Name}' overlap");
            (reached, before) = (entry.Start + entry.Length, entry.Name);
        }
    }

    private void AddEntry(ReadOnlySpan<byte> entry, string name, ReadOnlySpan<byte> extra, long directory)
    {
        int flags = BinaryPrimitives.ReadUInt16LittleEndian(entry[8..]), method = BinaryPrimitives.ReadUInt16LittleEndian(entry[10..]);
        long packed = BinaryPrimitives.ReadUInt32LittleEndian(entry[20..]), length = BinaryPrimitives.ReadUInt32LittleEndian(entry[24..]);
        long header = BinaryPrimitives.ReadUInt32LittleEndian(entry[42..]);
        ReadLargeSizes(extra, ref length, ref packed, ref header);
        if ((flags & 1) != 0)
            throw Wrong($"its entry '{name}' is encrypted");
        if (method != 0)
            throw Wrong($"its entry '{name}' is compressed ({packed} bytes that would become {length}); PyTorch stores entries as they are, and only those are read");
        if (packed != length || length < 0 || header < 0 || length > directory || header > directory - length - LocalBytes)
            throw Wrong($"its entry '{name}' would have {length} bytes, which do not fit the file");
        Span<byte> local = stackalloc byte[LocalBytes];
        _source.Read(header, local);
        long start = header + LocalBytes + BinaryPrimitives.ReadUInt16LittleEndian(local[26..]) + BinaryPrimitives.ReadUInt16LittleEndian(local[28..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(local) != 0x04034B50 || start > directory - length)
            throw Wrong($"its entry '{name}' is not where its directory says");
        if (!_entries.TryAdd(name, new StoredEntry(name, start, length, BinaryPrimitives.ReadUInt32LittleEndian(entry[16..]))))
            throw Wrong($"its entry '{name}' occurs twice");
    }

    /// <summary>The sizes and the place of an entry beyond 4 GB, each there only where the 32-bit field says so.</summary>
    private static void ReadLargeSizes(ReadOnlySpan<byte> extra, ref long length, ref long packed, ref long header)
    {
        while (extra.Length >= 4)
        {
            int size = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (size > extra.Length - 4)
                return;
            ReadOnlySpan<byte> field = extra.Slice(4, size);
            if (BinaryPrimitives.ReadUInt16LittleEndian(extra) == 1)
            {
                Take(ref field, ref length);
                Take(ref field, ref packed);
                Take(ref field, ref header);
                return;
            }

            extra = extra[(4 + size)..];
        }
    }

    private static void Take(ref ReadOnlySpan<byte> field, ref long value)
    {
        if (value != uint.MaxValue || field.Length < 8)
            return;
        value = BinaryPrimitives.ReadInt64LittleEndian(field);
        field = field[8..];
    }

    private InvalidDataException Wrong(string what) => new($"'{_file}' is no PyTorch file that can be read: {what}.");
}
