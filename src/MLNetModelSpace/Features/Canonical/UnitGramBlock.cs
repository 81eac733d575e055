using System.Numerics.Tensors;

namespace MLNetModelSpace.Features;

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
