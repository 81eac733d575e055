using Microsoft.ML.Runtime;

namespace MLNetModelSpace.Interop;

/// <summary>Seeds that nobody named.</summary>
internal static class ContextSeed
{
    /// <summary>The seed of the options, else the context's; 0 where neither has one, so that numbers come again in any case.</summary>
    public static long Or(IHostEnvironment env, long? seed) => seed ?? ((IHostEnvironmentInternal)env).Seed ?? 0;

    /// <summary>A seed of 64 bits for a generator that takes 32; numbers that fit stay themselves.</summary>
    public static int ToInt32(long seed) => (int)seed ^ (int)((seed - int.MinValue) >> 32);
}
