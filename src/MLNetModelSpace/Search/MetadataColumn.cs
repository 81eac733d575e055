using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Search;

/// <summary>One metadata column of an index, held as an array of its values.</summary>
internal abstract class MetadataColumn(string name)
{
    private enum Kind : byte
    {
        Single = 1,
        Double,
        Int32,
        Int64,
        Boolean,
        Text,
        Key,
        SingleVector,
    }

    public string Name { get; } = name;

    public abstract object GetValue(int position);

    /// <summary>Prepares reading a column of a view: the returned action takes the current row's value.</summary>
    public abstract Action Bind(DataViewRow row, DataViewSchema.Column column);

    public abstract void Write(BinaryWriter writer);

    /// <summary>The column for values of that type.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is none that an index keeps.</exception>
    public static MetadataColumn Create(DataViewSchema.Column column)
    {
        if (column.Type is VectorDataViewType vector && vector.ItemType.RawType == typeof(float))
            return new VectorColumn(column.Name);
        return column.Type switch
        {
            TextDataViewType => new TextColumn(column.Name),
            KeyDataViewType key when key.RawType == typeof(uint) => new Values<uint>(column.Name, Kind.Key),
            NumberDataViewType when column.Type.RawType == typeof(float) => new Values<float>(column.Name, Kind.Single),
            NumberDataViewType when column.Type.RawType == typeof(double) => new Values<double>(column.Name, Kind.Double),
            NumberDataViewType when column.Type.RawType == typeof(int) => new Values<int>(column.Name, Kind.Int32),
            NumberDataViewType when column.Type.RawType == typeof(long) => new Values<long>(column.Name, Kind.Int64),
            BooleanDataViewType => new Values<bool>(column.Name, Kind.Boolean),
            _ => throw SchemaErrors.Mismatch(column.Name, "Single, Double, Int32, Int64, Boolean, text, a UInt32 key or a vector of Single", column.Type.ToString()!, "metadata"),
        };
    }

    public static MetadataColumn Read(BinaryReader reader, int count)
    {
        string name = ModelContent.ReadText(reader, "a metadata column's name");
        byte kind = reader.ReadByte();
        return (Kind)kind switch
        {
            Kind.Single => new Values<float>(name, Kind.Single).ReadValues(reader, count),
            Kind.Double => new Values<double>(name, Kind.Double).ReadValues(reader, count),
            Kind.Int32 => new Values<int>(name, Kind.Int32).ReadValues(reader, count),
            Kind.Int64 => new Values<long>(name, Kind.Int64).ReadValues(reader, count),
            Kind.Boolean => new Values<bool>(name, Kind.Boolean).ReadValues(reader, count),
            Kind.Key => new Values<uint>(name, Kind.Key).ReadValues(reader, count),
            Kind.Text => new TextColumn(name).ReadValues(reader, count),
            Kind.SingleVector => new VectorColumn(name).ReadValues(reader, count),
            _ => throw new InvalidDataException($"Metadata column '{name}' is of the unknown kind {kind}."),
        };
    }

    private sealed class Values<T>(string name, Kind kind) : MetadataColumn(name)
        where T : unmanaged
    {
        private readonly List<T> _values = [];

        public override object GetValue(int position) => _values[position];

        public override Action Bind(DataViewRow row, DataViewSchema.Column column)
        {
            ValueGetter<T> getter = row.GetGetter<T>(column);
            return () =>
            {
                T value = default;
                getter(ref value);
                _values.Add(value);
            };
        }

        public override void Write(BinaryWriter writer)
        {
            writer.Write(Name);
            writer.Write((byte)kind);
            writer.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_values)));
        }

        public Values<T> ReadValues(BinaryReader reader, int count)
        {
            Span<T> buffer = new T[Math.Min(count, 1 << 16)];
            while (_values.Count < count)
            {
                Span<T> part = buffer[..Math.Min(buffer.Length, count - _values.Count)];
                reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(part));
                _values.AddRange(part);
            }

            return this;
        }
    }

    private sealed class TextColumn(string name) : MetadataColumn(name)
    {
        private readonly List<string> _values = [];

        public override object GetValue(int position) => _values[position];

        public override Action Bind(DataViewRow row, DataViewSchema.Column column)
        {
            ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(column);
            ReadOnlyMemory<char> value = default;
            return () =>
            {
                getter(ref value);
                _values.Add(value.ToString());
            };
        }

        public override void Write(BinaryWriter writer)
        {
            writer.Write(Name);
            writer.Write((byte)Kind.Text);
            foreach (string value in _values)
                writer.Write(value);
        }

        public TextColumn ReadValues(BinaryReader reader, int count)
        {
            for (int i = 0; i < count; i++)
                _values.Add(ModelContent.ReadText(reader, $"{Name} of row {i}"));
            return this;
        }
    }

    private sealed class VectorColumn(string name) : MetadataColumn(name)
    {
        private const int MaxLength = 1 << 24;
        private readonly List<float[]> _values = [];

        public override object GetValue(int position) => _values[position].AsSpan().ToArray();

        public override Action Bind(DataViewRow row, DataViewSchema.Column column)
        {
            ValueGetter<VBuffer<float>> getter = row.GetGetter<VBuffer<float>>(column);
            VBuffer<float> value = default;
            return () =>
            {
                getter(ref value);
                float[] copy = new float[value.Length];
                value.CopyTo(copy);
                _values.Add(copy);
            };
        }

        public override void Write(BinaryWriter writer)
        {
            writer.Write(Name);
            writer.Write((byte)Kind.SingleVector);
            foreach (float[] value in _values)
                ModelContent.WriteFloats(writer, value);
        }

        public VectorColumn ReadValues(BinaryReader reader, int count)
        {
            for (int i = 0; i < count; i++)
                _values.Add(ModelContent.ReadFloats(reader, $"{Name} of row {i}", MaxLength));
            return this;
        }
    }
}
