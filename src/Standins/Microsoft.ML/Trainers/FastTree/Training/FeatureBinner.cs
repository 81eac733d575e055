namespace Microsoft.ML.Trainers.FastTree;

/// <summary>
/// Cuts one feature's values into bins of about equal population. A distinct value is never divided between bins, and where there are no more
/// distinct values than bins, each has its own. An upper bound lies halfway between the values it separates.
/// </summary>
internal sealed class FeatureBinner
{
    private const int RelaxationSweeps = 32;

    private float[] _distinct = [];
    private int[] _cumulative = [];
    private int[] _cuts = [];

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
        if (PlaceAtQuantiles(rows, distinct, bins))
            SpreadCollisions(distinct, bins - 1);
        Relax(rows, distinct, bins - 1);
        return bins - 1;
    }

    // Each cut goes where the population below it is nearest its share; a cut that falls within a value held by many rows goes to the nearer side.
    private bool PlaceAtQuantiles(int rows, int distinct, int bins)
    {
        bool collided = false;
        int at = 1;
        for (int j = 1; j < bins; j++)
        {
            double target = (double)rows * j / bins;
            while (at < distinct - 1 && _cumulative[at - 1] < target)
                at++;
            int below = at > 1 ? at - 1 : at;
            double up = _cumulative[at - 1] - target, down = target - _cumulative[below - 1];
            bool wide = _cumulative[at - 1] - _cumulative[below - 1] > 1;
            int cut = up < down || (up == down && wide) ? at : below;
            collided |= j > 1 && cut <= _cuts[j - 2];
            _cuts[j - 1] = cut;
        }
        return collided;
    }

    // Where several cuts met at the edge of one value, one stays and the others are dealt out evenly over the values on their side of it.
    private void SpreadCollisions(int distinct, int cuts)
    {
        var wanted = _cuts.AsSpan(0, cuts).ToArray();
        int free = 0, low = 0;
        bool surplus = false;
        for (int start = 0; start < cuts;)
        {
            int end = start;
            while (end + 1 < cuts && wanted[end + 1] == wanted[start])
                end++;
            if (end > start)
            {
                bool wideAbove = Population(wanted[start]) >= Population(wanted[start] - 1);
                int kept = wideAbove ? end : start;
                if (surplus || wideAbove)
                    SpreadBetween(_cuts.AsSpan(free, kept - free), low, wanted[kept]);
                free = kept + 1;
                low = wanted[kept];
                surplus = !wideAbove;
            }
            start = end + 1;
        }
        if (surplus)
            SpreadBetween(_cuts.AsSpan(free, cuts - free), low, distinct);
    }

    private int Population(int value) =>
        value <= 0 ? _cumulative[0] : _cumulative[value] - _cumulative[value - 1];

    private void SpreadBetween(Span<int> cuts, int low, int high)
    {
        double from = low == 0 ? 0 : _cumulative[low - 1], to = _cumulative[high - 1];
        int at = Math.Min(low + 1, high);
        for (int j = 0; j < cuts.Length; j++)
        {
            double target = from + (to - from) * (j + 1) / (cuts.Length + 1);
            while (at < high - 1 && _cumulative[at - 1] < target)
                at++;
            int below = Math.Max(low + 1, at - 1);
            cuts[j] = _cumulative[at - 1] - target < target - _cumulative[below - 1] ? at : below;
        }
    }

    private static void MakeIncreasing(Span<int> cuts, int distinct)
    {
        for (int j = 0; j < cuts.Length; j++)
            cuts[j] = Math.Max(cuts[j], j == 0 ? 1 : cuts[j - 1] + 1);
        for (int j = cuts.Length - 1; j >= 0; j--)
            cuts[j] = Math.Min(cuts[j], j == cuts.Length - 1 ? distinct - 1 : cuts[j + 1] - 1);
    }

    // Moves single cuts while that makes the two bins beside them more equal.
    private void Relax(int rows, int distinct, int cuts)
    {
        MakeIncreasing(_cuts.AsSpan(0, cuts), distinct);
        for (int sweep = 0; sweep < RelaxationSweeps; sweep++)
        {
            bool moved = false;
            for (int j = 0; j < cuts; j++)
            {
                int low = j == 0 ? 0 : _cuts[j - 1], high = j == cuts - 1 ? distinct : _cuts[j + 1];
                double middle = ((low == 0 ? 0 : _cumulative[low - 1]) + (high == distinct ? rows : _cumulative[high - 1])) / 2.0;
                int cut = _cuts[j];
                while (cut - 1 > low && Math.Abs(_cumulative[cut - 2] - middle) < Math.Abs(_cumulative[cut - 1] - middle))
                    cut--;
                while (cut + 1 < high && Math.Abs(_cumulative[cut] - middle) < Math.Abs(_cumulative[cut - 1] - middle))
                    cut++;
                moved |= cut != _cuts[j];
                _cuts[j] = cut;
            }
            if (!moved)
                return;
        }
    }
}
