using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Random;

namespace MLNetModelSpace.Theory;

/// <summary>Checks on samples, and the standardising and jitter that come before any search for neighbours.</summary>
internal static class PairedSamples
{
    internal static void Check(Matrix<double> x, Matrix<double> y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        if (x.RowCount != y.RowCount)
        {
            throw new ArgumentException($"x has {x.RowCount} rows, y has {y.RowCount}: they are samples of a pair.", nameof(y));
        }

        Check(x, nameof(x));
        Check(y, nameof(y));
    }

    internal static void Check(Matrix<double> samples, string name)
    {
        if (samples.RowCount < 2)
        {
            throw new ArgumentException($"At least 2 samples are needed; there is {samples.RowCount}.", name);
        }

        InformationGuard.Finite(samples, name);
        InformationGuard.NoConstantColumn(samples, name);
    }

    internal static void CheckNeighbors(int count, int neighbors, string name)
    {
        if (neighbors >= count)
        {
            throw new ArgumentException($"{neighbors} neighbours need more than {neighbors} samples; there are {count}.", name);
        }
    }

    /// <summary>
    /// Row-major copy with every column at mean 0 and variance 1, which no mutual information depends on but which makes distances
    /// of different columns comparable, and with the jitter added.
    /// </summary>
    internal static double[] Standardize(Matrix<double> samples, double jitter, int seed, int stream)
    {
        int n = samples.RowCount, d = samples.ColumnCount;
        var rows = new double[n * d];
        for (int j = 0; j < d; j++)
        {
            var column = samples.Column(j);
            double mean = column.Sum() / n;

            // Scaled by the largest deviation first, so that squares neither overflow nor vanish.
            double largest = column.Max(value => Math.Abs(value - mean));
            double variance = column.Sum(value => (value - mean) / largest * ((value - mean) / largest)) / n;
            double scale = 1 / Math.Sqrt(variance);
            for (int i = 0; i < n; i++)
            {
                rows[(i * d) + j] = (column[i] - mean) / largest * scale;
            }
        }

        if (jitter > 0)
        {
            var random = new Xoshiro256StarStar(SplitMix.SeedOf(seed, stream), threadSafe: false);
            for (int i = 0; i < rows.Length; i++)
            {
                rows[i] += jitter * Normal(random);
            }
        }

        return rows;
    }

    /// <summary>A standard normal number by Box and Muller.</summary>
    internal static double Normal(RandomSource random)
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
        return radius * Math.Cos(2 * Math.PI * random.NextDouble());
    }
}
