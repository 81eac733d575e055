namespace MLNetModelSpace.Storage;

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
