using System.Buffers;
using System.Runtime.InteropServices;

namespace MLNetModelSpace.Storage;

/// <summary>
/// A safetensors file: named tensors and a map of texts, as Python's <c>safetensors</c> writes and reads them. Opened for
/// positioned reads or mapped into memory; reading is thread-safe until it is disposed.
/// </summary>
/// <remarks>
/// The format (https://github.com/huggingface/safetensors, section "Format"): eight bytes of header length, little-endian; the
/// header, JSON in UTF-8, padded with spaces; then the tensors' bytes, little-endian, row by row, without holes or overlaps.
/// </remarks>
public sealed class SafetensorsFile : IDisposable
{
    /// <summary>Bytes of the header's length at the beginning of a file.</summary>
    public const int LengthBytes = 8;

    /// <summary>The longest header that is read: 100 million bytes, as in the reference implementation.</summary>
    public const int MaxHeaderBytes = 100_000_000;

    /// <summary>The most dimensions a tensor may have.</summary>
    public const int MaxRank = 64;

    private const int ScratchBytes = 1 << 16;

    private readonly SafetensorsSource _source;
    private readonly SafetensorsHeader _header;
    private readonly Lazy<WeightLayout> _layout;

    private SafetensorsFile(SafetensorsSource source, string path)
    {
        _source = source;
        Path = path;
        _header = SafetensorsHeader.Read(source, path);
        _layout = new Lazy<WeightLayout>(() => CreateLayout(Tensors), LazyThreadSafetyMode.PublicationOnly);
    }

    /// <summary>Where the file is; for bytes in memory, what they were called.</summary>
    public string Path { get; }

    /// <summary>The texts under <c>__metadata__</c>; empty where there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>The tensors in the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors => _header.Tensors;

    /// <summary>
    /// All tensors as one weight vector, in the order of their bytes. Files of this library keep <c>state_dict</c> order;
    /// Python's <c>safetensors</c> sorts by element type and name.
    /// </summary>
    /// <exception cref="InvalidDataException">There is no tensor, or together they have more elements than an <see cref="int"/> counts.</exception>
    public WeightLayout Layout => _layout.Value;

    /// <summary>Opens a file and checks its header; tensors are read when they are asked for.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not safetensors: the message names the file, the place and what was expected.</exception>
    public static SafetensorsFile Open(string path) => Open(path, mapped: false);

    /// <summary>Opens a file, mapped into memory: <see cref="GetBytes"/> then gives tensors without copying.</summary>
    /// <param name="path">The file. It must not be shortened while it is open; replacing it by a rename, as <see cref="Write"/> does, is safe.</param>
    /// <inheritdoc cref="Open(string)"/>
    public static SafetensorsFile OpenMapped(string path) => Open(path, mapped: true);

    /// <summary>Reads a file that is in memory.</summary>
    /// <param name="bytes">The whole file; not copied.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InvalidDataException">It is not safetensors.</exception>
    public static SafetensorsFile Parse(ReadOnlyMemory<byte> bytes, string name = "bytes")
    {
        ArgumentNullException.ThrowIfNull(name);
        return new SafetensorsFile(SafetensorsSource.FromMemory(bytes), name);
    }

