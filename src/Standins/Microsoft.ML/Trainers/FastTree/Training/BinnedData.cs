namespace Microsoft.ML.Trainers.FastTree;

/// <summary>
/// Training rows as the tree learner reads them: one byte a feature and row, held feature by feature. Features that no split can use are left out.
/// </summary>
internal sealed class BinnedData
{
    // A bin's number is a byte.
    private const int MostBins = 256;

    private BinnedData(int rows, int[] featureIndexes, float[][] upperBounds, byte[][] bins)
    {
        Rows = rows;
        FeatureIndexes = featureIndexes;
        UpperBounds = upperBounds;
        Bins = bins;
    }

    public int Rows { get; }

    /// <summary>The kept features' places in the feature vector, ascending.</summary>
    public int[] FeatureIndexes { get; }

    /// <summary>For each kept feature the upper bounds of its bins.</summary>
    public float[][] UpperBounds { get; }

    /// <summary>For each kept feature the bin of each row.</summary>
    public byte[][] Bins { get; }

    public int Features => FeatureIndexes.Length;

    /// <param name="values">Rows one after another, without NaN.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="features">The length of a row.</param>
    /// <param name="maximumBins">The most bins a feature may have, 2 or more.</param>
    /// <param name="minimumExamples">Features without a split that leaves this many rows on each side are left out.</param>
    /// <param name="parallel">Where the features are shared out.</param>
    public static BinnedData Create(float[] values, int rows, int features, int maximumBins, int minimumExamples, ParallelLoop parallel)
    {
        var bounds = new float[features][];
        var bins = new byte[features][];
        parallel.ForRanges(features, (long)rows * features, (from, to) =>
        {
            var binner = new FeatureBinner();
            var sorter = new FloatSorter(rows);
            var column = new float[rows];
            for (int f = from; f < to; f++)
            {
                for (int row = 0, at = f; row < rows; row++, at += features)
                    column[row] = values[at];
                var upper = binner.FindUpperBounds(sorter.Sort(column), maximumBins);
                if (upper.Length > MostBins)
                    throw Errors.NotSupported($"{nameof(TreeOptions)}.{nameof(TreeOptions.MaximumBinCountPerFeature)} above {MostBins} for a feature of more values");
                if (upper.Length < 2 || !HasSplit(sorter.Sorted, upper, minimumExamples))
                    continue;
                bounds[f] = upper;
                bins[f] = Assign(column, upper);
            }
        });
        var kept = Enumerable.Range(0, features).Where(f => bounds[f] is not null).ToArray();
        return new BinnedData(rows, kept, [.. kept.Select(f => bounds[f])], [.. kept.Select(f => bins[f])]);
    }

    private static bool HasSplit(ReadOnlySpan<float> sorted, float[] upper, int minimumExamples)
    {
        if (2L * minimumExamples > sorted.Length)
            return false;
        // The lowest bound that has enough rows below it also has the most above.
        foreach (float bound in upper)
        {
            int below = CountAtMost(sorted, bound);
            if (below >= minimumExamples && below > 0)
                return sorted.Length - below >= Math.Max(1, minimumExamples);
        }
        return false;
    }

    private static int CountAtMost(ReadOnlySpan<float> sorted, float bound)
    {
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (sorted[middle] <= bound)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private static byte[] Assign(float[] column, float[] upper)
    {
        // Halving a table padded to a power of two needs no branch that depends on the data.
        int size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)upper.Length);
        var padded = new float[size];
        upper.CopyTo(padded, 0);
        padded.AsSpan(upper.Length).Fill(float.PositiveInfinity);
        var bins = new byte[column.Length];
        for (int row = 0; row < column.Length; row++)
        {
            float value = column[row];
            int at = 0;
            for (int step = size >> 1; step > 0; step >>= 1)
                at += padded[at + step - 1] < value ? step : 0;
            bins[row] = (byte)at;
        }
        return bins;
    }
}
