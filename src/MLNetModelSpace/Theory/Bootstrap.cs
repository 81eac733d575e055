using MathNet.Numerics.Distributions;
using MathNet.Numerics.Random;

namespace MLNetModelSpace.Theory;

/// <summary>Bootstrap intervals, the same on any number of threads: every replicate has its own generator.</summary>
internal static class Bootstrap
{
    /// <summary>The largest subsample; beyond it the spread at n is scaled from the spread at this size.</summary>
    private const int MaxSubsample = 1000;

    /// <summary>How many subsamples: the interval's width then has a relative error of 9%, which Student's t allows for.</summary>
    private const int Subsamples = 64;

    /// <summary>The value of a statistic on the rows of one resample.</summary>
    internal delegate double Statistic(ReadOnlySpan<int> rows);

    /// <summary>The percentile interval of a statistic: right where it is a mean over rows.</summary>
    internal static (double Lower, double Upper) Percentile(int count, Statistic statistic, EstimationOptions options)
    {
        double[] values = Replicates(count, statistic, options);
        double tail = (1 - options.Confidence) / 2;
        return (Quantiles.OfSorted<double>(values, tail * (values.Length - 1)), Quantiles.OfSorted<double>(values, (1 - tail) * (values.Length - 1)));
    }

    /// <summary>The percentile interval of the mean of values, one a row.</summary>
    internal static (double Lower, double Upper) OfMean(double[] values, EstimationOptions options) => Percentile(
        values.Length,
        rows =>
        {
            double sum = 0;
            foreach (int row in rows)
            {
                sum += values[row];
            }

            return sum / rows.Length;
        },
        options);

    /// <summary>
    /// θ ± t·s with s from estimates on random subsamples (Politis, Romano and Wolf, Subsampling, 1999): right for the nearest-neighbour estimators,
    /// which a resample with repeated points breaks, and whose terms depend on each other through shared neighbours.
    /// </summary>
    internal static (double Lower, double Upper) Subsampled(int count, double value, Statistic statistic, EstimationOptions options)
    {
        int size = Math.Clamp(Math.Min(count / 2, MaxSubsample), 2, count);
        if (size == count)
        {
            return (double.NegativeInfinity, double.PositiveInfinity);
        }

        var values = new double[Subsamples];
        InParallel(values.Length, options, () => new int[count], (replicate, rows) =>
        {
            var random = new Xoshiro256StarStar(SplitMix.SeedOf(options.SeedOrZero, replicate), threadSafe: false);
            for (int i = 0; i < count; i++)
            {
                rows[i] = i;
            }

            for (int i = 0; i < size; i++)
            {
                int j = i + random.Next(count - i);
                (rows[i], rows[j]) = (rows[j], rows[i]);
            }

            values[replicate] = statistic(rows.AsSpan(0, size));
        });

        // Drawn without replacement, a subsample of b has the variance (1/b − 1/n)·σ² about the whole; at n it is σ²/n.
        double mean = values.Average();
        double variance = values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1);
        double deviation = Math.Sqrt(variance * size / (count - size));
        double reach = deviation * StudentT.InvCDF(0, 1, values.Length - 1, (1 + options.Confidence) / 2);
        return (value - reach, value + reach);
    }

    private static double[] Replicates(int count, Statistic statistic, EstimationOptions options)
    {
        var values = new double[options.BootstrapReplicates];
        InParallel(values.Length, options, () => new int[count], (replicate, rows) =>
        {
            var random = new Xoshiro256StarStar(SplitMix.SeedOf(options.SeedOrZero, replicate), threadSafe: false);
            for (int i = 0; i < rows.Length; i++)
            {
                rows[i] = random.Next(count);
            }

            values[replicate] = statistic(rows);
        });
        Array.Sort(values);
        return values;
    }

    /// <summary>Runs a body with a buffer of its thread; the first exception comes out plainly.</summary>
    internal static void InParallel<TBuffer>(int count, EstimationOptions options, Func<TBuffer> buffer, Action<int, TBuffer> body) =>
        ParallelLoops.For(count, -1, options.CancellationToken, buffer, body, _ => { });
}
