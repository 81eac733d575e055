using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MLNetModelSpace.Storage;

/// <summary>Makes the header of a safetensors file.</summary>
internal static class SafetensorsWriter
{
    /// <summary>The tensors' bytes begin at a multiple of this, so that a mapped file can be read in place.</summary>
    private const int Alignment = 8;

    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The length and the JSON, padded with spaces to the alignment.</summary>
    public static byte[] CreateHeader(WeightLayout layout, IReadOnlyDictionary<string, string>? metadata)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, s_json))
        {
            writer.WriteStartObject();
            WriteMetadata(writer, layout, metadata);
            for (int i = 0; i < layout.Tensors.Count; i++)
                WriteTensor(writer, layout.Tensors[i], (long)layout.OffsetOf(i) * sizeof(float));
            writer.WriteEndObject();
        }

        int padded = (json.WrittenCount + Alignment - 1) / Alignment * Alignment;
        if (padded > SafetensorsFile.MaxHeaderBytes)
            throw new ArgumentException($"The header would have {padded} bytes; at most {SafetensorsFile.MaxHeaderBytes} are read again.", nameof(metadata));
        byte[] header = new byte[SafetensorsFile.LengthBytes + padded];
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)padded);
        json.WrittenSpan.CopyTo(header.AsSpan(SafetensorsFile.LengthBytes));
        header.AsSpan(SafetensorsFile.LengthBytes + json.WrittenCount).Fill((byte)' ');
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter writer, WeightLayout layout, IReadOnlyDictionary<string, string>? metadata)
    {
        // Sorted, so that equal content gives equal bytes.
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string key, string value) in metadata ?? new Dictionary<string, string>())
            sorted.Add(RequireUnicode(key), RequireUnicode(value));
        if (layout.Architecture.Length > 0)
            sorted.TryAdd(ZooMetadata.Architecture, RequireUnicode(layout.Architecture));
        if (sorted.Count == 0)
            return;
        writer.WriteStartObject(SafetensorsHeader.MetadataKey);
        foreach ((string key, string value) in sorted)
            writer.WriteString(key, value);
        writer.WriteEndObject();
    }

    private static void WriteTensor(Utf8JsonWriter writer, TensorLayout tensor, long begin)
    {
        if (tensor.Name == SafetensorsHeader.MetadataKey)
            throw new ArgumentException($"A tensor cannot be called '{tensor.Name}': the format keeps the name for metadata.", "layout");
        writer.WriteStartObject(RequireUnicode(tensor.Name));
        writer.WriteString("dtype", SafetensorsDataTypes.Float32);
        writer.WriteStartArray("shape");
        foreach (int dimension in tensor.Shape)
            writer.WriteNumberValue(dimension);
        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets");
        writer.WriteNumberValue(begin);
        writer.WriteNumberValue(begin + (long)tensor.Length * sizeof(float));
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>The JSON writer would put a replacement character in place of half a surrogate pair, and the text would not come back.</summary>
    private static string RequireUnicode(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else if (char.IsSurrogate(text[i]))
                throw new ArgumentException($"A text is not Unicode: half a surrogate pair at character {i} of {text.Length}.", nameof(text));
        }

        return text;
    }
}