    /// <summary>
    /// Writes a model: every tensor as <c>F32</c>, in the layout's order. It is written under a temporary name and renamed, so
    /// the path never holds half a file. Equal arguments give equal bytes.
    /// </summary>
    /// <param name="path">The file; one that is there is replaced. Its folder must exist.</param>
    /// <param name="layout">Names and shapes.</param>
    /// <param name="weights">The values, <see cref="WeightLayout.Length"/> of them.</param>
    /// <param name="metadata">Texts to go with them; null for none. The layout's architecture is added unless it is empty or the map has it.</param>
    /// <exception cref="ArgumentException">The number of values is not the layout's, a tensor is called <c>__metadata__</c>, or a text is not Unicode.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, WeightLayout layout, ReadOnlySpan<float> weights, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(layout);
        if (weights.Length != layout.Length)
            throw new ArgumentException($"There are {weights.Length} values; the layout has {layout.Length}.", nameof(weights));
        byte[] header = SafetensorsWriter.CreateHeader(layout, metadata);
        using var file = new PendingFile(path);
        file.Stream.Write(header);
        file.Stream.Write(MemoryMarshal.AsBytes(weights));
        file.Commit();
    }

    /// <summary>The index of the tensor of that name, or -1.</summary>
    public int IndexOf(string name) => Array.FindIndex(_header.Tensors, tensor => tensor.Name == name);

    /// <summary>
    /// Reads all tensors as <see cref="float"/>, in the order of <see cref="Layout"/>: <c>F32</c>, <c>F16</c> and <c>BF16</c>
    /// exactly; <c>F64</c> and integers rounded to the nearest; <c>BOOL</c> as 0 and 1.
    /// </summary>
    /// <param name="destination">As many places as the layout has elements.</param>
    /// <exception cref="ArgumentException">The number of places is not the layout's.</exception>
    /// <exception cref="InvalidDataException">A tensor's type has no reading as <see cref="float"/> (<see cref="SafetensorsTensor.IsReadable"/>).</exception>
    public void CopyTo(Span<float> destination)
    {
        if (destination.Length != Layout.Length)
            throw new ArgumentException($"There are {destination.Length} places; the file has {Layout.Length} elements.", nameof(destination));
        for (int i = 0; i < Tensors.Count; i++)
            CopyTo(i, destination.Slice(Layout.OffsetOf(i), Layout.Tensors[i].Length));
    }

    /// <summary>Reads one tensor as <see cref="float"/>, converted as by <see cref="CopyTo(Span{float})"/>.</summary>
    /// <param name="index">Its index in <see cref="Tensors"/>.</param>
    /// <param name="destination">As many places as the tensor has elements.</param>
    /// <exception cref="ArgumentException">The number of places is not the tensor's.</exception>
    /// <exception cref="InvalidDataException">The tensor's type has no reading as <see cref="float"/>.</exception>
    public void CopyTo(int index, Span<float> destination)
    {
        SafetensorsTensor tensor = Tensors[index];
        if (destination.Length != tensor.Length)
            throw new ArgumentException($"There are {destination.Length} places; tensor '{tensor.Name}' has {tensor.Length} elements.", nameof(destination));
        if (!tensor.IsReadable)
            throw Malformed(Path, $"tensor '{tensor.Name}' has dtype {tensor.DataType}; as Single can be read {SafetensorsDataTypes.Readable}");
        long position = _header.DataStart + tensor.Begin;
        if (tensor.DataType == SafetensorsDataTypes.Float32)
        {
            _source.Read(position, MemoryMarshal.AsBytes(destination));
            return;
        }

        int width = tensor.Length == 0 ? 1 : (int)(tensor.ByteLength / tensor.Length);
        byte[] scratch = ArrayPool<byte>.Shared.Rent(ScratchBytes);
        try
        {
            for (int done = 0; done < destination.Length;)
            {
                int count = Math.Min(ScratchBytes / width, destination.Length - done);
                Span<byte> piece = scratch.AsSpan(0, count * width);
                _source.Read(position + (long)done * width, piece);
                SafetensorsDataTypes.ToSingle(tensor.DataType, piece, destination.Slice(done, count));
                done += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    /// <summary>The bytes of one tensor where they lie; valid until the file is disposed.</summary>
    /// <param name="index">Its index in <see cref="Tensors"/>.</param>
    /// <exception cref="InvalidOperationException">The file is not mapped (<see cref="OpenMapped"/>), or the tensor is beyond 2 GB.</exception>
    public ReadOnlySpan<byte> GetBytes(int index)
    {
        SafetensorsTensor tensor = Tensors[index];
        if (tensor.ByteLength > int.MaxValue)
            throw new InvalidOperationException($"Tensor '{tensor.Name}' has {tensor.ByteLength} bytes; a span holds {int.MaxValue}.");
        return _source.Peek(_header.DataStart + tensor.Begin, (int)tensor.ByteLength);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _source.Dispose();

    internal static InvalidDataException Malformed(string file, string what, Exception? inner = null) =>
        new($"'{file}' is not a safetensors file that can be read: {what}.", inner);

    /// <summary>Some of the tensors as one weight vector.</summary>
    internal WeightLayout CreateLayout(IEnumerable<SafetensorsTensor> tensors)
    {
        try
        {
            return new WeightLayout(
                tensors.Select(tensor => new TensorLayout(tensor.Name, Array.ConvertAll(tensor.Shape.ToArray(), dimension => checked((int)dimension)))),
                Metadata.GetValueOrDefault(ZooMetadata.Architecture, ""));
        }
        catch (Exception error) when (error is ArgumentException or OverflowException)
        {
            throw Malformed(Path, $"its tensors are no weight vector: {error.Message}", error);
        }
    }

    private static SafetensorsFile Open(string path, bool mapped)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SafetensorsSource source = SafetensorsSource.FromFile(path, mapped);
        try
        {
            return new SafetensorsFile(source, path);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }
}

/// <summary>One tensor of a safetensors file, as the header describes it. Immutable.</summary>
public sealed class SafetensorsTensor
{
    private readonly long[] _shape;

    internal SafetensorsTensor(string name, string dataType, long[] shape, long begin, long end, long length)
    {
        Name = name;
        DataType = dataType;
        _shape = shape;
        Begin = begin;
        End = end;
        Length = length;
    }

    /// <summary>The tensor's name, such as <c>encoder.weight</c>.</summary>
    public string Name { get; }

    /// <summary>The element type as the format spells it: <c>F32</c>, <c>F64</c>, <c>F16</c>, <c>BF16</c>, <c>I64</c>, <c>BOOL</c> and so on.</summary>
    public string DataType { get; }

    /// <summary>The dimensions, outermost first; none for a scalar.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>Number of bytes.</summary>
    public long ByteLength => End - Begin;

    /// <summary>Whether <see cref="SafetensorsFile"/> gives the elements as <see cref="float"/>; the 8-bit and narrower floats and complex numbers it does not.</summary>
    public bool IsReadable => SafetensorsDataTypes.IsReadable(DataType);

    /// <summary>First byte, counted from the end of the header.</summary>
    internal long Begin { get; }

    /// <summary>The byte behind the last.</summary>
    internal long End { get; }

    /// <summary>Name, element type and shape, such as <c>encoder.weight F32 [32×784]</c>.</summary>
    public override string ToString() => $"{Name} {DataType} [{string.Join('×', _shape)}]";
}
