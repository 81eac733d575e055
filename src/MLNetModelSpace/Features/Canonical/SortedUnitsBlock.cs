using System.Numerics.Tensors;

namespace MLNetModelSpace.Features;

/// <summary>A canonical form of a chain of layers: numbers that the network's symmetries leave as they are.</summary>
internal abstract class CanonicalBlock(WeightLayout layout, int directions, int seed) : FeatureBlock
{
    private string[]? _slots;

    public sealed override IReadOnlyList<string> Slots => _slots ??= [.. NameSlots()];

    protected NetworkChain Chain { get; } = NetworkChain.Of(layout);

    protected int Directions => directions;

    protected int Seed => seed;

    public override void Write(BinaryWriter writer)
    {
        writer.Write(directions);
        writer.Write(seed);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static (int Directions, int Seed) ReadOptions(BinaryReader reader) =>
        (ModelContent.ReadCount(reader, "directions", 1, VectorizeWeightsEstimator.Options.CanonicalOptions.MaxDirections), reader.ReadInt32());

    protected abstract IEnumerable<string> NameSlots();
}

/// <summary>
/// The hidden units one by one, balanced and sorted by strength (the product of the lengths of what they read and write): strength,
/// bias, the cosine between reading and writing where these have one space, and projections of both on fixed directions.
/// Invariant under permutation and positive scaling of hidden units, where no two are equally strong.
/// </summary>
internal sealed class SortedUnitsBlock(WeightLayout layout, int directions, int seed) : CanonicalBlock(layout, directions, seed)
{
    public override WeightFeatures Family => WeightFeatures.SortedUnits;

    public override VectorEvaluator CreateEvaluator() => new Evaluator(Chain, Directions, Seed);

    protected override IEnumerable<string> NameSlots()
    {
        var form = new TwoFactorForm(Chain);
        var reads = new FixedDirections(form.Inputs, Directions, Seed);
        var writes = new FixedDirections(form.Outputs, Directions, Seed);
        for (int unit = 0; unit < form.Units; unit++)
        {
            yield return $"unit {unit} strength";
            yield return $"unit {unit} bias";
            if (form.Inputs == form.Outputs)
                yield return $"unit {unit} cosine";
            for (int i = 0; i < Directions; i++)
                yield return $"unit {unit} read {reads.NameOf(i)}";
            for (int i = 0; i < Directions; i++)
                yield return $"unit {unit} write {writes.NameOf(i)}";
        }
    }

    private sealed class Evaluator : VectorEvaluator
    {
        private readonly TwoFactorForm _form;
        private readonly FixedDirections _reads;
        private readonly FixedDirections _writes;
        private readonly double[] _strengths;
        private readonly double[] _keys;
        private readonly int[] _order;
        private readonly double[] _projections;

        public Evaluator(NetworkChain chain, int directions, int seed)
        {
            _form = new TwoFactorForm(chain);
            _reads = new FixedDirections(_form.Inputs, directions, seed);
            _writes = _form.Inputs == _form.Outputs ? _reads : new FixedDirections(_form.Outputs, directions, seed);
            _strengths = new double[_form.Units];
            _keys = new double[_form.Units];
            _order = new int[_form.Units];
            _projections = new double[directions];
        }

        public override void Evaluate(ReadOnlySpan<float> weights, WeightLayout layout, Span<float> destination)
        {
            _form.Compute(weights);
            _form.Balance(_strengths);
            for (int unit = 0; unit < _order.Length; unit++)
                (_keys[unit], _order[unit]) = (-_strengths[unit], unit);
            _keys.AsSpan().Sort(_order.AsSpan());
            int at = 0;
            foreach (int unit in _order)
            {
                double strength = _strengths[unit];
                destination[at++] = FeatureColumns.Narrow(strength);
                destination[at++] = FeatureColumns.Narrow(_form.Biases[unit]);
                if (_form.Inputs == _form.Outputs)
                    destination[at++] = strength > 0 ? FeatureColumns.Narrow(TensorPrimitives.Dot<double>(_form.Incoming(unit), _form.Outgoing(unit)) / strength) : 0;
                _reads.Project(_form.Incoming(unit), _projections);
                FeatureColumns.Narrow(_projections, destination[at..]);
                at += _projections.Length;
                _writes.Project(_form.Outgoing(unit), _projections);
                FeatureColumns.Narrow(_projections, destination[at..]);
                at += _projections.Length;
            }
        }
    }
}

/// <summary>
/// Gram matrices of what balanced units read and write, Σ_c e_c e_cᵀ and Σ_c d_c d_cᵀ: their diagonals and their quadratic forms on
/// fixed directions; with the sums Σ_c ‖d_c‖ e_c, Σ_c ‖e_c‖ d_c and Σ_c b_c d_c. Invariant under permutation and positive scaling of
/// hidden units.
/// </summary>
internal sealed class UnitGramBlock(WeightLayout layout, int directions, int seed) : CanonicalBlock(layout, directions, seed)
{
    public override WeightFeatures Family => WeightFeatures.UnitGram;

