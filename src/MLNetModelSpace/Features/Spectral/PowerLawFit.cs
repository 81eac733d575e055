using System.Numerics.Tensors;

namespace MLNetModelSpace.Features;

/// <summary>
/// Power law p(x) ∝ x^(−α), x ≥ xmin, fitted to eigenvalues by maximum likelihood for each possible xmin, of which the one with
/// the least Kolmogorov–Smirnov distance is kept (Clauset, Shalizi and Newman, 2009, sections 3.1 and 3.3), with the conventions
/// of WeightWatcher 0.7.5.5: the empirical distribution is compared from the left only, and only eigenvalues above 1e-5 count.
/// </summary>
/// <param name="Alpha">The exponent.</param>
/// <param name="XMin">Where the tail begins.</param>
/// <param name="Distance">The Kolmogorov–Smirnov distance, 0 to 1.</param>
/// <param name="Tail">Eigenvalues in the tail, the largest included.</param>
internal readonly record struct PowerLawFit(double Alpha, double XMin, double Distance, int Tail)
{
    /// <summary>Smaller eigenvalues take no part.</summary>
    public const double Threshold = 1e-5;

    /// <summary>Whether there was anything to fit: at least two different eigenvalues above the threshold.</summary>
    public bool IsFitted => Tail > 0;

    /// <summary>Standard error of the exponent, (α − 1)/√k.</summary>
    public double Sigma => IsFitted ? (Alpha - 1) / Math.Sqrt(Tail) : 0;

    /// <summary>Fits. Time grows with the square of the number of eigenvalues.</summary>
    /// <param name="ascending">Eigenvalues in ascending order.</param>
    /// <param name="work">Twice as many numbers.</param>
    public static PowerLawFit Fit(ReadOnlySpan<double> ascending, Span<double> work)
    {
        int start = 0;
        while (start < ascending.Length && ascending[start] <= Threshold)
            start++;
        ReadOnlySpan<double> x = ascending[start..];
        Span<double> logs = work[..x.Length];
        Span<double> model = work.Slice(ascending.Length, x.Length);
        TensorPrimitives.Log(x, logs);
        var best = new PowerLawFit(0, 0, 1, 0);
        double sum = x.IsEmpty ? 0 : logs[^1];
        for (int i = x.Length - 2; i >= 0; i--)
        {
            int tail = x.Length - i;
            sum += logs[i];
            double spread = sum - (tail * logs[i]);
            double alpha = spread > 0 ? 1 + (tail / spread) : double.PositiveInfinity;
            if (!double.IsFinite(alpha))
                continue;
            double distance = DistanceOf(logs[i..], alpha, model[..tail]);
            // From the right, so a tie goes to the smaller xmin, as it does for a search from the left.
            if (distance <= best.Distance)
                best = new PowerLawFit(alpha, x[i], distance, tail);
        }

        return best;
    }

    /// <summary>The largest |1 − (x/xmin)^(1−α) − j/k|, j = 0…k−1.</summary>
    private static double DistanceOf(ReadOnlySpan<double> logs, double alpha, Span<double> model)
    {
        TensorPrimitives.Subtract(logs, logs[0], model);
        TensorPrimitives.Multiply(model, 1 - alpha, model);
        TensorPrimitives.Exp<double>(model, model);
        double largest = 0;
        double step = 1.0 / model.Length;
        for (int j = 0; j < model.Length; j++)
            largest = Math.Max(largest, Math.Abs(1 - model[j] - (j * step)));
        return largest;
    }
}
