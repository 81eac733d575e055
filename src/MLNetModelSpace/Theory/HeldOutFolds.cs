using MathNet.Numerics.Random;

namespace MLNetModelSpace.Theory;

/// <summary>Splits of rows into folds: stratified by class, or by group where groups must not be split. The same for the same seed.</summary>
internal static class HeldOutFolds
{
    /// <summary>The fold of each of the given rows.</summary>
    /// <param name="rows">The rows to split.</param>
    /// <param name="classes">The class of every row.</param>
    /// <param name="groups">The group of every row, or null.</param>
    /// <param name="folds">How many folds; fewer where there are fewer groups.</param>
    /// <param name="seed">The seed of the shuffle.</param>
    internal static int[] Assign(int[] rows, int[] classes, ulong[]? groups, ref int folds, int seed)
    {
        var random = new Xoshiro256StarStar(seed, threadSafe: false);
        var assigned = new int[rows.Length];
        if (groups is not null)
        {
            ulong[] distinct = [.. rows.Select(row => groups[row]).Distinct().Order()];
            folds = Math.Min(folds, distinct.Length);
            Shuffle(distinct, random);
            int count = folds;
            var fold = distinct.Select((group, i) => (group, i)).ToDictionary(pair => pair.group, pair => pair.i % count);
            for (int i = 0; i < rows.Length; i++)
            {
                assigned[i] = fold[groups[rows[i]]];
            }

            return assigned;
        }

        // Classes are dealt one after the other, so that folds differ by one row at most in size.
        int next = 0;
        foreach (var members in Enumerable.Range(0, rows.Length).GroupBy(i => classes[rows[i]]).OrderBy(group => group.Key))
        {
            int[] shuffled = [.. members];
            Shuffle(shuffled, random);
            foreach (int i in shuffled)
            {
                assigned[i] = next++ % folds;
            }
        }

        return assigned;
    }

    private static void Shuffle<T>(T[] values, RandomSource random)
    {
        for (int i = values.Length - 1; i > 0; i--)
        {
            int j = random.Next(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }
}
