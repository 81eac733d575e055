namespace MLNetModelSpace.Plans;

/// <summary>
/// Mixtures in rows of three: a model on one sample, one on another that shares no image with it, and one on both together. All
/// images are of the plan's test half.
/// </summary>
internal sealed class MixtureRows(ImagePools pools, ResolvedShares shares, long seed, int mixtures, int firstImages, int secondImages)
    : PlanRows(pools, shares.Classes, 3L * mixtures, firstImages + secondImages)
{
    private const uint FirstSeed = 1U << 31;
    private const ulong Stream = 2UL << 32;

    public override void Describe(PlanRow row)
    {
        (long mixture, long role) = Math.DivRem(row.Index, 3);
        row.Group = (int)mixture;
        row.Role = (int)role;
        row.Seed = PlanRandom.Distinct(seed, FirstSeed + (uint)row.Index);
    }

    public override void Draw(PlanRow row)
    {
        PlanRandom random = PlanRandom.For(seed, Stream + (ulong)row.Group);
        int first = random.Next(shares.GroupCount), second = first;
        // Two samples of the same class would make no mixture.
        if (shares.GroupCount > 1)
            second = (first + 1 + random.Next(shares.GroupCount - 1)) % shares.GroupCount;
        int[] firstCounts = new int[Classes.Length], secondCounts = new int[Classes.Length];
        shares.Draw(first, firstImages, ref random, firstCounts);
        shares.Draw(second, secondImages, ref random, secondCounts);
        for (int i = 0; i < Classes.Length; i++)
        {
            int together = firstCounts[i] + secondCounts[i];
            if (together == 0)
                continue;
            ReadOnlySpan<int> images = row.Choose(Pools.Half(Classes[i], test: true), together, ref random);
            row.Take(i, row.Role switch { 0 => images[..firstCounts[i]], 1 => images[firstCounts[i]..], _ => images });
        }
    }
}
