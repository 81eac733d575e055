using System.Runtime.InteropServices;

namespace Microsoft.ML.Trainers.FastTree;

/// <summary>Sorts columns of one length, by radix where they are long enough for that to pay.</summary>
internal sealed class FloatSorter(int length)
{
    private const int RadixBits = 11;
    private const int Buckets = 1 << RadixBits;
    private const int RadixFrom = 2048;

    private readonly float[] _sorted = new float[length];
    private readonly uint[] _keys = new uint[length >= RadixFrom ? length : 0];
    private readonly uint[] _other = new uint[length >= RadixFrom ? length : 0];
    private readonly int[] _starts = new int[length >= RadixFrom ? 3 * Buckets : 0];

    /// <summary>The result of the last <see cref="Sort"/>.</summary>
    public ReadOnlySpan<float> Sorted => _sorted;

    /// <summary>Sorts ascending without changing <paramref name="values"/>, which hold no NaN.</summary>
    public ReadOnlySpan<float> Sort(ReadOnlySpan<float> values)
    {
        if (length < RadixFrom)
        {
            values.CopyTo(_sorted);
            Array.Sort(_sorted);
            return _sorted;
        }
        var starts = _starts.AsSpan();
        starts.Clear();
        var bits = MemoryMarshal.Cast<float, uint>(values);
        for (int i = 0; i < bits.Length; i++)
        {
            // Flipping the sign bit, or every bit of a negative number, makes unsigned order the numbers' order.
            uint key = bits[i] ^ ((uint)((int)bits[i] >> 31) | 0x80000000u);
            _keys[i] = key;
            starts[(int)(key & (Buckets - 1))]++;
            starts[Buckets + (int)((key >> RadixBits) & (Buckets - 1))]++;
            starts[2 * Buckets + (int)(key >> (2 * RadixBits))]++;
        }
        Scatter(_keys, _other, starts[..Buckets], 0);
        Scatter(_other, _keys, starts.Slice(Buckets, Buckets), RadixBits);
        Scatter(_keys, _other, starts.Slice(2 * Buckets, Buckets), 2 * RadixBits);
        var sorted = MemoryMarshal.Cast<float, uint>(_sorted.AsSpan());
        for (int i = 0; i < sorted.Length; i++)
            sorted[i] = _other[i] ^ ((uint)((int)~_other[i] >> 31) | 0x80000000u);
        return _sorted;
    }

    private static void Scatter(uint[] from, uint[] to, Span<int> starts, int shift)
    {
        int sum = 0;
        for (int b = 0; b < starts.Length; b++)
        {
            int count = starts[b];
            starts[b] = sum;
            sum += count;
        }
        foreach (uint key in from)
            to[starts[(int)((key >> shift) & (Buckets - 1))]++] = key;
    }
}
