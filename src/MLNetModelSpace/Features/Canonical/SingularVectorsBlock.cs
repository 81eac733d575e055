using System.Numerics.Tensors;

namespace MLNetModelSpace.Features;

/// <summary>
/// Singular values of the composed map D·E, and squared projections of its leading singular vectors, reading and writing, on fixed
/// directions: squares, since singular vectors have no sign. Invariant under any invertible map of a linear network's code, and
/// so under permutation and scaling of hidden units; a vector whose singular value is zero projects to 0.
/// </summary>
internal sealed class SingularVectorsBlock(WeightLayout layout, int directions, int seed) : CanonicalBlock(layout, directions, seed)
{
    private const int MostVectors = 8;

    /// <summary>
    /// Below this part of the largest, a singular value and its vectors are rounding: squaring took half the digits, and the sums over units and pixels one more. A
    /// composed map of a lower rank than its hidden layer has such values (up to 1.5e-7 seen).
    /// </summary>
    private const double Noise = 1e-6;

    public override WeightFeatures Family => WeightFeatures.SingularVectors;

    public override VectorEvaluator CreateEvaluator() => new Evaluator(Chain, Directions, Seed);

    protected override IEnumerable<string> NameSlots()
    {
        var form = new TwoFactorForm(Chain);
        var reads = new FixedDirections(form.Inputs, Directions, Seed);
        var writes = new FixedDirections(form.Outputs, Directions, Seed);
        int rank = RankOf(form);
        for (int i = 0; i < rank; i++)
            yield return $"composed σ{i + 1}";
        for (int v = 0; v < Math.Min(rank, MostVectors); v++)
        {
            for (int i = 0; i < Directions; i++)
                yield return $"composed v{v + 1} {reads.NameOf(i)}";
            for (int i = 0; i < Directions; i++)
                yield return $"composed u{v + 1} {writes.NameOf(i)}";
        }
    }

    private static int RankOf(TwoFactorForm form) => Math.Min(form.Units, Math.Min(form.Inputs, form.Outputs));

    private sealed class Evaluator : VectorEvaluator
    {
        private readonly TwoFactorForm _form;
        private readonly FixedDirections _reads;
        private readonly FixedDirections _writes;
        private readonly int _rank;
        private readonly double[] _square;
        private readonly double[] _values;
        private readonly double[] _vectors;
        private readonly double[] _work;
        private readonly double[] _rows;
        private readonly double[] _read;
        private readonly double[] _write;
        private readonly double[] _projections;

        public Evaluator(NetworkChain chain, int directions, int seed)
        {
            _form = new TwoFactorForm(chain);
            _reads = new FixedDirections(_form.Inputs, directions, seed);
            _writes = _form.Inputs == _form.Outputs ? _reads : new FixedDirections(_form.Outputs, directions, seed);
            _rank = RankOf(_form);
            int units = _form.Units;
            _square = new double[units * units];
            _values = new double[units];
            _vectors = new double[units * units];
            _work = new double[2 * units];
            _rows = new double[units * _form.Inputs];
            _read = new double[_form.Inputs];
            _write = new double[_form.Outputs];
            _projections = new double[directions];
        }

        public override void Evaluate(ReadOnlySpan<float> weights, WeightLayout layout, Span<float> destination)
        {
            _form.Compute(weights);
            Decompose();
            double largest = Math.Sqrt(Math.Max(0, _values[0]));
            for (int i = 0; i < _rank; i++)
                destination[i] = FeatureColumns.Narrow(Math.Sqrt(Math.Max(0, _values[i])));
            int at = _rank;
            for (int v = 0; v < Math.Min(_rank, MostVectors); v++)
            {
                double value = Math.Sqrt(Math.Max(0, _values[v]));
                ComputeVectors(v, value > Noise * largest ? value : 0);
                at += Project(_reads, _read, destination[at..]);
                at += Project(_writes, _write, destination[at..]);
            }
        }

        /// <summary>
        /// With DᵀD = UΛUᵀ and B = Λ^½UᵀE, BᵀB is (DE)ᵀDE: the eigenvalues of the small BBᵀ are the squared singular values, and
        /// Bᵀ takes its eigenvectors to the right singular vectors.
        /// </summary>
        private void Decompose()
        {
            int units = _form.Units;
            FillGram(_form.AllOutgoing, _form.Outputs);
            SymmetricEigen.Decompose(_square, _values, _vectors, _work);
            _rows.AsSpan().Clear();
            for (int i = 0; i < units; i++)
            {
                double root = Math.Sqrt(Math.Max(0, _values[i]));
                Span<double> row = _rows.AsSpan(i * _form.Inputs, _form.Inputs);
                for (int unit = 0; unit < units; unit++)
                    TwoFactorForm.AddScaled(_form.Incoming(unit), root * _vectors[(i * units) + unit], row);
            }

            FillGram(_rows, _form.Inputs);
            SymmetricEigen.Decompose(_square, _values, _vectors, _work);
        }

        private void FillGram(ReadOnlySpan<double> rows, int length)
        {
            int units = _form.Units;
            for (int i = 0; i < units; i++)
            {
                for (int j = i; j < units; j++)
                {
                    double dot = TensorPrimitives.Dot(rows.Slice(i * length, length), rows.Slice(j * length, length));
                    _square[(i * units) + j] = _square[(j * units) + i] = dot;
                }
            }
        }

        private void ComputeVectors(int index, double value)
        {
            int units = _form.Units;
            _read.AsSpan().Clear();
            _write.AsSpan().Clear();
            if (value == 0)
                return;
            for (int i = 0; i < units; i++)
                TwoFactorForm.AddScaled(_rows.AsSpan(i * _form.Inputs, _form.Inputs), _vectors[(index * units) + i] / value, _read);
            for (int unit = 0; unit < units; unit++)
                TwoFactorForm.AddScaled(_form.Outgoing(unit), TensorPrimitives.Dot<double>(_form.Incoming(unit), _read) / value, _write);
        }

        private int Project(FixedDirections directions, ReadOnlySpan<double> vector, Span<float> destination)
        {
            directions.Project(vector, _projections);
            TensorPrimitives.Multiply(_projections, _projections, _projections);
            FeatureColumns.Narrow(_projections, destination);
            return _projections.Length;
        }
    }
}
