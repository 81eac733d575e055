namespace MLNetModelSpace.Features;

/// <summary>A fitted way to turn weights into numbers: what each number is called, and how they are computed. Immutable.</summary>
internal abstract class Vectorization
{
    /// <summary>What each number is called.</summary>
    public abstract IReadOnlyList<string> Slots { get; }

    /// <summary>The one layout it is for; null where it serves any.</summary>
    public abstract WeightLayout? Layout { get; }

    /// <summary>Makes what computes; it owns its buffers, one for each cursor.</summary>
    public abstract VectorEvaluator CreateEvaluator();

    /// <summary>Writes its content, which the reader of its kind reads.</summary>
    public abstract void Write(BinaryWriter writer);
}
