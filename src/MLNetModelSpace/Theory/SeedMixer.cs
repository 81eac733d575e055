namespace MLNetModelSpace.Theory;

/// <summary>Seeds that are far apart for neighbouring inputs and the same in every process.</summary>
internal static class SeedMixer
{
    /// <summary>A 31-bit seed from two numbers, by the finaliser of SplitMix64.</summary>
    internal static int Mix(int seed, int stream)
    {
        ulong z = ((ulong)(uint)seed << 32) | (uint)stream;
        z += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return (int)((z ^ (z >> 31)) & 0x7FFFFFFF);
    }
}
