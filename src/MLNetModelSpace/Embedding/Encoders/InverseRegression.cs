using System.Numerics.Tensors;

namespace MLNetModelSpace.Embedding;

/// <summary>
/// Estimates a dataset's shares from a model's features by asking which shares explain the features best. The few numbers of which the
/// likelihood consists are linear in the features; the shares are found on the simplex. Learned by <see cref="InverseRegressionLearner"/>.
/// Immutable, so any number of threads may apply it.
/// </summary>
internal sealed class InverseRegression
{
    private const int MaxCount = 1 << 28;
    private const int MaxSweeps = 200;
    private const double Settled = 1e-6;

    private readonly Standardization _standardization;
    private readonly float[] _projection;
    private readonly float[] _offset;
    private readonly ShareMonomials _monomials;
    private readonly float[] _curve;

    /// <summary>A learned estimate.</summary>
    /// <param name="standardization">Of the features.</param>
    /// <param name="monomials">Of the shares.</param>
    /// <param name="projection">[q×D]: coordinates of standardised features in which noise has unit variance.</param>
    /// <param name="offset">[q], subtracted from them.</param>
    /// <param name="curve">[q×monomials]: where datasets lie in these coordinates.</param>
    public InverseRegression(Standardization standardization, ShareMonomials monomials, float[] projection, float[] offset, float[] curve)
    {
        if (offset.Length == 0 || projection.Length != (long)offset.Length * standardization.Count || curve.Length != (long)offset.Length * monomials.Count)
        {
            throw new InvalidDataException(
                $"An inverse regression has {offset.Length} coordinates, {projection.Length} weights and a curve of {curve.Length} numbers; expected {standardization.Count} weights and {monomials.Count} numbers for each coordinate.");
        }

        _standardization = standardization;
        _monomials = monomials;
        _projection = projection;
        _offset = offset;
        _curve = curve;
    }

    public int InputSize => _standardization.Count;

    public int Classes => _monomials.Classes;

    /// <summary>The estimated shares, scaled to unit length.</summary>
    public void Estimate(ReadOnlySpan<float> features, Span<float> direction)
    {
        float[] standardized = new float[features.Length];
        _standardization.Apply(features, standardized);
        double[] coordinates = new double[_offset.Length];
        for (int i = 0; i < coordinates.Length; i++)
            coordinates[i] = TensorPrimitives.Dot<float>(_projection.AsSpan(i * standardized.Length, standardized.Length), standardized) - _offset[i];
        double[] shares = Search(coordinates);
        double norm = TensorPrimitives.Norm<double>(shares);
        for (int i = 0; i < shares.Length; i++)
            direction[i] = (float)(shares[i] / norm);
    }

    public void Write(BinaryWriter writer)
    {
        _standardization.Write(writer);
        writer.Write(_monomials.Classes);
        writer.Write(_monomials.Degree);
        ModelContent.WriteFloats(writer, _projection);
        ModelContent.WriteFloats(writer, _offset);
        ModelContent.WriteFloats(writer, _curve);
    }

    public static InverseRegression Read(BinaryReader reader)
    {
        Standardization standardization = Standardization.Read(reader);
        int classes = ModelContent.ReadCount(reader, "classes", DatasetTargets.MinClasses, ShareMonomials.MaxClasses);
        var monomials = new ShareMonomials(classes, ModelContent.ReadCount(reader, "degree", 1, ShareMonomials.MaxDegree));
        return new InverseRegression(
            standardization, monomials, ModelContent.ReadFloats(reader, "projection", MaxCount), ModelContent.ReadFloats(reader, "offset", MaxCount),
            ModelContent.ReadFloats(reader, "curve", MaxCount));
    }

    /// <summary>The point of the simplex nearest to the coordinates, from whichever of a few starts is nearest to begin with.</summary>
    private double[] Search(double[] coordinates)
    {
        int classes = _monomials.Classes;
        var place = new Place(this, coordinates);
        double[] best = new double[classes], shares = new double[classes];
        double least = double.PositiveInfinity;

        // The middle, the corners and the middles of edges.
        for (int i = -1; i < classes; i++)
        {
            for (int j = i; j < classes; j++)
            {
                if (i < 0 && j >= 0)
                    break;
                shares.AsSpan().Fill(i < 0 ? 1.0 / classes : 0);
                if (i >= 0)
                {
                    shares[i] += 0.5;
                    shares[j] += 0.5;
                }

                double distance = place.MoveTo(shares);
                if (distance < least)
                    (least, best) = (distance, (double[])shares.Clone());
            }
        }

        least = place.MoveTo(best);
        for (int sweep = 0; sweep < MaxSweeps; sweep++)
        {
            double moved = 0;
            for (int i = 0; i < classes; i++)
            {
                for (int j = 0; j < i; j++)
                    moved = Math.Max(moved, Exchange(place, best, i, j, ref least));
            }

            if (moved < Settled)
                break;
        }

        return best;
    }

