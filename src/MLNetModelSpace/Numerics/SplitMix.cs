namespace MLNetModelSpace.Numerics;

/// <summary>
/// The SplitMix64 generator (Steele, Lea and Flood, 2014): the same numbers for a seed on every machine and version of .NET, which
/// <see cref="Random"/> does not promise.
/// </summary>
internal sealed class SplitMix(long seed)
{
    private ulong _state = (ulong)seed;

    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform on (0, 1).</summary>
    public double NextDouble() => ((Next() >> 11) + 0.5) / (1UL << 53);

    /// <summary>Standard normal, by the cosine half of Box and Muller's transform.</summary>
    public double NextGaussian() => Math.Sqrt(-2 * Math.Log(NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());
}
