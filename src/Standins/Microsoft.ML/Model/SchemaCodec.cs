using System.Text;
using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Writes types, and annotations with their values.</summary>
internal static class SchemaWriter
{
    /// <summary>What a model saved without a schema has in its place.</summary>
    public const int NoSchema = -1;

    /// <summary>All columns, hidden ones too, so that indices stay as they are; <see cref="NoSchema"/> for null.</summary>
    public static void Write(BinaryWriter writer, DataViewSchema schema)
    {
        writer.Write(schema?.Count ?? NoSchema);
        if (schema is null)
            return;
        foreach (var column in schema)
        {
            writer.Write(column.Name);
            WriteType(writer, column.Type);
            WriteAnnotations(writer, column.Annotations);
        }
    }

    public static void WriteType(BinaryWriter writer, DataViewType type)
    {
        var item = type.ItemType();
        if (!item.IsBuiltIn())
            throw new InvalidOperationException($"A column of type {type} cannot be saved");
        var key = item as KeyDataViewType;
        writer.Write((byte)((type is VectorDataViewType ? 1 : 0) | (key is not null ? 2 : 0)));
        writer.Write(item is RowIdDataViewType ? (byte)0 : (byte)DataViewTypes.KindOf(item));
        if (key is not null)
            writer.Write(key.Count);
        if (type is not VectorDataViewType vector)
            return;
        writer.Write((byte)vector.Dimensions.Length);
        foreach (int dimension in vector.Dimensions)
            writer.Write(dimension);
    }

    /// <summary>Annotations of the built-in types; others are left out.</summary>
    public static void WriteAnnotations(BinaryWriter writer, DataViewSchema.Annotations annotations)
    {
        var kept = annotations.Schema.Where(a => a.Type.ItemType().IsBuiltIn() && a.Type.ItemType() is not RowIdDataViewType).ToArray();
        writer.Write(kept.Length);
        foreach (var annotation in kept)
        {
            writer.Write(annotation.Name);
            WriteType(writer, annotation.Type);
            Generic.Call(
                annotation.Type is VectorDataViewType ? (Action<BinaryWriter, DataViewSchema.Annotations, DataViewSchema.Column>)WriteVector<int> : WriteScalar<int>,
                annotation.Type.ItemType().RawType, writer, annotations, annotation);
        }
    }

    private static void WriteScalar<T>(BinaryWriter writer, DataViewSchema.Annotations annotations, DataViewSchema.Column column)
    {
        T value = default;
        annotations.GetGetter<T>(column)(ref value);
        ItemCodec<T>.Write(writer, value);
    }

    private static void WriteVector<T>(BinaryWriter writer, DataViewSchema.Annotations annotations, DataViewSchema.Column column)
    {
        VBuffer<T> value = default;
        annotations.GetGetter<VBuffer<T>>(column)(ref value);
        writer.Write(value.Length);
        writer.Write(value.GetValues().Length);
        foreach (int index in value.GetIndices())
            writer.Write(index);
        foreach (var item in value.GetValues())
            ItemCodec<T>.Write(writer, item);
    }
}

/// <summary>Reads what <see cref="SchemaWriter"/> wrote; anything else is a <see cref="FormatException"/>.</summary>
internal static class SchemaReader
{
    /// <summary>The schema, or null where the model was saved without one.</summary>
    public static DataViewSchema Read(byte[] content)
    {
        using var reader = new BinaryReader(new MemoryStream(content, writable: false), Encoding.UTF8);
        try
        {
            var builder = new DataViewSchema.Builder();
            if (content.Length == sizeof(int) && BitConverter.ToInt32(content) == SchemaWriter.NoSchema)
                return null;
            int count = ReadCount(reader, 3);
            for (int i = 0; i < count; i++)
                builder.AddColumn(reader.ReadString(), ReadType(reader), ReadAnnotations(reader));
            return builder.ToSchema();
        }
        catch (Exception error) when (error is EndOfStreamException or ArgumentException)
        {
            throw Errors.BadModel($"Corrupt model file: entry '{ModelArchive.SchemaEntry}' holds no schema ({error.Message})", error);
        }
    }

    public static DataViewType ReadType(BinaryReader reader)
    {
        int form = reader.ReadByte();
        int kind = reader.ReadByte();
        PrimitiveDataViewType item = kind == 0 ? RowIdDataViewType.Instance : DataViewTypes.FromKind((DataKind)kind);
        if ((form & 2) != 0)
            item = new KeyDataViewType(item.RawType, reader.ReadUInt64());
        if ((form & 1) == 0)
            return item;
        var dimensions = new int[reader.ReadByte()];
        for (int i = 0; i < dimensions.Length; i++)
            dimensions[i] = reader.ReadInt32();
        return new VectorDataViewType(item, dimensions);
    }

