namespace MLNetModelSpace.Features;

/// <summary>Turns one tensor into numbers; owns its buffers.</summary>
internal abstract class LayerEvaluator
{
    /// <summary>Fills <paramref name="destination"/> with the numbers of one tensor.</summary>
    /// <param name="position">The tensor's place among those that take part.</param>
    /// <param name="tensor">Its name and shape; it has at least one element.</param>
    /// <param name="values">Its elements, finite.</param>
    /// <param name="destination">As many numbers as the tensor gives.</param>
    public abstract void Evaluate(int position, TensorLayout tensor, ReadOnlySpan<float> values, Span<float> destination);
}
