namespace MLNetModelSpace.Numerics;

/// <summary>
/// The SplitMix64 generator (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): the same numbers for a seed on every machine and
/// version of .NET, which <see cref="Random"/> does not promise. Also what makes seeds of seeds.
/// </summary>
internal sealed class SplitMix(ulong seed)
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    private ulong _state = seed;

    public SplitMix(long seed)
        : this((ulong)seed)
    {
    }

    /// <summary>A stream of its own for each pair: of a seed and something under it.</summary>
    public static SplitMix For(long seed, ulong stream) => new(Mix((ulong)seed + GoldenGamma) ^ Mix((stream * GoldenGamma) + 1));

    /// <summary>A bijection of 64-bit numbers whose every output bit depends on every input bit: the generator's finaliser.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>A number for each place of a list so far and what comes next: equal for equal lists.</summary>
    public static ulong Combine(ulong hash, ulong next) => Mix(hash + ((next + 1) * GoldenGamma));

    /// <summary>A seed from 0 to 2³¹ - 1, far from those of neighbouring seeds and streams.</summary>
    public static int SeedOf(int seed, int stream) => (int)(Mix((((ulong)(uint)seed << 32) | (uint)stream) + GoldenGamma) & int.MaxValue);

    /// <summary>A seed from 0 to 2⁶³ - 1, far from those of neighbouring seeds and streams.</summary>
    public static long SeedOf(long seed, long stream) => (long)(Mix((ulong)seed + (GoldenGamma * (ulong)(stream + 1))) & long.MaxValue);

    /// <summary>
    /// The number-th of a sequence of 32-bit numbers that never repeats, another for each seed: a keyed bijection (rounds of
    /// MurmurHash3's finalizer).
    /// </summary>
    public static uint Distinct(long seed, uint number)
    {
        ulong keys = Mix((ulong)seed ^ 0xD1B54A32D192ED03);
        uint value = number + (uint)keys;
        for (int round = 0; round < 2; round++)
        {
            value = (value ^ (value >> 16)) * 0x85EBCA6B;
            value = (value ^ (value >> 13)) * 0xC2B2AE35;
            value = (value ^ (value >> 16)) + (uint)(keys >> 32);
        }

        return value;
    }

    public ulong Next() => Mix(_state += GoldenGamma);

    /// <summary>From 0 to <paramref name="bound"/> - 1, all equally likely (Lemire, "Fast random integer generation in an interval", 2019).</summary>
    public int Next(int bound)
    {
        uint range = (uint)bound;
        ulong product = (Next() >> 32) * range;
        if ((uint)product < range)
        {
            uint threshold = (uint)-(int)range % range;
            while ((uint)product < threshold)
                product = (Next() >> 32) * range;
        }

        return (int)(product >> 32);
    }

    /// <summary>From 0 (included) to 1 (not), with 53 bits.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Between 0 and 1, neither included.</summary>
    public double NextOpenDouble() => ((Next() >> 11) + 0.5) / (1UL << 53);

    /// <summary>A standard normal variate.</summary>
    public double NextGaussian() => Gaussian(NextOpenDouble(), NextOpenDouble());

    /// <summary>The logarithm of a gamma variate of that shape (Marsaglia and Tsang, "A simple method for generating gamma variables", 2000); logarithms keep tiny shapes from becoming zero.</summary>
    public double NextLogGamma(double shape)
    {
        if (shape < 1)
            return NextLogGamma(shape + 1) + (Math.Log(1 - NextDouble()) / shape);
        double d = shape - (1.0 / 3), c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = Gaussian(1 - NextDouble(), NextDouble()), v = 1 + (c * x);
            if (v <= 0)
                continue;
            v = v * v * v;
            if (Math.Log(1 - NextDouble()) < (0.5 * x * x) + d - (d * v) + (d * Math.Log(v)))
                return Math.Log(d * v);
        }
    }

    /// <summary>Shuffles (Fisher and Yates).</summary>
    public void Shuffle(Span<int> values)
    {
        for (int i = values.Length - 1; i > 0; i--)
        {
            int j = Next(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    /// <summary>Moves a random choice of <paramref name="count"/> values, without repeats and in random order, to the front.</summary>
    public void Choose(Span<int> values, int count)
    {
        for (int i = 0; i < count; i++)
        {
            int j = i + Next(values.Length - i);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    /// <summary>The cosine half of Box and Muller's transform.</summary>
    private static double Gaussian(double first, double second) => Math.Sqrt(-2 * Math.Log(first)) * Math.Cos(2 * Math.PI * second);
}