    public static DataViewSchema.Annotations ReadAnnotations(BinaryReader reader)
    {
        int count = ReadCount(reader, 3);
        var builder = new DataViewSchema.Annotations.Builder();
        for (int i = 0; i < count; i++)
        {
            string name = reader.ReadString();
            var type = ReadType(reader);
            Generic.Call(
                type is VectorDataViewType ? (Action<DataViewSchema.Annotations.Builder, BinaryReader, string, DataViewType>)ReadVector<int> : ReadScalar<int>,
                type.ItemType().RawType, builder, reader, name, type);
        }
        return builder.ToAnnotations();
    }

    private static void ReadScalar<T>(DataViewSchema.Annotations.Builder builder, BinaryReader reader, string name, DataViewType type)
    {
        var value = ItemCodec<T>.Read(reader);
        builder.Add(name, type, (ref T result) => result = value);
    }

    private static void ReadVector<T>(DataViewSchema.Annotations.Builder builder, BinaryReader reader, string name, DataViewType type)
    {
        int length = reader.ReadInt32();
        int count = ReadCount(reader, 1);
        var indices = count < length ? new int[count] : null;
        for (int i = 0; i < indices?.Length; i++)
            indices[i] = reader.ReadInt32() is int index && index >= 0 && index < length && (i == 0 || index > indices[i - 1])
                ? index
                : throw Errors.BadModel($"Corrupt model file: the annotation '{name}' has unordered indices");
        var values = new T[count];
        for (int i = 0; i < count; i++)
            values[i] = ItemCodec<T>.Read(reader);
        var vector = new VBuffer<T>(length, count, values, indices);
        builder.Add(name, type, (ref VBuffer<T> result) => vector.CopyTo(ref result));
    }

    private static int ReadCount(BinaryReader reader, int itemSize)
    {
        int count = reader.ReadInt32();
        return count >= 0 && (long)count * itemSize <= reader.BaseStream.Length - reader.BaseStream.Position
            ? count
            : throw Errors.BadModel($"Corrupt model file: a count of {count}, more than the entry holds");
    }
}

/// <summary>One value in binary.</summary>
internal static class ItemCodec<T>
{
    public static readonly Action<BinaryWriter, T> Write = (Action<BinaryWriter, T>)MakeWriter();
    public static readonly Func<BinaryReader, T> Read = (Func<BinaryReader, T>)MakeReader();

    private static Delegate MakeWriter() => default(T) switch
    {
        bool => (BinaryWriter writer, bool value) => writer.Write(value),
        sbyte => (BinaryWriter writer, sbyte value) => writer.Write(value),
        byte => (BinaryWriter writer, byte value) => writer.Write(value),
        short => (BinaryWriter writer, short value) => writer.Write(value),
        ushort => (BinaryWriter writer, ushort value) => writer.Write(value),
        int => (BinaryWriter writer, int value) => writer.Write(value),
        uint => (BinaryWriter writer, uint value) => writer.Write(value),
        long => (BinaryWriter writer, long value) => writer.Write(value),
        ulong => (BinaryWriter writer, ulong value) => writer.Write(value),
        float => (BinaryWriter writer, float value) => writer.Write(value),
        double => (BinaryWriter writer, double value) => writer.Write(value),
        TimeSpan => (BinaryWriter writer, TimeSpan value) => writer.Write(value.Ticks),
        DateTime => (BinaryWriter writer, DateTime value) => writer.Write(value.ToBinary()),
        DateTimeOffset => (BinaryWriter writer, DateTimeOffset value) =>
        {
            writer.Write(value.Ticks);
            writer.Write(value.Offset.Ticks);
        }
        ,
        ReadOnlyMemory<char> => (BinaryWriter writer, ReadOnlyMemory<char> value) => writer.Write(value.ToString()),
        _ => throw new InvalidOperationException($"A value of type {typeof(T)} cannot be saved"),
    };

    private static Delegate MakeReader() => default(T) switch
    {
        bool => (BinaryReader reader) => reader.ReadBoolean(),
        sbyte => (BinaryReader reader) => reader.ReadSByte(),
        byte => (BinaryReader reader) => reader.ReadByte(),
        short => (BinaryReader reader) => reader.ReadInt16(),
        ushort => (BinaryReader reader) => reader.ReadUInt16(),
        int => (BinaryReader reader) => reader.ReadInt32(),
        uint => (BinaryReader reader) => reader.ReadUInt32(),
        long => (BinaryReader reader) => reader.ReadInt64(),
        ulong => (BinaryReader reader) => reader.ReadUInt64(),
        float => (BinaryReader reader) => reader.ReadSingle(),
        double => (BinaryReader reader) => reader.ReadDouble(),
        TimeSpan => (BinaryReader reader) => new TimeSpan(reader.ReadInt64()),
        DateTime => (BinaryReader reader) => DateTime.FromBinary(reader.ReadInt64()),
        DateTimeOffset => (BinaryReader reader) => new DateTimeOffset(reader.ReadInt64(), new TimeSpan(reader.ReadInt64())),
        ReadOnlyMemory<char> => (BinaryReader reader) => reader.ReadString().AsMemory(),
        _ => throw new InvalidOperationException($"A value of type {typeof(T)} cannot be loaded"),
    };
}
