namespace MLNetModelSpace.Storage;

/// <summary>One tensor of a model's file, as the file describes it. Immutable.</summary>
public sealed class StoredTensor
{
    private readonly long[] _shape;

    internal StoredTensor(string name, string dataType, long[] shape, bool? isParameter = null, string? moduleType = null, string? fault = null)
    {
        Name = name;
        DataType = dataType;
        _shape = shape;
        Length = shape.Aggregate(1L, (product, dimension) => product * dimension);
        IsParameter = isParameter;
        ModuleType = moduleType;
        Fault = fault ?? (SafetensorsDataTypes.IsReadable(dataType) ? null : $"has dtype {dataType}; as Single can be read {SafetensorsDataTypes.Readable}");
    }

    /// <summary>The tensor's name in the file, such as <c>module.encoder.0.weight</c>.</summary>
    public string Name { get; }

    /// <summary>The element type as safetensors spells it: <c>F32</c>, <c>F64</c>, <c>F16</c>, <c>BF16</c>, <c>I64</c>, <c>BOOL</c> and so on.</summary>
    public string DataType { get; }

    /// <summary>The dimensions, outermost first; none for a scalar.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>Whether it is trained; null where the file does not say, as state dicts do not.</summary>
    public bool? IsParameter { get; }

    /// <summary>Whether its elements are floating-point numbers.</summary>
    public bool IsFloatingPoint => DataType[0] is 'F' or 'C' || DataType == "BF16";

    /// <summary>The class of the module it belongs to, such as <c>Linear</c>; null where the file does not say.</summary>
    internal string? ModuleType { get; }

    /// <summary>Why it cannot be read as <see cref="float"/>; null where it can.</summary>
    internal string? Fault { get; }

    /// <summary>Name, element type and shape, such as <c>encoder.weight F32 [32×784]</c>.</summary>
    public override string ToString() => $"{Name} {DataType} [{string.Join('×', _shape)}]";
}
