using System.Numerics;

namespace Microsoft.ML;

/// <summary>
/// Three Tausworthe generators and a linear congruential one, combined (L. Howes and D. Thomas, GPU Gems 3, chapter 37). The official package
/// draws all its numbers from this generator, so that a seed gives the same splits, orders and hosts.
/// </summary>
internal sealed class HybridTausworthe : Random
{
    private uint _z1;
    private uint _z2;
    private uint _z3;
    private uint _z4;

    public HybridTausworthe(uint seed)
    {
        _z1 = seed;
        _z2 = Murmur3.Round(_z1, seed);
        _z3 = Murmur3.Round(_z2, seed);
        _z4 = Murmur3.Round(_z3, seed);
    }

    /// <summary>Seeds the generator by <see cref="SeedDraws"/> numbers of another one.</summary>
    public HybridTausworthe(Random parent)
    {
        uint Word() => ((uint)parent.Next(1 << 16) << 16) | (uint)parent.Next(1 << 16);
        _z1 = Word();
        _z2 = Word();
        _z3 = Word();
        _z4 = Word();
    }

    /// <summary>How many numbers a generator that is made from another one takes from it.</summary>
    public const int SeedDraws = 8;

    public override int Next() => (int)(NextWord() & int.MaxValue);

    public override int Next(int maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxValue);
        return (int)(maxValue * (double)NextSingle());
    }

    public override int Next(int minValue, int maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        return (int)(minValue + (long)(((long)maxValue - minValue) * (double)NextSingle()));
    }

    /// <summary>The next number, from 0 up to but not including 1, a multiple of 2⁻²³.</summary>
    public override float NextSingle() => (NextWord() >> 9) * (1f / (1 << 23));

    public override double NextDouble() => NextSingle();

    public override void NextBytes(Span<byte> buffer)
    {
        foreach (ref byte item in buffer)
            item = (byte)(NextWord() >> 24);
    }

    public override void NextBytes(byte[] buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        NextBytes(buffer.AsSpan());
    }

    protected override double Sample() => NextSingle();

    private uint NextWord()
    {
        Step(ref _z1, 13, 19, 12, 0xFFFFFFFE);
        Step(ref _z2, 2, 25, 4, 0xFFFFFFF8);
        Step(ref _z3, 3, 11, 17, 0xFFFFFFF0);
        _z4 = unchecked(_z4 * 1664525 + 1013904223);
        return _z1 ^ _z2 ^ _z3 ^ _z4;
    }

    private static void Step(ref uint z, int s1, int s2, int s3, uint mask) => z = ((z & mask) << s3) ^ (((z << s1) ^ z) >> s2);
}

/// <summary>MurmurHash3 (Austin Appleby, x86, 32 bits).</summary>
internal static class Murmur3
{
    public static uint Round(uint hash, uint block)
    {
        unchecked
        {
            hash = BitOperations.RotateLeft(hash ^ Scramble(block), 13);
            return hash * 5 + 0xE6546B64;
        }
    }

    public static uint Hash(ReadOnlySpan<byte> data, uint seed)
    {
        uint hash = seed;
        int length = data.Length;
        for (; data.Length >= 4; data = data[4..])
            hash = Round(hash, System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(data));
        uint tail = 0;
        for (int i = 0; i < data.Length; i++)
            tail |= (uint)data[i] << (8 * i);
        hash ^= Scramble(tail) ^ (uint)length;
        unchecked
        {
            hash = (hash ^ (hash >> 16)) * 0x85EBCA6B;
            hash = (hash ^ (hash >> 13)) * 0xC2B2AE35;
            return hash ^ (hash >> 16);
        }
    }

    private static uint Scramble(uint block) => unchecked(BitOperations.RotateLeft(block * 0xCC9E2D51, 15) * 0x1B873593);
}
