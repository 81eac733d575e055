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

/// <summary>A family that goes tensor by tensor, over the tensors of one layout that take part.</summary>
internal sealed class LayerBlock : FeatureBlock
{
    private readonly WeightLayout _layout;
    private readonly int[] _tensors;
    private readonly LayerFeatures _features;
    private readonly string[] _slots;

    public LayerBlock(WeightLayout layout, int[] tensors, LayerFeatures features)
    {
        _layout = layout;
        _tensors = tensors;
        _features = features;
        _slots = [.. NameSlots()];
    }

    public override WeightFeatures Family => _features.Family;

    public override IReadOnlyList<string> Slots => _slots;

    public override VectorEvaluator CreateEvaluator() => new Evaluator(this);

    public override void Write(BinaryWriter writer) => _features.Write(writer);

    private IEnumerable<string> NameSlots()
    {
        foreach (int index in _tensors)
        {
            TensorLayout tensor = _layout.Tensors[index];
            int count = _features.CountOf(tensor);
            for (int i = 0; i < count; i++)
                yield return $"{tensor.Name} {_features.NameOf(i)}";
        }
    }

    private sealed class Evaluator(LayerBlock block) : VectorEvaluator
    {
        private readonly LayerEvaluator _layer = block._features.CreateEvaluator();

        public override void Evaluate(ReadOnlySpan<float> weights, WeightLayout layout, Span<float> destination)
        {
            int offset = 0;
            for (int position = 0; position < block._tensors.Length; position++)
            {
                int index = block._tensors[position];
                TensorLayout tensor = block._layout.Tensors[index];
                int count = block._features.CountOf(tensor);
                _layer.Evaluate(position, tensor, block._layout.Slice(weights, index), destination.Slice(offset, count));
                offset += count;
            }
        }
    }
}
