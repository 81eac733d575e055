using System.Buffers.Binary;
using System.Text;
using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>
/// One hash of a whole vector, as the official package makes it: numbers are hashed as their bytes one after another, each text with the hash of those
/// before it for a seed. A vector with a missing item has the missing key, 0.
/// </summary>
internal static class VectorHash
{
    /// <summary>A getter of keys from 1 to 2 to the power of <paramref name="bits"/>.</summary>
    public static ValueGetter<uint> MakeGetter(DataViewRow input, DataViewSchema.Column column, DataViewType itemType, uint seed, int bits)
    {
        var hasher = new Hasher(seed, bits);
        var raw = itemType.RawType;
        bool isKey = itemType is KeyDataViewType;
        return raw == typeof(ReadOnlyMemory<char>) ? hasher.Texts(Get<ReadOnlyMemory<char>>())
            : raw == typeof(float) ? hasher.Numbers(Get<float>(), 4, value => float.IsNaN(value) ? null : BitConverter.SingleToInt32Bits(value + 0f))
            : raw == typeof(double) ? hasher.Numbers(Get<double>(), 8, value => double.IsNaN(value) ? null : BitConverter.DoubleToInt64Bits(value + 0d))
            : raw == typeof(bool) ? hasher.Numbers(Get<bool>(), 4, value => value ? 1 : 0)
            : raw == typeof(sbyte) ? hasher.Numbers(Get<sbyte>(), 4, value => value)
            : raw == typeof(byte) ? hasher.Numbers(Get<byte>(), 4, value => isKey && value == 0 ? null : value)
            : raw == typeof(short) ? hasher.Numbers(Get<short>(), 4, value => value)
            : raw == typeof(ushort) ? hasher.Numbers(Get<ushort>(), 4, value => isKey && value == 0 ? null : value)
            : raw == typeof(int) ? hasher.Numbers(Get<int>(), 4, value => value)
            : raw == typeof(uint) ? hasher.Numbers(Get<uint>(), 4, value => isKey && value == 0 ? null : value)
            : raw == typeof(long) ? hasher.Numbers(Get<long>(), 8, value => value)
            : raw == typeof(ulong) ? hasher.Numbers(Get<ulong>(), 8, value => isKey && value == 0 ? null : (long)value)
            : throw Errors.NotSupported($"splitting by a column of type {column.Type} ('{column.Name}')");

        ValueGetter<VBuffer<T>> Get<T>() => input.GetGetter<VBuffer<T>>(column);
    }

    private sealed class Hasher(uint seed, int bits)
    {
        private byte[] _bytes = new byte[256];

        // What gives null is missing.
        public ValueGetter<uint> Numbers<T>(ValueGetter<VBuffer<T>> get, int size, Func<T, long?> convert)
        {
            VBuffer<T> vector = default;
            return (ref uint key) =>
            {
                get(ref vector);
                Reserve(checked(vector.Length * size + sizeof(long)));
                int length = 0;
                foreach (var item in vector.DenseValues())
                {
                    if (convert(item) is not { } value)
                    {
                        key = 0;
                        return;
                    }
                    BinaryPrimitives.WriteInt64LittleEndian(_bytes.AsSpan(length), value);
                    length += size;
                }
                key = Key(Murmur3.Hash(_bytes.AsSpan(0, length), seed));
            };
        }

        // Text without anything in it is missing.
        public ValueGetter<uint> Texts(ValueGetter<VBuffer<ReadOnlyMemory<char>>> get)
        {
            VBuffer<ReadOnlyMemory<char>> vector = default;
            return (ref uint key) =>
            {
                get(ref vector);
                uint hash = vector.Length > 0 ? seed : Murmur3.Hash([], seed);
                foreach (var item in vector.DenseValues())
                {
                    var text = item.Span.Trim();
                    if (text.IsEmpty)
                    {
                        key = 0;
                        return;
                    }
                    Reserve(Encoding.UTF8.GetMaxByteCount(text.Length));
                    hash = Murmur3.Hash(_bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, _bytes)), hash);
                }
                key = Key(hash);
            };
        }

        private uint Key(uint hash) => (hash & ((1u << bits) - 1)) + 1;

        private void Reserve(int length)
        {
            if (_bytes.Length < length)
                _bytes = new byte[Math.Max(length, 2 * _bytes.Length)];
        }
    }
}
