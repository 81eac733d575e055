namespace Microsoft.ML.Trainers.FastTree;

/// <summary>Draws shares of features and rows.</summary>
internal static class FeatureSampler
{
    /// <summary>Marks a share of the marked features (all, where <paramref name="among"/> is null), at least one.</summary>
    public static bool[] Draw(bool[]? among, int features, double fraction, Random random)
    {
        var candidates = new List<int>(features);
        for (int f = 0; f < features; f++)
        {
            if (among is null || among[f])
                candidates.Add(f);
        }
        int wanted = Math.Max(1, (int)Math.Ceiling(candidates.Count * fraction));
        var drawn = new bool[features];
        for (int i = 0; i < wanted && i < candidates.Count; i++)
        {
            int other = random.Next(i, candidates.Count);
            (candidates[i], candidates[other]) = (candidates[other], candidates[i]);
            drawn[candidates[i]] = true;
        }
        return drawn;
    }

    /// <summary>Draws rows without replacement, each with the same chance; never none.</summary>
    public static int[] DrawRows(int rows, double fraction, Random random)
    {
        int wanted = Math.Clamp((int)Math.Ceiling(rows * fraction), 1, rows), left = wanted;
        var drawn = new int[wanted];
        for (int row = 0; left > 0; row++)
        {
            if (random.Next(rows - row) < left)
                drawn[wanted - left--] = row;
        }
        return drawn;
    }
}
