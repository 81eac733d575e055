namespace MLNetModelSpace.Features;

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
