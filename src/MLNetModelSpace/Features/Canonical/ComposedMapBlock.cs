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
