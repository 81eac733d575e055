using System.Collections.Frozen;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace MLNetModelSpace.Storage;

/// <summary>The element types of the safetensors format: their widths, and what they are as <see cref="float"/>.</summary>
internal static class SafetensorsDataTypes
{
    public const string Float32 = "F32";

    private static readonly FrozenDictionary<string, int> s_bits = new Dictionary<string, int>
    {
        ["BOOL"] = 8,
        ["F4"] = 4,
        ["F6_E2M3"] = 6,
        ["F6_E3M2"] = 6,
        ["U8"] = 8,
        ["I8"] = 8,
        ["F8_E5M2"] = 8,
        ["F8_E4M3"] = 8,
        ["F8_E8M0"] = 8,
        ["I16"] = 16,
        ["U16"] = 16,
        ["F16"] = 16,
        ["BF16"] = 16,
        ["I32"] = 32,
        ["U32"] = 32,
        ["F32"] = 32,
        ["C64"] = 64,
        ["F64"] = 64,
        ["I64"] = 64,
        ["U64"] = 64,
    }.ToFrozenDictionary();

    private static readonly FrozenSet<string> s_readable =
        FrozenSet.Create("F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8", "BOOL");

    public static string Known => string.Join(", ", s_bits.Keys.Order(StringComparer.Ordinal));

    public static string Readable => string.Join(", ", s_readable.Order(StringComparer.Ordinal));

    public static bool IsReadable(string dataType) => s_readable.Contains(dataType);

    /// <summary>Bits of one element; some types are narrower than a byte.</summary>
    public static bool TryGetBits(string dataType, out int bits) => s_bits.TryGetValue(dataType, out bits);

    /// <summary>
    /// Converts little-endian elements: 16-bit floats exactly, 64-bit floats and integers to the nearest
    /// (beyond the range of <see cref="float"/>: infinity), booleans to 0 and 1.
    /// </summary>
    public static void ToSingle(string dataType, Span<byte> source, Span<float> destination)
    {
        switch (dataType)
        {
            case Float32:
                MemoryMarshal.Cast<byte, float>(source).CopyTo(destination);
                break;
            case "F64":
                TensorPrimitives.ConvertTruncating<double, float>(MemoryMarshal.Cast<byte, double>(source), destination);
                break;
            case "F16":
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(source), destination);
                break;
            case "BF16":
                FromBrainFloat(MemoryMarshal.Cast<byte, ushort>(source), destination);
                break;
            case "I64":
                TensorPrimitives.ConvertTruncating<long, float>(MemoryMarshal.Cast<byte, long>(source), destination);
                break;
            case "I32":
                TensorPrimitives.ConvertTruncating<int, float>(MemoryMarshal.Cast<byte, int>(source), destination);
                break;
            case "I16":
                TensorPrimitives.ConvertTruncating<short, float>(MemoryMarshal.Cast<byte, short>(source), destination);
                break;
            case "I8":
                TensorPrimitives.ConvertTruncating<sbyte, float>(MemoryMarshal.Cast<byte, sbyte>(source), destination);
                break;
            case "U64":
                TensorPrimitives.ConvertTruncating<ulong, float>(MemoryMarshal.Cast<byte, ulong>(source), destination);
                break;
            case "U32":
                TensorPrimitives.ConvertTruncating<uint, float>(MemoryMarshal.Cast<byte, uint>(source), destination);
                break;
            case "U16":
                TensorPrimitives.ConvertTruncating<ushort, float>(MemoryMarshal.Cast<byte, ushort>(source), destination);
                break;
            case "U8":
                TensorPrimitives.ConvertTruncating<byte, float>(source, destination);
                break;
            case "BOOL":
                for (int i = 0; i < source.Length; i++)
                    destination[i] = source[i] == 0 ? 0 : 1;
                break;
            default:
                throw new ArgumentException($"The element type {dataType} is not read as Single.", nameof(dataType));
        }
    }

    private static void FromBrainFloat(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        // A brain float is the upper half of a float.
        Span<uint> bits = MemoryMarshal.Cast<float, uint>(destination[..source.Length]);
        TensorPrimitives.ConvertTruncating(source, bits);
        TensorPrimitives.ShiftLeft(bits, 16, bits);
    }
}
