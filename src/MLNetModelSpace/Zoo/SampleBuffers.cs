using System.Collections.Concurrent;

namespace MLNetModelSpace;

/// <summary>
/// Memory of the samples that models are trained on, used again for the next model: half a megabyte for each would be the larger part of what a long run
/// leaves to the garbage collector. Thread-safe.
/// </summary>
internal sealed class SampleBuffers
{
    private readonly ConcurrentBag<float[]> _free = [];

    /// <summary>An array of exactly that length; its contents are arbitrary.</summary>
    public float[] Take(int length) => _free.TryTake(out float[]? buffer) && buffer.Length == length ? buffer : new float[length];

    /// <summary>Gives back an array that nobody reads any more.</summary>
    public void Give(float[] buffer) => _free.Add(buffer);
}
