namespace MLNetModelSpace.Features;

/// <summary>The numbers of one family, fitted to one layout. Immutable.</summary>
internal abstract class FeatureBlock
{
    /// <summary>The family, which is also its mark inside a model file.</summary>
    public abstract WeightFeatures Family { get; }

    /// <summary>What each number is called.</summary>
    public abstract IReadOnlyList<string> Slots { get; }

    /// <summary>Makes what computes them.</summary>
    public abstract VectorEvaluator CreateEvaluator();

    /// <summary>Writes what the family's reader reads.</summary>
    public abstract void Write(BinaryWriter writer);
}
