namespace Microsoft.ML.Trainers.FastTree;

/// <summary>Draws shares of features and rows, each for itself with the same chance, as the official trees show.</summary>
internal static class FeatureSampler
{
    /// <summary>Marks features for a tree. Where none is drawn, there is no such tree: of five features or fewer, the default seed draws none at first.</summary>
    public static bool[] DrawForTree(int features, double fraction, Random random)
    {
        var drawn = new bool[features];
        for (int f = 0; f < features; f++)
            drawn[f] = random.NextDouble() < fraction;
        return drawn;
    }

    /// <summary>Draws rows. In place of none there is one, the first, as no rows stand for all: neither can be split.</summary>
    public static int[] DrawRows(int rows, double fraction, Random random)
    {
        var drawn = new List<int>((int)(rows * fraction) + 1);
        for (int row = 0; row < rows; row++)
        {
            if (random.NextDouble() < fraction)
                drawn.Add(row);
        }
        return drawn.Count == 0 ? [0] : [.. drawn];
    }
}
