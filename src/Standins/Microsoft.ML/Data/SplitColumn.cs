using System.Text;
using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>
/// The column that decides which side of a split a row falls on, added to the data under a hidden name: a random number, or made from a
/// sampling key so that rows of one key stay together. A number is scaled to 0..1, a key used as it is, anything else hashed, vectors as a whole.
/// </summary>
internal static class SplitColumn
{
    private const uint DefaultNumberSeed = 42;
    private const uint DefaultHashSeed = 314489979;
    private const int HashBits = 30;

    /// <summary>The data with the column, which is the last.</summary>
    public static IDataView Add(MLContext env, IDataView data, string samplingKeyColumn, int? seed, out DataViewSchema.Column split)
    {
        string name = "SplitColumn";
        while (data.Schema.GetColumnOrNull(name) is not null)
            name += "_";
        IDataView result;
        if (samplingKeyColumn is null)
        {
            result = new RandomNumberView(data, name, unchecked((uint?)(seed ?? env.Root.Seed)) ?? DefaultNumberSeed);
        }
        else
        {
            var key = data.Schema.GetColumnOrNull(samplingKeyColumn)
                ?? throw Errors.ColumnNotFound(nameof(samplingKeyColumn), "SamplingKeyColumn", samplingKeyColumn);
            if (key.Type is KeyDataViewType)
                result = env.Transforms.CopyColumns(name, samplingKeyColumn).Fit(data).Transform(data);
            else if (key.Type == NumberDataViewType.Single || key.Type == NumberDataViewType.Double)
                result = env.Transforms.NormalizeMinMax(name, samplingKeyColumn, fixZero: false).Fit(data).Transform(data);
            else
                result = new RowMapperView(data, new HashMapper(data.Schema, name, key, unchecked((uint?)(seed ?? env.Root.Seed)) ?? DefaultHashSeed));
        }
        split = result.Schema[name];
        return result;
    }

    /// <summary>The data without the column.</summary>
    public static IDataView Remove(MLContext env, IDataView data, DataViewSchema.Column split) => env.Transforms.DropColumns(split.Name).Fit(data).Transform(data);

    private sealed class HashMapper(DataViewSchema schema, string name, DataViewSchema.Column key, uint seed) : RowMapper(schema)
    {
        public override void AddDependencies(ReadOnlySpan<bool> activeOutputs, Span<bool> inputs) => inputs[key.Index] |= activeOutputs[0];

        public override Delegate[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> activeOutputs) => [activeOutputs[0] ? MakeGetter(input) : null];

        protected override DataViewSchema.DetachedColumn[] MakeOutputs() => [new(name, new KeyDataViewType(typeof(uint), 1 << HashBits))];

        private ValueGetter<uint> MakeGetter(DataViewRow input)
        {
            if (key.Type is VectorDataViewType vector)
                return VectorHash.MakeGetter(input, key, vector.ItemType, seed, HashBits);
            var raw = key.Type.RawType;
            return raw == typeof(ReadOnlyMemory<char>) ? Text(input.GetGetter<ReadOnlyMemory<char>>(key))
                : raw == typeof(bool) ? Bits(input.GetGetter<bool>(key), value => value ? 1 : 0, 4)
                : raw == typeof(sbyte) ? Bits(input.GetGetter<sbyte>(key), value => value, 4)
                : raw == typeof(byte) ? Bits(input.GetGetter<byte>(key), value => value, 4)
                : raw == typeof(short) ? Bits(input.GetGetter<short>(key), value => value, 4)
                : raw == typeof(ushort) ? Bits(input.GetGetter<ushort>(key), value => value, 4)
                : raw == typeof(int) ? Bits(input.GetGetter<int>(key), value => value, 4)
                : raw == typeof(uint) ? Bits(input.GetGetter<uint>(key), value => value, 4)
                : raw == typeof(long) ? Bits(input.GetGetter<long>(key), value => value, 8)
                : raw == typeof(ulong) ? Bits(input.GetGetter<ulong>(key), value => (long)value, 8)
                : throw Errors.NotSupported($"splitting by a column of type {key.Type} ('{key.Name}')");
        }

        // Text without anything in it is a missing key.
        private ValueGetter<uint> Text(ValueGetter<ReadOnlyMemory<char>> get)
        {
            ReadOnlyMemory<char> text = default;
            return (ref uint value) =>
            {
                get(ref text);
                var trimmed = text.Span.Trim();
                Span<byte> bytes = trimmed.Length <= 256 ? stackalloc byte[1024] : new byte[Encoding.UTF8.GetMaxByteCount(trimmed.Length)];
                int length = Encoding.UTF8.GetBytes(trimmed, bytes);
                value = length == 0 ? 0 : Key(bytes[..length]);
            };
        }

        private ValueGetter<uint> Bits<T>(ValueGetter<T> get, Func<T, long> convert, int size)
        {
            T item = default;
            return (ref uint value) =>
            {
                get(ref item);
                Span<byte> bytes = stackalloc byte[8];
                System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(bytes, convert(item));
                value = Key(bytes[..size]);
            };
        }

        private uint Key(ReadOnlySpan<byte> bytes) => (Murmur3.Hash(bytes, seed) & ((1u << HashBits) - 1)) + 1;
    }
}

/// <summary>A table with a random number a row. Numbers are drawn in the order of the rows, so a row has the same one for every cursor.</summary>
internal sealed class RandomNumberView : IDataView
{
    private readonly IDataView _input;
    private readonly uint _seed;

    public RandomNumberView(IDataView input, string name, uint seed)
    {
        _input = input;
        _seed = seed;
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input.Schema);
        builder.AddColumn(name, NumberDataViewType.Single);
        Schema = builder.ToSchema();
    }

    /// <summary>Shuffled rows would draw other numbers.</summary>
    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => _input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var active = Columns.Flags(Schema, columnsNeeded);
        return new Cursor(_input.GetRowCursor(Columns.Where(_input.Schema, active)), Schema, active, _seed);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(DataViewRowCursor input, DataViewSchema schema, bool[] active, uint seed) : SynchronizedCursor(input, schema, active)
    {
        private readonly HybridTausworthe _random = new(seed);
        private float _number;

        protected override bool MoveNextCore()
        {
            _number = _random.NextSingle();
            return Input.MoveNext();
        }

        protected override Delegate GetterOf(int column) =>
            column < Input.Schema.Count
                ? Input.GetGetter(Input.Schema[column])
                : (ValueGetter<float>)((ref float value) => value = _number);
    }
}
