namespace MLNetModelSpace.Embedding;

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
