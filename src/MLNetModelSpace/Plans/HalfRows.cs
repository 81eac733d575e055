namespace MLNetModelSpace.Plans;

/// <summary>The models of one half of a plan. Groups take turns, and within a group folds do, so that any beginning of the view is balanced.</summary>
internal sealed class HalfRows(ImagePools pools, ResolvedShares shares, ZooPlanOptions options, bool test)
    : PlanRows(pools, shares.Classes, (long)shares.GroupCount * (test ? options.TestModels!.Value : options.Models), options.ImagesPerModel)
{
    /// <summary>Seeds are 32-bit numbers, since PyTorch's generator takes no more; half of them are kept for mixtures.</summary>
    public const long MaxCount = 1L << 30;

    private const ulong Stream = 1UL << 32;

    public override void Describe(PlanRow row)
    {
        (long within, long group) = Math.DivRem(row.Index, shares.GroupCount);
        row.Group = (int)group;
        row.Fold = (int)(within % options.Folds);
        row.Seed = PlanRandom.Distinct(options.Seed, (uint)(2 * row.Index + (test ? 1 : 0)));
    }

    public override void Draw(PlanRow row)
    {
        PlanRandom random = PlanRandom.For(options.Seed, Stream + (ulong)row.Seed);
        int[] counts = new int[Classes.Length];
        shares.Draw(row.Group, options.ImagesPerModel, ref random, counts);
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] > 0)
                row.Take(i, row.Choose(Pools.Fold(Classes[i], test, row.Fold, options.Folds), counts[i], ref random));
        }
    }
}
