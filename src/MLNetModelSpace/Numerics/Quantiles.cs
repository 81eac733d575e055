using System.Numerics.Tensors;

namespace MLNetModelSpace.Numerics;

/// <summary>
/// Exact quantiles without sorting all: a first pass counts the values in bins of equal width, a second one gathers those bins
/// that hold a wanted rank, and only these are sorted. Owns its buffers: one object a thread.
/// </summary>
internal sealed class Quantiles
{
    private const int MaxBins = 2048;

    private readonly int[] _counts = new int[MaxBins];
    private readonly bool[] _wanted = new bool[MaxBins];
    private float[] _gathered = [];

    /// <summary>Quantiles with linear interpolation between ranks (NumPy's default, type 7 of Hyndman and Fan, 1996).</summary>
    /// <param name="values">At least one finite number.</param>
    /// <param name="percents">0 to 100, ascending.</param>
    /// <param name="destination">Receives one number a percent.</param>
    public void Compute(ReadOnlySpan<float> values, ReadOnlySpan<int> percents, Span<float> destination)
    {
        float least = TensorPrimitives.Min(values), most = TensorPrimitives.Max(values);
        int n = values.Length;
        int bins = Math.Clamp(n / 8, 1, MaxBins);
        float perUnit = (float)(bins / ((double)most - least));
        if (least == most || !float.IsFinite(perUnit) || most - least == float.PositiveInfinity)
            (bins, perUnit) = (1, 0);
        Span<int> counts = _counts.AsSpan(0, bins);
        counts.Clear();
        int last = bins - 1;
        foreach (float value in values)
            counts[Math.Min((int)((value - least) * perUnit), last)]++;
        Mark(counts, percents, n);

        if (_gathered.Length < n)
            _gathered = new float[n];
        int count = 0;
        foreach (float value in values)
        {
            if (_wanted[Math.Min((int)((value - least) * perUnit), last)])
                _gathered[count++] = value;
        }

        Span<float> sorted = _gathered.AsSpan(0, count);
        sorted.Sort();
        for (int i = 0; i < percents.Length; i++)
        {
            (int rank, double part) = Rank(percents[i], n);
            double low = At(sorted, counts, rank);
            double high = part > 0 ? At(sorted, counts, rank + 1) : low;
            destination[i] = (float)(low + (part * (high - low)));
        }
    }

    private static (int Rank, double Part) Rank(int percent, int n)
    {
        double place = percent * (n - 1) / 100.0;
        int rank = (int)place;
        return (rank, place - rank);
    }

    /// <summary>Marks the bins that hold a rank to be read.</summary>
    private void Mark(ReadOnlySpan<int> counts, ReadOnlySpan<int> percents, int n)
    {
        _wanted.AsSpan(0, counts.Length).Clear();
        foreach (int percent in percents)
        {
            (int rank, double part) = Rank(percent, n);
            _wanted[BinOf(counts, rank)] = true;
            if (part > 0)
                _wanted[BinOf(counts, rank + 1)] = true;
        }
    }

    private static int BinOf(ReadOnlySpan<int> counts, int rank)
    {
        int bin = 0;
        while (rank >= counts[bin])
            rank -= counts[bin++];
        return bin;
    }

    /// <summary>The value of a rank, among the sorted values of the bins that were gathered.</summary>
    private float At(ReadOnlySpan<float> sorted, ReadOnlySpan<int> counts, int rank)
    {
        int skipped = 0;
        int before = 0;
        for (int bin = 0; before + counts[bin] <= rank; before += counts[bin++])
        {
            if (!_wanted[bin])
                skipped += counts[bin];
        }

        return sorted[rank - skipped];
    }
}
