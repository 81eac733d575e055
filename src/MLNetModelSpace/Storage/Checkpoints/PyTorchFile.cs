using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;
using System.Runtime.InteropServices;

namespace MLNetModelSpace.Storage;

/// <summary>
/// A PyTorch checkpoint (<c>.pth</c>, <c>.pt</c>, <c>.ckpt</c>), read without Python: the zip format and the one of before version 1.6. Its pickle is read as
/// data by a closed list of what checkpoints contain; nothing of it is ever called or imported, and a file that would call anything else is refused.
/// Tensors are read when they are asked for, one caller at a time.
/// </summary>
/// <remarks>
/// Sources: <c>torch/serialization.py</c> and Python's <c>pickletools</c>. Zip: <c>data.pkl</c>, <c>data/N</c> with the bytes of storage N, <c>byteorder</c>. Old:
/// five pickles (a magic number, the protocol, the machine, the object, the storages' names), then each storage with its length before it.
/// </remarks>
public sealed class PyTorchFile : IDisposable
{
    private const int ScratchBytes = 1 << 16;

    /// <summary>Bytes of a protocol, and of a frame behind it.</summary>
    private const int ProtocolBytes = 2, FrameBytes = 9;

    /// <summary>The number 0x1950a86a20f9469cfc6c in a pickle of its own, which the old format begins with, behind the protocol and perhaps a frame.</summary>
    private static readonly byte[] s_magic = [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.'];

    private readonly SafetensorsSource _source;
    private readonly Dictionary<string, (long Start, long Length, uint? Checksum)> _storages = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<FoundStateDict> _found;
    private bool _bigEndian;
    private string? _cachedKey;
    private byte[] _cached = [];

    private PyTorchFile(SafetensorsSource source, string path)
    {
        _source = source;
        Path = path;
        object? root = IsZip(source) ? ReadZip() : ReadOld();
        _found = StateDictFinder.Find(root, Wrong);
        if (_found.Count == 0)
            throw Wrong($"it holds no state dict: {Describe(root)}; expected names and tensors, at the top or under a key, as torch.save(model.state_dict(), 'model.pth') writes them");
        StateDicts = [.. _found.Select(found => found.Name)];
    }

    /// <summary>Where the file is; for bytes in memory, what they were called.</summary>
    public string Path { get; }

    /// <summary>Whether it is of the format before PyTorch 1.6.</summary>
    public bool IsLegacy { get; private set; }

    /// <summary>The state dicts in it, by the keys that lead to them, with dots between; an empty text for one that is the whole file. At least one.</summary>
    public IReadOnlyList<string> StateDicts { get; }

    /// <summary>Opens a checkpoint and reads its pickle.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is none, holds no state dict, is damaged, or would call something: the message names the file, the place and what was expected.</exception>
    public static PyTorchFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SafetensorsSource source = SafetensorsSource.FromFile(path, mapped: false);
        try
        {
            return new PyTorchFile(source, path);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Reads a checkpoint that is in memory.</summary>
    /// <param name="bytes">The whole file; not copied.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InvalidDataException">As of <see cref="Open"/>.</exception>
    public static PyTorchFile Parse(ReadOnlyMemory<byte> bytes, string name = "bytes")
    {
        ArgumentNullException.ThrowIfNull(name);
        return new PyTorchFile(SafetensorsSource.FromMemory(bytes), name);
    }

    /// <summary>The tensors of a state dict, in the order it was saved in.</summary>
    /// <param name="stateDict">One of <see cref="StateDicts"/>; null where there is one only.</param>
    /// <exception cref="InvalidDataException">There are several and none is named, or none of that name: those there are, are listed.</exception>
    public IReadOnlyList<StoredTensor> GetTensors(string? stateDict = null) => [.. Find(stateDict).Entries.Select(entry => entry.Value is TorchTensor tensor
        ? new StoredTensor(entry.Name, tensor.DataType, tensor.Shape, entry.IsParameter, entry.ModuleType)
        : new StoredTensor(entry.Name, "?", [], entry.IsParameter, entry.ModuleType, $"is {((PickleOther)entry.Value).What}; expected plain numbers"))];

    /// <summary>Reads one tensor as <see cref="float"/>, row by row, whatever its strides: converted as <see cref="SafetensorsFile.CopyTo(Span{float})"/> does.</summary>
    /// <param name="index">Its index in <see cref="GetTensors"/>.</param>
    /// <param name="destination">As many places as the tensor has elements.</param>
    /// <param name="stateDict">One of <see cref="StateDicts"/>; null where there is one only.</param>
    /// <exception cref="ArgumentException">The number of places is another.</exception>
    /// <exception cref="InvalidDataException">Its type has no reading as <see cref="float"/>, or its storage is damaged.</exception>
    public void CopyTo(int index, Span<float> destination, string? stateDict = null)
    {
        FoundTensor entry = Find(stateDict).Entries[index];
        if (entry.Value is not TorchTensor tensor)
            throw Wrong($"tensor '{entry.Name}' is {((PickleOther)entry.Value).What}; expected plain numbers");
        if (!SafetensorsDataTypes.IsReadable(tensor.DataType) || !SafetensorsDataTypes.TryGetBits(tensor.DataType, out int bits))
            throw Wrong($"tensor '{entry.Name}' has dtype {tensor.DataType}; as Single can be read {SafetensorsDataTypes.Readable}");
        if (tensor.Shape.Aggregate(1L, (product, dimension) => product * dimension) != destination.Length)
            throw new ArgumentException($"There are {destination.Length} places; tensor '{entry.Name}' is [{string.Join('×', tensor.Shape)}].", nameof(destination));
        if (destination.IsEmpty)
            return;
        int width = bits / 8;
        (long start, long length, uint? checksum) = Locate(tensor.Storage, entry.Name, width);
        long first = (tensor.Storage.Start + tensor.Offset) * width;
        long last = first + ((tensor.Shape.Zip(tensor.Strides, (dimension, stride) => (dimension - 1) * stride).Sum() + 1) * width);
        if (last > length)
            throw Wrong($"tensor '{entry.Name}' reaches byte {last} of storage '{tensor.Storage.Key}', which has {length}");
        if (IsPacked(tensor) && tensor.DataType == SafetensorsDataTypes.Float32 && !_bigEndian && first == 0 && last == length)
        {
            Span<byte> bytes = MemoryMarshal.AsBytes(destination);
            _source.Read(start, bytes);
            CheckSum(bytes, checksum, tensor.Storage.Key);
            return;
        }

        ReadOnlySpan<byte> storage = ReadStorage(tensor.Storage.Key, start, length, checksum);
        Gather(storage[(int)first..], tensor, width, destination);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _cached = [];
        _cachedKey = null;
        _source.Dispose();
    }

    /// <summary>Whether it is a zip, as PyTorch's files are since version 1.6.</summary>
    internal static bool IsZip(SafetensorsSource source) => Has(source, 0, [(byte)'P', (byte)'K', 3, 4]);

    /// <summary>Whether it begins as PyTorch's files did before version 1.6.</summary>
    internal static bool IsOld(SafetensorsSource source) =>
        Has(source, 0, [0x80]) && (Has(source, ProtocolBytes, s_magic) || Has(source, ProtocolBytes + FrameBytes, s_magic));

    /// <summary>Whether a state dict was put together from a whole module.</summary>
    internal bool IsModule(string? stateDict) => Find(stateDict).IsModule;

    private static bool Has(SafetensorsSource source, long position, ReadOnlySpan<byte> bytes)
    {
        if (source.Length < position + bytes.Length)
            return false;
        Span<byte> found = stackalloc byte[bytes.Length];
        source.Read(position, found);
        return found.SequenceEqual(bytes);
    }

    private FoundStateDict Find(string? name)
    {
        string listed = string.Join(", ", _found.Select(found => $"'{found.Name}' ({found.Entries.Count} tensors)"));
        if (name is null)
            return _found.Count == 1 ? _found[0] : throw Wrong($"it holds several state dicts, and none is asked for by its name: {listed}");
        return _found.FirstOrDefault(found => found.Name == name) ?? throw Wrong($"it holds no state dict '{name}'; it has {listed}");
    }

    private object? ReadZip()
    {
        var zip = new TorchZip(_source, Path);
        if (zip.Find("constants.pkl") is not null && zip.Names.Any(name => name.StartsWith(zip.Folder + "code/", StringComparison.Ordinal)))
            throw Wrong($"it is a TorchScript program, not a checkpoint; {PickleFunctions.HowToSave}");
        if (zip.Find("data.pkl") is not { } entry)
            throw Wrong("it is a zip without 'data.pkl', and no PyTorch file");
        CheckEntry(entry);
        if (zip.Find("byteorder") is { } order)
        {
            if (order.Length > 16)
                throw Wrong("its 'byteorder' is no word");
            byte[] word = new byte[order.Length];
            _source.Read(order.Start, word);
            _bigEndian = System.Text.Encoding.ASCII.GetString(word) switch
            {
                "little" => false,
                "big" => true,
                var other => throw Wrong($"its 'byteorder' is '{other}'; expected 'little' or 'big'"),
            };
        }

        var reader = new PickleReader(_source, entry.Start, entry.Start + entry.Length, Path);
        object? root = reader.Read();
        foreach (string key in reader.Storages.Keys)
        {
            if (zip.Find($"data/{key}") is { } storage)
                _storages.Add(key, (storage.Start, storage.Length, storage.Checksum));
        }

        return root;
    }

    private object? ReadOld()
    {
        IsLegacy = true;
        if (!IsOld(_source))
            throw Wrong("it is neither a zip nor a PyTorch file of before version 1.6");
        long position = 0;
        Next();
        if (Next() is not 1001L)
            throw Wrong("it is of the old format with another protocol than 1001");
        if (Next() is not PickleDictionary machine)
            throw Wrong("it does not say of what machine it is");
        _bigEndian = machine.Find("little_endian") is false;
        var reader = new PickleReader(_source, position, _source.Length, Path);
        object? root = reader.Read();
        position = reader.Position;
        if (Next() is not PickleSequence keys)
            throw Wrong("it does not list its storages");
        Span<byte> prefix = stackalloc byte[sizeof(long)];
        foreach (object? key in keys.Items)
        {
            if (key is not string name || !reader.Storages.TryGetValue(name, out TorchStorage? storage))
                throw Wrong($"it lists the storage '{key}', which no tensor is made of");
            if (_source.Length - position < prefix.Length)
                throw Wrong($"it is cut short before storage '{name}'");
            _source.Read(position, prefix);
            long length = _bigEndian ? BinaryPrimitives.ReadInt64BigEndian(prefix) : BinaryPrimitives.ReadInt64LittleEndian(prefix);
            position += prefix.Length;
            if (length != storage.WholeLength || length < 0)
                throw Wrong($"storage '{name}' has {length} elements where its bytes are, and {storage.WholeLength} where tensors are made of it");
            Int128 bytes = (Int128)length * WidthOf(storage, name);
            if (bytes > _source.Length - position)
                throw Wrong($"storage '{name}' would have {bytes} bytes, but {_source.Length - position} are left: the file is cut short");
            if (!_storages.TryAdd(name, (position, (long)bytes, null)))
                throw Wrong($"it lists the storage '{name}' twice");
            position += (long)bytes;
        }

        return root;

        object? Next()
        {
            var next = new PickleReader(_source, position, _source.Length, Path);
            object? value = next.Read();
            position = next.Position;
            return value;
        }
    }

    private int WidthOf(TorchStorage storage, string name) => storage.DataType switch
    {
        null => 1,
        "C128" => 16,
        "QI8" or "QU8" => 1,
        "QI32" => 4,
        { } type => SafetensorsDataTypes.TryGetBits(type, out int bits) ? bits / 8 : throw Wrong($"storage '{name}' has the unknown element type {type}"),
    };

    /// <summary>Where a storage's bytes are, checked against what the pickle promises.</summary>
    private (long Start, long Length, uint? Checksum) Locate(TorchStorage storage, string tensor, int width)
    {
        if (!_storages.TryGetValue(storage.Key, out (long Start, long Length, uint? Checksum) place))
            throw Wrong($"tensor '{tensor}' is made of storage '{storage.Key}', which the file does not have");
        Int128 promised = (Int128)storage.WholeLength * (storage.DataType is null ? 1 : width);
        if (promised != place.Length)
            throw Wrong($"storage '{storage.Key}' of tensor '{tensor}' would have {promised} bytes; it has {place.Length}");
        if (place.Length > Array.MaxLength)
            throw Wrong($"storage '{storage.Key}' of tensor '{tensor}' has {place.Length} bytes; at most {Array.MaxLength} are read");
        return place;
    }

    private ReadOnlySpan<byte> ReadStorage(string key, long start, long length, uint? checksum)
    {
        if (_cachedKey == key)
            return _cached.AsSpan(0, (int)length);
        _cachedKey = null;
        if (_cached.Length < length)
            _cached = GC.AllocateUninitializedArray<byte>((int)length);
        Span<byte> bytes = _cached.AsSpan(0, (int)length);
        _source.Read(start, bytes);
        CheckSum(bytes, checksum, key);
        _cachedKey = key;
        return bytes;
    }

    private void CheckEntry(StoredEntry entry)
    {
        if (entry.Length > PickleReader.MaxBytes)
            throw Wrong($"'{entry.Name}' has {entry.Length} bytes; at most {PickleReader.MaxBytes} are read");
        var sum = new Crc32();
        byte[] scratch = ArrayPool<byte>.Shared.Rent(ScratchBytes);
        for (long done = 0; done < entry.Length;)
        {
            int count = (int)Math.Min(ScratchBytes, entry.Length - done);
            _source.Read(entry.Start + done, scratch.AsSpan(0, count));
            sum.Append(scratch.AsSpan(0, count));
            done += count;
        }

        ArrayPool<byte>.Shared.Return(scratch);
        // Some writers leave the sum out.
        if (entry.Checksum != 0 && sum.GetCurrentHashAsUInt32() != entry.Checksum)
            throw Wrong($"'{entry.Name}' is damaged: its CRC-32 is not the one in the directory");
    }

    private void CheckSum(ReadOnlySpan<byte> bytes, uint? checksum, string key)
    {
        if (checksum is { } expected and not 0 && Crc32.HashToUInt32(bytes) != expected)
            throw Wrong($"storage '{key}' is damaged: its CRC-32 is not the one in the directory");
    }

    private static bool IsPacked(TorchTensor tensor)
    {
        long step = 1;
        for (int i = tensor.Shape.Length - 1; i >= 0; i--)
        {
            if (tensor.Shape[i] != 1 && tensor.Strides[i] != step)
                return false;
            step *= tensor.Shape[i];
        }

        return true;
    }

    private void Gather(ReadOnlySpan<byte> bytes, TorchTensor tensor, int width, Span<float> destination)
    {
        byte[] scratch = ArrayPool<byte>.Shared.Rent(ScratchBytes);
        try
        {
            bool packed = IsPacked(tensor);
            long[] index = new long[tensor.Shape.Length];
            long at = 0;
            for (int done = 0; done < destination.Length;)
            {
                int count = Math.Min(ScratchBytes / width, destination.Length - done);
                Span<byte> piece = scratch.AsSpan(0, count * width);
                if (packed)
                    bytes.Slice(done * width, piece.Length).CopyTo(piece);
                for (int i = 0; !packed && i < count; i++)
                {
                    bytes.Slice((int)(at * width), width).CopyTo(piece[(i * width)..]);
                    for (int d = index.Length - 1; d >= 0; d--)
                    {
                        at += tensor.Strides[d];
                        if (++index[d] < tensor.Shape[d])
                            break;
                        at -= index[d] * tensor.Strides[d];
                        index[d] = 0;
                    }
                }

                if (_bigEndian)
                    Turn(piece, width);
                SafetensorsDataTypes.ToSingle(tensor.DataType, piece, destination.Slice(done, count));
                done += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    private static void Turn(Span<byte> bytes, int width)
    {
        for (int i = 0; width > 1 && i < bytes.Length; i += width)
            bytes.Slice(i, width).Reverse();
    }

    private static string Describe(object? root) => root switch
    {
        TorchTensor => "it is a tensor alone",
        PickleSequence => "it is a list",
        PickleInstance instance => $"it is an object of the class '{instance.Type}' without parameters",
        PickleDictionary dictionary => $"its dictionary has the keys {string.Join(", ", dictionary.Entries.Take(8).Select(entry => $"'{entry.Key}'"))}",
        _ => "it is a value alone",
    };

    private InvalidDataException Wrong(string what) => new($"'{Path}' is no PyTorch file that can be read: {what}.");
}
