using System.Numerics.Tensors;

namespace MLNetModelSpace.Features;

/// <summary>
/// The composed map M = D·E of a network (<see cref="TwoFactorForm"/>) between cosines of low frequency, uᵀMv for all pairs of them,
/// the offset that biases add along each, and what a convolution adds to each channel in the end. Classes of images differ most in
/// what is coarse, and few numbers need few training models. Invariant as <see cref="ComposedMapBlock"/> is.
/// </summary>
internal sealed class ComposedCosinesBlock(WeightLayout layout, int cosines) : FeatureBlock
{
    private readonly NetworkChain _chain = NetworkChain.Of(layout);
    private string[]? _slots;

    public override WeightFeatures Family => WeightFeatures.ComposedCosines;

    public override IReadOnlyList<string> Slots => _slots ??= [.. NameSlots()];

    public override VectorEvaluator CreateEvaluator() => new Evaluator(_chain, cosines);

    public override void Write(BinaryWriter writer) => writer.Write(cosines);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static ComposedCosinesBlock Read(BinaryReader reader, WeightLayout layout) =>
        new(layout, ModelContent.ReadCount(reader, "cosines", 1, VectorizeWeightsEstimator.Options.CanonicalOptions.MaxCosines));

    private IEnumerable<string> NameSlots()
    {
        var form = new TwoFactorForm(_chain);
        var reads = FixedDirections.Cosines(form.Inputs, cosines);
        var writes = FixedDirections.Cosines(form.Outputs, cosines);
        for (int o = 0; o < writes.Count; o++)
        {
            for (int i = 0; i < reads.Count; i++)
                yield return $"composed {reads.NameOf(i)}→{writes.NameOf(o)}";
        }

        for (int o = 0; o < writes.Count; o++)
            yield return $"composed offset {writes.NameOf(o)}";
        for (int channel = 0; channel < LastBiases(_chain); channel++)
            yield return $"composed bias[{channel}]";
    }

    /// <summary>The last layer's biases, where they are not in the offset already.</summary>
    private static int LastBiases(NetworkChain chain) =>
        chain.Layers[^1] is { Bias: >= 0, Kind: not ChainLayerKind.Linear } last ? last.Biases : 0;

    private sealed class Evaluator : VectorEvaluator
    {
        private readonly NetworkChain _chain;
        private readonly TwoFactorForm _form;
        private readonly FixedDirections _reads;
        private readonly FixedDirections _writes;
        private readonly double[] _read;
        private readonly double[] _write;
        private readonly double[] _map;

        public Evaluator(NetworkChain chain, int cosines)
        {
            _chain = chain;
            _form = new TwoFactorForm(chain);
            _reads = FixedDirections.Cosines(_form.Inputs, cosines);
            _writes = _form.Inputs == _form.Outputs ? _reads : FixedDirections.Cosines(_form.Outputs, cosines);
            _read = new double[_reads.Count];
            _write = new double[_writes.Count];
            _map = new double[_reads.Count * _writes.Count];
        }

        public override void Evaluate(ReadOnlySpan<float> weights, WeightLayout layout, Span<float> destination)
        {
            _form.Compute(weights);
            _map.AsSpan().Clear();
            for (int unit = 0; unit < _form.Units; unit++)
            {
                _reads.Project(_form.Incoming(unit), _read);
                _writes.Project(_form.Outgoing(unit), _write);
                for (int o = 0; o < _write.Length; o++)
                    TwoFactorForm.AddScaled(_read, _write[o], _map.AsSpan(o * _read.Length, _read.Length));
            }

            FeatureColumns.Narrow(_map, destination);
            _writes.Project(_form.Offset, _write);
            FeatureColumns.Narrow(_write, destination[_map.Length..]);
            if (LastBiases(_chain) > 0)
                _chain.Layout.Slice(weights, _chain.Layers[^1].Bias).CopyTo(destination[(_map.Length + _write.Length)..]);
        }
    }
}
