namespace MLNetModelSpace.Features;

/// <summary>Turns weights into numbers. Owns its buffers: used by one thread at a time, and allocates nothing once they have grown.</summary>
internal abstract class VectorEvaluator
{
    /// <summary>Fills <paramref name="destination"/>, one finite number a slot.</summary>
    /// <param name="weights">Finite weights of <paramref name="layout"/>.</param>
    /// <param name="layout">Their layout.</param>
    /// <param name="destination">As many numbers as there are slots.</param>
    public abstract void Evaluate(ReadOnlySpan<float> weights, WeightLayout layout, Span<float> destination);
}
