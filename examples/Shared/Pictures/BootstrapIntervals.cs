namespace Examples;

/// <summary>95% intervals by drawing again, with replacement, from what was seen (Efron's percentile interval).</summary>
internal static class BootstrapIntervals
{
    private const int Draws = 1000;

    /// <summary>The mean and its interval; NaN where there is nothing.</summary>
    public static Estimate Mean(IReadOnlyList<double> values, int seed)
    {
        if (values.Count == 0)
            return new Estimate(double.NaN, double.NaN, double.NaN);
        (double lower, double upper) = Interval(seed, random =>
        {
            double sum = 0;
            for (int i = 0; i < values.Count; i++)
                sum += values[random.Next(values.Count)];
            return sum / values.Count;
        });
        return new Estimate(values.Average(), lower, upper);
    }

    /// <summary>The middle 95% of what is drawn; draws that are no number do not count.</summary>
    public static (double Lower, double Upper) Interval(int seed, Func<Random, double> draw)
    {
        var random = new Random(seed);
        double[] drawn = [.. Enumerable.Range(0, Draws).Select(_ => draw(random)).Where(double.IsFinite).Order()];
        return drawn.Length == 0 ? (double.NaN, double.NaN) : (At(0.025), At(0.975));

        double At(double share) => drawn[(int)Math.Round(share * (drawn.Length - 1))];
    }
}
