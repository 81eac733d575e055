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

/// <summary>Turns weights into numbers. Owns its buffers: used by one thread at a time, and allocates nothing once they have grown.</summary>
internal abstract class VectorEvaluator
{
    /// <summary>Fills <paramref name="destination"/>, one finite number a slot.</summary>
    /// <param name="weights">Finite weights of <paramref name="layout"/>.</param>
    /// <param name="layout">Their layout.</param>
    /// <param name="destination">As many numbers as there are slots.</param>
    public abstract void Evaluate(ReadOnlySpan<float> weights, WeightLayout layout, Span<float> destination);
}

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

/// <summary>A family on its way to being fitted: it is shown the training models one by one where it asks for them.</summary>
internal abstract class FeatureLearner
{
    /// <summary>Whether it has to see the training models at all.</summary>
    public abstract bool NeedsModels { get; }

    /// <summary>Shows it one model; the weights are finite and valid during the call.</summary>
    public virtual void Accept(ReadOnlySpan<float> weights, WeightLayout layout)
    {
    }

    /// <summary>The fitted family, for one layout.</summary>
    public abstract FeatureBlock Finish();
}

/// <summary>A family that has nothing to learn: its block is known beforehand.</summary>
internal sealed class FittedLearner(FeatureBlock block) : FeatureLearner
{
    public override bool NeedsModels => false;

    public override FeatureBlock Finish() => block;
}

/// <summary>Families side by side, for models of one layout.</summary>
internal sealed class LayoutVectorization : Vectorization
{
    private readonly FeatureBlock[] _blocks;
    private readonly bool _includeBiases;
    private readonly string[] _slots;

    public LayoutVectorization(WeightLayout layout, bool includeBiases, IEnumerable<FeatureBlock> blocks)
    {
        Layout = layout;
        _includeBiases = includeBiases;
        _blocks = [.. blocks];
        _slots = [.. _blocks.SelectMany(block => block.Slots)];
    }

    public override WeightLayout Layout { get; }

    public override IReadOnlyList<string> Slots => _slots;

    public override VectorEvaluator CreateEvaluator() => new Evaluator(_blocks);

    public override void Write(BinaryWriter writer)
    {
        writer.Write(Layout.ToJson());
        writer.Write(_includeBiases);
        writer.Write(_blocks.Length);
        foreach (FeatureBlock block in _blocks)
        {
            writer.Write((int)block.Family);
            block.Write(writer);
        }
    }

    private sealed class Evaluator(FeatureBlock[] blocks) : VectorEvaluator
    {
        private readonly VectorEvaluator[] _evaluators = Array.ConvertAll(blocks, block => block.CreateEvaluator());

        public override void Evaluate(ReadOnlySpan<float> weights, WeightLayout layout, Span<float> destination)
        {
            int offset = 0;
            for (int i = 0; i < blocks.Length; i++)
            {
                int count = blocks[i].Slots.Count;
                _evaluators[i].Evaluate(weights, layout, destination.Slice(offset, count));
                offset += count;
            }
        }
    }
}
