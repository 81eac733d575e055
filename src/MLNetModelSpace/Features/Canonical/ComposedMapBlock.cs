using System.Numerics.Tensors;

namespace MLNetModelSpace.Features;

/// <summary>
/// The composed map M = D·E of a network (<see cref="TwoFactorForm"/>): its diagonal and its residuals ‖Mu − u‖² where it maps a
/// space to itself, its response uᵀMv to fixed directions, all its entries where they are few, and the offset that biases add.
/// Invariant under permutation and scaling of hidden units, and under any invertible map of a linear network's code.
/// </summary>
internal sealed class ComposedMapBlock(WeightLayout layout, int directions, int seed) : CanonicalBlock(layout, directions, seed)
{
    /// <summary>Up to so many entries are given one by one.</summary>
    private const int FewEntries = 4096;

    private readonly WeightLayout _layout = layout;

    public override WeightFeatures Family => WeightFeatures.ComposedMap;

    public override VectorEvaluator CreateEvaluator() => new Evaluator(Chain, Directions, Seed);

    protected override IEnumerable<string> NameSlots()
    {
        var form = new TwoFactorForm(NetworkChain.Of(_layout));
        bool square = form.Inputs == form.Outputs;
        var directions = new FixedDirections(form.Inputs, Directions, Seed);
        for (int i = 0; square && i < form.Inputs; i++)
            yield return $"composed diag[{i}]";
        for (int i = 0; i < Directions; i++)
            yield return $"composed response {directions.NameOf(i)}";
        for (int i = 0; square && i < Directions; i++)
            yield return $"composed residual {directions.NameOf(i)}";
        for (int i = 0; HasEntries(form) && i < form.Outputs * form.Inputs; i++)
            yield return $"composed[{i / form.Inputs},{i % form.Inputs}]";
        for (int i = 0; i < form.Outputs; i++)
            yield return $"composed offset[{i}]";
    }

    private static bool HasEntries(TwoFactorForm form) => (long)form.Inputs * form.Outputs <= FewEntries;

    private sealed class Evaluator : VectorEvaluator
    {
        private readonly TwoFactorForm _form;
        private readonly FixedDirections _reads;
        private readonly FixedDirections _writes;
        private readonly double[] _image;
        private readonly double[] _entries;
        private readonly double[] _diagonal;

        public Evaluator(NetworkChain chain, int directions, int seed)
        {
            _form = new TwoFactorForm(chain);
            _reads = new FixedDirections(_form.Inputs, directions, seed);
            _writes = _form.Inputs == _form.Outputs ? _reads : new FixedDirections(_form.Outputs, directions, seed);
            _image = new double[_form.Outputs];
            _diagonal = _form.Inputs == _form.Outputs ? new double[_form.Inputs] : [];
            _entries = HasEntries(_form) ? new double[_form.Outputs * _form.Inputs] : [];
        }

        public override void Evaluate(ReadOnlySpan<float> weights, WeightLayout layout, Span<float> destination)
        {
            _form.Compute(weights);
            ComputeDiagonal();
            FeatureColumns.Narrow(_diagonal, destination);
            int at = _diagonal.Length;
            Span<float> responses = destination.Slice(at, _reads.Count);
            at += _reads.Count;
            Span<float> residuals = _diagonal.Length > 0 ? destination.Slice(at, _reads.Count) : default;
            at += residuals.Length;
            for (int i = 0; i < _reads.Count; i++)
            {
                Map(_reads[i]);
                responses[i] = FeatureColumns.Narrow(TensorPrimitives.Dot<double>(_writes[i], _image));
                if (residuals.Length == 0)
                    continue;
                double distance = TensorPrimitives.Distance(_reads[i], _image);
                residuals[i] = FeatureColumns.Narrow(distance * distance);
            }

            ComputeEntries();
            FeatureColumns.Narrow(_entries, destination[at..]);
            FeatureColumns.Narrow(_form.Offset, destination[(at + _entries.Length)..]);
        }

        private void Map(ReadOnlySpan<double> direction)
        {
            _image.AsSpan().Clear();
            for (int unit = 0; unit < _form.Units; unit++)
                TwoFactorForm.AddScaled(_form.Outgoing(unit), TensorPrimitives.Dot(_form.Incoming(unit), direction), _image);
        }

        private void ComputeDiagonal()
        {
            _diagonal.AsSpan().Clear();
            if (_diagonal.Length == 0)
                return;
            for (int unit = 0; unit < _form.Units; unit++)
                TensorPrimitives.MultiplyAdd(_form.Incoming(unit), _form.Outgoing(unit), _diagonal, _diagonal);
        }

        private void ComputeEntries()
        {
            _entries.AsSpan().Clear();
            if (_entries.Length == 0)
                return;
            for (int unit = 0; unit < _form.Units; unit++)
            {
                for (int o = 0; o < _form.Outputs; o++)
                    TwoFactorForm.AddScaled(_form.Incoming(unit), _form.Outgoing(unit)[o], _entries.AsSpan(o * _form.Inputs, _form.Inputs));
            }
        }
    }
}

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
            ReadOnlySpan<float> own = _form.Compute(weights);
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
                _chain.Layout.Slice(own, _chain.Layers[^1].Bias).CopyTo(destination[(_map.Length + _write.Length)..]);
        }
    }
}
