using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace MLNetModelSpace.Storage;

/// <summary>
/// Reads the header of a safetensors file: eight bytes of length (little-endian), that many bytes of JSON, then the tensors'
/// bytes without holes or overlaps (the format's description: https://github.com/huggingface/safetensors, section "Format").
/// </summary>
internal sealed class SafetensorsHeader
{
    public const string MetadataKey = "__metadata__";

    private readonly string _file;
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SafetensorsTensor> _tensors = new(StringComparer.Ordinal);

    private SafetensorsHeader(string file) => _file = file;

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>In the order of their bytes.</summary>
    public SafetensorsTensor[] Tensors { get; private set; } = [];

    /// <summary>Where the tensors' bytes begin in the file.</summary>
    public long DataStart { get; private set; }

    public static SafetensorsHeader Read(SafetensorsSource source, string file)
    {
        var header = new SafetensorsHeader(file);
        byte[] json = header.ReadJson(source);
        try
        {
            header.Parse(json);
        }
        catch (JsonException error)
        {
            throw header.Wrong($"the header is not JSON at byte {error.BytePositionInLine} of it: {error.Message}", error);
        }
        catch (InvalidOperationException error)
        {
            // Half of a surrogate pair, written as \ud800.
            throw header.Wrong($"the header holds a text that is not Unicode: {error.Message}", error);
        }

        header.DataStart = SafetensorsFile.LengthBytes + json.Length;
        header.Tensors = header.CheckExtents(source.Length - header.DataStart);
        return header;
    }

    private byte[] ReadJson(SafetensorsSource source)
    {
        if (source.Length < SafetensorsFile.LengthBytes)
            throw Wrong($"it has {source.Length} bytes; expected at least the {SafetensorsFile.LengthBytes} of the header's length");
        Span<byte> prefix = stackalloc byte[SafetensorsFile.LengthBytes];
        source.Read(0, prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if ((length > SafetensorsFile.MaxHeaderBytes || length > (ulong)(source.Length - SafetensorsFile.LengthBytes)) && TensorFile.Recognize(source) is { } other)
            throw Wrong($"it is {other}");
        if (length > SafetensorsFile.MaxHeaderBytes)
            throw Wrong($"its header would have {length} bytes; expected at most {SafetensorsFile.MaxHeaderBytes}");
        if (length > (ulong)(source.Length - SafetensorsFile.LengthBytes))
            throw Wrong($"its header would have {length} bytes, but {source.Length - SafetensorsFile.LengthBytes} follow: the file is cut short, or is not safetensors");
        byte[] json = new byte[length];
        source.Read(SafetensorsFile.LengthBytes, json);
        if (json.Length == 0 || json[0] != (byte)'{')
            throw Wrong($"the header begins with {(json.Length == 0 ? "nothing" : $"byte 0x{json[0]:X2}")}; expected '{{'");
        if (!Utf8.IsValid(json))
            throw Wrong("the header is not UTF-8");
        return json;
    }

    private void Parse(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        bool metadataSeen = false;
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (name == MetadataKey)
            {
                if (metadataSeen)
                    throw Wrong($"'{MetadataKey}' occurs twice");
                metadataSeen = true;
                ParseMetadata(ref reader);
            }
            else if (!_tensors.TryAdd(name, ParseTensor(ref reader, name)))
            {
                throw Wrong($"tensor '{name}' occurs twice");
            }
        }

        // What follows the object may only be white space: the reader throws otherwise.
        reader.Read();
    }

