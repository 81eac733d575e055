using System.Numerics;

namespace MLNetModelSpace.Numerics;

/// <summary>Quantiles with linear interpolation between ranks (NumPy's default, type 7 of Hyndman and Fan, 1996).</summary>
internal static class Quantiles
{
    /// <summary>One quantile of numbers in any order, which are copied.</summary>
    /// <param name="values">At least one number.</param>
    /// <param name="fraction">0 to 1.</param>
    public static double Of(ReadOnlySpan<double> values, double fraction)
    {
        double[] sorted = values.ToArray();
        Array.Sort(sorted);
        return OfSorted<double>(sorted, fraction * (sorted.Length - 1));
    }

    /// <summary>The value at a place among sorted numbers.</summary>
    /// <param name="sorted">At least one number, ascending.</param>
    /// <param name="place">0 for the least to the count less one for the largest; between two ranks their values are interpolated.</param>
    public static double OfSorted<T>(ReadOnlySpan<T> sorted, double place)
        where T : INumber<T>
    {
        int rank = (int)place;
        double part = place - rank;
        double low = double.CreateChecked(sorted[rank]), high = part > 0 ? double.CreateChecked(sorted[rank + 1]) : low;

        // Equal neighbours and an infinite one first: their difference would be no number.
        return low == high || double.IsInfinity(low) ? low : low + (part * (high - low));
    }
}
