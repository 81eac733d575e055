namespace MLNetModelSpace.Features;

/// <summary>A family that goes tensor by tensor: so many numbers of each. Immutable.</summary>
internal abstract class LayerFeatures
{
    /// <summary>The family.</summary>
    public abstract WeightFeatures Family { get; }

    /// <summary>How many numbers a tensor of this shape gives.</summary>
    public abstract int CountOf(TensorLayout tensor);

    /// <summary>What number <paramref name="index"/> of a tensor is called, without the tensor's name.</summary>
    public abstract string NameOf(int index);

    /// <summary>Makes what computes them.</summary>
    public abstract LayerEvaluator CreateEvaluator();

    /// <summary>Writes the family's options and what it has learned.</summary>
    public abstract void Write(BinaryWriter writer);
}