    private void ParseMetadata(ref Utf8JsonReader reader)
    {
        // The reference reads null as none.
        if (reader.TokenType == JsonTokenType.Null)
            return;
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Wrong($"'{MetadataKey}' is {Describe(reader.TokenType)}; expected an object of texts");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw Wrong($"metadata '{key}' is {Describe(reader.TokenType)}; expected a text");
            if (!_metadata.TryAdd(key, reader.GetString()!))
                throw Wrong($"metadata '{key}' occurs twice");
        }
    }

    private SafetensorsTensor ParseTensor(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Wrong($"tensor '{name}' is {Describe(reader.TokenType)}; expected an object with dtype, shape and data_offsets");
        string? dataType = null;
        long[]? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string field = reader.GetString()!;
            reader.Read();
            switch (field)
            {
                case "dtype" when dataType is null:
                    if (reader.TokenType != JsonTokenType.String)
                        throw Wrong($"dtype of tensor '{name}' is {Describe(reader.TokenType)}; expected a text such as F32");
                    dataType = reader.GetString();
                    break;
                case "shape" when shape is null:
                    shape = ParseNumbers(ref reader, name, field);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ParseNumbers(ref reader, name, field);
                    break;
                case "dtype" or "shape" or "data_offsets":
                    throw Wrong($"{field} of tensor '{name}' occurs twice");
                default:
                    reader.Skip();
                    break;
            }
        }

        if (dataType is null || shape is null || offsets is null)
            throw Wrong($"tensor '{name}' has no {(dataType is null ? "dtype" : shape is null ? "shape" : "data_offsets")}");
        return Checked(name, dataType, shape, offsets);
    }

    private long[] ParseNumbers(ref Utf8JsonReader reader, string name, string field)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Wrong($"{field} of tensor '{name}' is {Describe(reader.TokenType)}; expected an array of whole numbers");
        var numbers = new List<long>(4);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
            {
                string found = reader.TokenType == JsonTokenType.Number ? System.Text.Encoding.UTF8.GetString(reader.ValueSpan) : Describe(reader.TokenType);
                throw Wrong($"{field} of tensor '{name}' holds {found}; expected whole numbers from 0 to {long.MaxValue}");
            }

            numbers.Add(number);
        }

        return [.. numbers];
    }

    private SafetensorsTensor Checked(string name, string dataType, long[] shape, long[] offsets)
    {
        if (!SafetensorsDataTypes.TryGetBits(dataType, out int bits))
            throw Wrong($"tensor '{name}' has the unknown dtype '{dataType}'; expected one of {SafetensorsDataTypes.Known}");
        if (shape.Length > SafetensorsFile.MaxRank)
            throw Wrong($"tensor '{name}' has {shape.Length} dimensions; expected at most {SafetensorsFile.MaxRank}");
        if (offsets.Length != 2 || offsets[0] > offsets[1])
            throw Wrong($"data_offsets of tensor '{name}' are [{string.Join(", ", offsets)}]; expected [begin, end] with begin ≤ end");
        long length = 1;
        Int128 totalBits;
        try
        {
            foreach (long dimension in shape)
                length = checked(length * dimension);
            totalBits = (Int128)length * bits;
        }
        catch (OverflowException error)
        {
            throw Wrong($"the shape [{string.Join(", ", shape)}] of tensor '{name}' has more elements than 64 bits count", error);
        }

        if (totalBits != (Int128)(offsets[1] - offsets[0]) * 8)
        {
            throw Wrong(
                $"tensor '{name}' of {dataType} [{string.Join('×', shape)}] needs {totalBits / 8} bytes; its data_offsets [{offsets[0]}, {offsets[1]}] have {offsets[1] - offsets[0]}");
        }

        return new SafetensorsTensor(name, dataType, shape, offsets[0], offsets[1], length);
    }

    private SafetensorsTensor[] CheckExtents(long available)
    {
        SafetensorsTensor[] ordered = [.. _tensors.Values.OrderBy(tensor => tensor.Begin).ThenBy(tensor => tensor.End)];
        long reached = 0;
        string before = "the header";
        foreach (SafetensorsTensor tensor in ordered)
        {
            if (tensor.Begin < reached)
                throw Wrong($"tensors '{before}' and '{tensor.Name}' overlap: one ends at {reached}, the other begins at {tensor.Begin}");
            if (tensor.Begin > reached)
                throw Wrong($"bytes {reached} to {tensor.Begin} before tensor '{tensor.Name}' belong to no tensor; expected no holes");
            if (tensor.End > available)
                throw Wrong($"tensor '{tensor.Name}' ends at {tensor.End}, but the header is followed by {available} bytes: the file is cut short");
            reached = tensor.End;
            before = tensor.Name;
        }

        if (reached != available)
            throw Wrong($"{available - reached} bytes follow the last tensor; expected none");
        return ordered;
    }

    private InvalidDataException Wrong(string what, Exception? inner = null) => SafetensorsFile.Malformed(_file, what, inner);

    private static string Describe(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a text",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        _ => "null",
    };
}

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
        ["F8_E4M3FNUZ"] = 8,
        ["F8_E5M2FNUZ"] = 8,
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
