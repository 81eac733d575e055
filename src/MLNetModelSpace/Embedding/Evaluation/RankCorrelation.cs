using MathNet.Numerics.Statistics;

namespace MLNetModelSpace.Embedding;

/// <summary>
/// Correlations of two samples: Pearson's, Spearman's (tied ranks averaged) and Kendall's τ-b in O(n log n), by Knight's
/// method. Where one sample is constant there is nothing to correlate and the value is 0, never NaN. Thread-safe.
/// </summary>
internal static class RankCorrelation
{
    /// <summary>Pearson's linear correlation.</summary>
    /// <exception cref="ArgumentException">Fewer than two values, or samples of different sizes.</exception>
    public static double Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Check(x, y);
        return IsConstant(x) || IsConstant(y) ? 0 : Math.Clamp(Correlation.Pearson(x.ToArray(), y.ToArray()), -1, 1);
    }

    /// <summary>Spearman's rank correlation; ties get their mean rank.</summary>
    /// <exception cref="ArgumentException">Fewer than two values, or samples of different sizes.</exception>
    public static double Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Check(x, y);
        return IsConstant(x) || IsConstant(y) ? 0 : Math.Clamp(Correlation.Spearman(x.ToArray(), y.ToArray()), -1, 1);
    }

    /// <summary>Kendall's τ-b.</summary>
    /// <exception cref="ArgumentException">Fewer than two values, or samples of different sizes.</exception>
    public static double Kendall(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Check(x, y);
        int n = x.Length;
        double[] xs = x.ToArray(), ys = y.ToArray();
        int[] order = new int[n];
        for (int i = 0; i < n; i++)
            order[i] = i;
        Array.Sort(order, (a, b) => xs[a] != xs[b] ? xs[a].CompareTo(xs[b]) : ys[a].CompareTo(ys[b]));
        double[] sorted = new double[n];
        double tiedX = 0, tiedBoth = 0;
        for (int i = 0, runX = 1, runBoth = 1; i < n; i++)
        {
            sorted[i] = ys[order[i]];
            bool last = i == n - 1;
            bool sameX = !last && xs[order[i]] == xs[order[i + 1]];
            bool sameBoth = sameX && ys[order[i]] == ys[order[i + 1]];
            (tiedX, runX) = sameX ? (tiedX, runX + 1) : (tiedX + Pairs(runX), 1);
            (tiedBoth, runBoth) = sameBoth ? (tiedBoth, runBoth + 1) : (tiedBoth + Pairs(runBoth), 1);
        }

        double swaps = MergeSort(sorted, new double[n]);
        double tiedY = 0;
        for (int i = 0, run = 1; i < n; i++)
            (tiedY, run) = i < n - 1 && sorted[i] == sorted[i + 1] ? (tiedY, run + 1) : (tiedY + Pairs(run), 1);
        double all = Pairs(n);
        double scale = Math.Sqrt(all - tiedX) * Math.Sqrt(all - tiedY);
        return scale == 0 ? 0 : Math.Clamp((all - tiedX - tiedY + tiedBoth - (2 * swaps)) / scale, -1, 1);
    }

    private static double Pairs(double count) => count * (count - 1) / 2;

    private static bool IsConstant(ReadOnlySpan<double> values) => values.IndexOfAnyExcept(values[0]) < 0;

    /// <summary>Sorts and returns the number of exchanges that neighbours would need.</summary>
    private static double MergeSort(double[] values, double[] buffer)
    {
        double swaps = 0;
        for (int width = 1; width < values.Length; width *= 2)
        {
            for (int start = 0; start < values.Length; start += 2 * width)
            {
                int middle = Math.Min(start + width, values.Length), end = Math.Min(start + (2 * width), values.Length);
                int left = start, right = middle;
                for (int k = start; k < end; k++)
                {
                    if (left < middle && (right >= end || values[left] <= values[right]))
                    {
                        buffer[k] = values[left++];
                    }
                    else
                    {
                        swaps += middle - left;
                        buffer[k] = values[right++];
                    }
                }
            }

            Array.Copy(buffer, values, values.Length);
        }

        return swaps;
    }

    private static void Check(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (x.Length != y.Length)
            throw new ArgumentException($"The samples have {x.Length} and {y.Length} values.", nameof(y));
        if (x.Length < 2)
            throw new ArgumentException($"A correlation needs at least 2 values; there are {x.Length}.", nameof(x));
    }
}