    public override VectorEvaluator CreateEvaluator() => new Evaluator(Chain, Directions, Seed);

    protected override IEnumerable<string> NameSlots()
    {
        var form = new TwoFactorForm(Chain);
        foreach ((string side, int length) in new[] { ("read", form.Inputs), ("write", form.Outputs) })
        {
            var directions = new FixedDirections(length, Directions, Seed);
            for (int i = 0; i < length; i++)
                yield return $"{side} gram diag[{i}]";
            for (int i = 0; i < Directions; i++)
                yield return $"{side} gram {directions.NameOf(i)}";
            for (int i = 0; i < length; i++)
                yield return $"{side} sum[{i}]";
        }

        for (int i = 0; i < form.Outputs; i++)
            yield return $"bias sum[{i}]";
    }

    private sealed class Evaluator : VectorEvaluator
    {
        private readonly TwoFactorForm _form;
        private readonly FixedDirections _reads;
        private readonly FixedDirections _writes;
        private readonly double[] _strengths;
        private readonly double[] _sum;
        private readonly double[] _forms;

        public Evaluator(NetworkChain chain, int directions, int seed)
        {
            _form = new TwoFactorForm(chain);
            _reads = new FixedDirections(_form.Inputs, directions, seed);
            _writes = _form.Inputs == _form.Outputs ? _reads : new FixedDirections(_form.Outputs, directions, seed);
            _strengths = new double[_form.Units];
            _sum = new double[Math.Max(_form.Inputs, _form.Outputs)];
            _forms = new double[directions];
        }

        public override void Evaluate(ReadOnlySpan<float> weights, WeightLayout layout, Span<float> destination)
        {
            _form.Compute(weights);
            _form.Balance(_strengths);
            int at = Fill(_form.AllIncoming, _reads, destination);
            at += Fill(_form.AllOutgoing, _writes, destination[at..]);
            Span<double> sum = _sum.AsSpan(0, _form.Outputs);
            sum.Clear();
            for (int unit = 0; unit < _form.Units; unit++)
                TwoFactorForm.AddScaled(_form.Outgoing(unit), _form.Biases[unit], sum);
            FeatureColumns.Narrow(sum, destination[at..]);
        }

        private int Fill(ReadOnlySpan<double> rows, FixedDirections directions, Span<float> destination)
        {
            int length = directions.Length;
            Span<double> sum = _sum.AsSpan(0, length);
            sum.Clear();
            for (int unit = 0; unit < _form.Units; unit++)
            {
                ReadOnlySpan<double> row = rows.Slice(unit * length, length);
                TensorPrimitives.MultiplyAdd(row, row, sum, sum);
            }

            FeatureColumns.Narrow(sum, destination);
            for (int i = 0; i < directions.Count; i++)
            {
                double form = 0;
                for (int unit = 0; unit < _form.Units; unit++)
                {
                    double along = TensorPrimitives.Dot(rows.Slice(unit * length, length), directions[i]);
                    form += along * along;
                }

                _forms[i] = form;
            }

            FeatureColumns.Narrow(_forms, destination[length..]);
            sum.Clear();
            for (int unit = 0; unit < _form.Units; unit++)
            {
                // Balanced units are equally long on both sides: √strength.
                TwoFactorForm.AddScaled(rows.Slice(unit * length, length), Math.Sqrt(_strengths[unit]), sum);
            }

            FeatureColumns.Narrow(sum, destination[(length + directions.Count)..]);
            return (2 * length) + directions.Count;
        }
    }
}
