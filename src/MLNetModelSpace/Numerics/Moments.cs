using System.Numerics;

namespace MLNetModelSpace.Numerics;

/// <summary>Moments and norms of a set of finite numbers, in double precision and two passes.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Variance">The mean squared deviation (divided by n).</param>
/// <param name="Skewness">The third standardised moment; 0 where the variance is 0.</param>
/// <param name="Kurtosis">The fourth standardised moment less 3; 0 where the variance is 0.</param>
/// <param name="L1">The sum of magnitudes.</param>
/// <param name="L2">The root of the sum of squares.</param>
internal readonly record struct Moments(double Mean, double Variance, double Skewness, double Kurtosis, double L1, double L2)
{
    /// <summary>Computes them; at least one number.</summary>
    public static Moments Of(ReadOnlySpan<float> values)
    {
        int n = values.Length;
        (double sum, double magnitude, double squares) = Sums(values);
        double mean = sum / n;
        (double second, double third, double fourth) = Central(values, mean);
        double variance = second / n;
        // Below the rounding of the mean itself a spread means nothing.
        if (variance <= 1e-30 * mean * mean || variance == 0)
            return new Moments(mean, 0, 0, 0, magnitude, Math.Sqrt(squares));
        double skewness = third / n / (variance * Math.Sqrt(variance));
        double kurtosis = (fourth / n / (variance * variance)) - 3;
        return new Moments(
            mean, variance, double.IsFinite(skewness) ? skewness : 0, double.IsFinite(kurtosis) ? kurtosis : 0, magnitude, Math.Sqrt(squares));
    }

    private static (double Sum, double Magnitude, double Squares) Sums(ReadOnlySpan<float> values)
    {
        Vector<double> sum = default, magnitude = default, squares = default;
        int width = Vector<float>.Count;
        int i = 0;
        for (; i <= values.Length - width; i += width)
        {
            Vector.Widen(new Vector<float>(values[i..]), out Vector<double> low, out Vector<double> high);
            sum += low + high;
            magnitude += Vector.Abs(low) + Vector.Abs(high);
            squares += (low * low) + (high * high);
        }

        (double a, double b, double c) = (Vector.Sum(sum), Vector.Sum(magnitude), Vector.Sum(squares));
        for (; i < values.Length; i++)
        {
            double value = values[i];
            a += value;
            b += Math.Abs(value);
            c += value * value;
        }

        return (a, b, c);
    }

    private static (double Second, double Third, double Fourth) Central(ReadOnlySpan<float> values, double mean)
    {
        Vector<double> second = default, third = default, fourth = default;
        var center = new Vector<double>(mean);
        int width = Vector<float>.Count;
        int i = 0;
        for (; i <= values.Length - width; i += width)
        {
            Vector.Widen(new Vector<float>(values[i..]), out Vector<double> low, out Vector<double> high);
            low -= center;
            high -= center;
            Vector<double> lowSquare = low * low, highSquare = high * high;
            second += lowSquare + highSquare;
            third += (lowSquare * low) + (highSquare * high);
            fourth += (lowSquare * lowSquare) + (highSquare * highSquare);
        }

        (double a, double b, double c) = (Vector.Sum(second), Vector.Sum(third), Vector.Sum(fourth));
        for (; i < values.Length; i++)
        {
            double deviation = values[i] - mean;
            double square = deviation * deviation;
            a += square;
            b += square * deviation;
            c += square * square;
        }

        return (a, b, c);
    }
}

/// <summary>What columns are standardised by.</summary>
internal static class ColumnMoments
{
    /// <summary>The mean of every column, and the sum of its squared differences from it.</summary>
    /// <param name="rows">How many, at least one.</param>
    /// <param name="columns">How many.</param>
    /// <param name="copy">Copies the row of a number.</param>
    public static (double[] Mean, double[] Squares) Of(int rows, int columns, Action<int, double[]> copy)
    {
        double[] mean = new double[columns], squares = new double[columns], row = new double[columns];
        for (int i = 0; i < rows; i++)
        {
            copy(i, row);
            for (int j = 0; j < columns; j++)
                mean[j] += row[j];
        }

        for (int j = 0; j < columns; j++)
            mean[j] /= rows;
        for (int i = 0; i < rows; i++)
        {
            copy(i, row);
            for (int j = 0; j < columns; j++)
                squares[j] += (row[j] - mean[j]) * (row[j] - mean[j]);
        }

        return (mean, squares);
    }
}