    /// <summary>Moves share between two classes by a Gauss–Newton step, halved until it helps; says how much was moved.</summary>
    private static double Exchange(Place place, double[] shares, int from, int to, ref double least)
    {
        double step = Math.Clamp(place.Step(shares, from, to), -shares[to], shares[from]);
        for (int halving = 0; halving < 8 && Math.Abs(step) >= Settled; halving++, step /= 2)
        {
            (double before, double beforeTo) = (shares[from], shares[to]);
            shares[from] = Math.Max(before - step, 0);
            shares[to] = Math.Max(beforeTo + step, 0);
            double distance = place.MoveTo(shares);
            if (distance < least)
            {
                least = distance;
                return Math.Abs(step);
            }

            (shares[from], shares[to]) = (before, beforeTo);
            place.MoveTo(shares);
        }

        return 0;
    }

    /// <summary>Shares under trial, and how far their point of the curve is from the coordinates.</summary>
    private sealed class Place(InverseRegression owner, double[] coordinates)
    {
        private readonly double[] _values = new double[owner._monomials.Count];
        private readonly double[] _slopes = new double[owner._monomials.Count];
        private readonly double[] _gap = new double[coordinates.Length];

        /// <summary>The squared distance there.</summary>
        public double MoveTo(ReadOnlySpan<double> shares)
        {
            owner._monomials.Evaluate(shares, _values);
            double sum = 0;
            for (int i = 0; i < _gap.Length; i++)
            {
                _gap[i] = Apply(i, _values) - coordinates[i];
                sum += _gap[i] * _gap[i];
            }

            return sum;
        }

        /// <summary>How much of a share to move so that the distance, linearised, is least.</summary>
        public double Step(ReadOnlySpan<double> shares, int from, int to)
        {
            owner._monomials.Differentiate(shares, from, to, _slopes);
            double against = 0, square = 0;
            for (int i = 0; i < _gap.Length; i++)
            {
                double slope = Apply(i, _slopes);
                against += slope * _gap[i];
                square += slope * slope;
            }

            return square > 0 ? -against / square : 0;
        }

        private double Apply(int coordinate, double[] values)
        {
            ReadOnlySpan<float> row = owner._curve.AsSpan(coordinate * values.Length, values.Length);
            double sum = 0;
            for (int i = 0; i < values.Length; i++)
                sum += row[i] * values[i];
            return sum;
        }
    }
}

/// <summary>
/// The monomials of one degree in a dataset's shares. As shares sum to one, those of degree d span all polynomials up to degree d.
/// Immutable.
/// </summary>
internal sealed class ShareMonomials
{
    public const int MaxClasses = 256;
    public const int MaxDegree = 3;

    private readonly int[] _factors;

    public ShareMonomials(int classes, int degree)
    {
        (Classes, Degree) = (classes, degree);
        Count = CountOf(classes, degree);
        _factors = new int[Count * degree];
        Span<int> current = stackalloc int[degree];
        current.Clear();
        for (int i = 0; i < Count; i++)
        {
            current.CopyTo(_factors.AsSpan(i * degree));
            int last = degree - 1;
            while (last > 0 && current[last] == classes - 1)
                last--;
            current[last..].Fill(current[last] + 1);
        }
    }

    public int Classes { get; }

    public int Degree { get; }

    public int Count { get; }

    /// <summary>The highest degree whose monomials a number of models can tell apart: ten models for each; at least 1.</summary>
    public static ShareMonomials For(int classes, int models)
    {
        int degree = MaxDegree;
        while (degree > 1 && 10L * CountOf(classes, degree) > models)
            degree--;
        return new ShareMonomials(classes, degree);
    }

    /// <summary>The monomials at a point.</summary>
    public void Evaluate(ReadOnlySpan<double> shares, Span<double> values)
    {
        for (int i = 0; i < Count; i++)
        {
            double product = 1;
            foreach (int factor in _factors.AsSpan(i * Degree, Degree))
                product *= shares[factor];
            values[i] = product;
        }
    }

    /// <summary>Their slopes as share moves from one class to another.</summary>
    public void Differentiate(ReadOnlySpan<double> shares, int from, int to, Span<double> slopes)
    {
        for (int i = 0; i < Count; i++)
        {
            ReadOnlySpan<int> factors = _factors.AsSpan(i * Degree, Degree);
            double slope = 0;
            for (int along = 0; along < factors.Length; along++)
            {
                if (factors[along] != from && factors[along] != to)
                    continue;
                double product = factors[along] == to ? 1 : -1;
                for (int other = 0; other < factors.Length; other++)
                    product *= other == along ? 1 : shares[factors[other]];
                slope += product;
            }

            slopes[i] = slope;
        }
    }

    private static int CountOf(int classes, int degree) => degree switch
    {
        1 => classes,
        2 => classes * (classes + 1) / 2,
        _ => classes * (classes + 1) * (classes + 2) / 6,
    };
}
