using System.Globalization;

namespace MLNetModelSpace.Plans;

/// <summary>
/// A dataset's images, class by class, split in half by a seed: the first half for training, the other for testing; each half is
/// parted among folds. What one fold has, no other fold and no other half has. Immutable.
/// </summary>
internal sealed class ImagePools
{
    private readonly int[][] _shuffled;

    public ImagePools(ImageDataset dataset, long seed)
    {
        Dataset = dataset;
        _shuffled = new int[dataset.ClassCount][];
        for (int i = 0; i < _shuffled.Length; i++)
        {
            _shuffled[i] = dataset.IndicesOf(i).ToArray();
            SplitMix.For(seed, (ulong)i).Shuffle(_shuffled[i]);
        }
    }

    public ImageDataset Dataset { get; }

    /// <summary>The images of a class in a half; the training half has the odd one.</summary>
    public ReadOnlySpan<int> Half(int classIndex, bool test)
    {
        int[] images = _shuffled[classIndex];
        int middle = (images.Length + 1) / 2;
        return test ? images.AsSpan(middle) : images.AsSpan(0, middle);
    }

    /// <summary>The images of a class in one fold of a half; folds differ by one image at most.</summary>
    public ReadOnlySpan<int> Fold(int classIndex, bool test, int fold, int folds)
    {
        ReadOnlySpan<int> half = Half(classIndex, test);
        int from = (int)((long)half.Length * fold / folds), to = (int)((long)half.Length * (fold + 1) / folds);
        return half[from..to];
    }
}

/// <summary>
/// The models of a plan as a function of their row's number: nothing is kept for each of them, so a plan of any size takes no memory.
/// Immutable.
/// </summary>
internal abstract class PlanRows(ImagePools pools, int[] classes, long count, int maxImages)
{
    public ImagePools Pools { get; } = pools;

    /// <summary>The classes' numbers in the dataset.</summary>
    public int[] Classes { get; } = classes;

    public long Count { get; } = count;

    /// <summary>The most images a row has.</summary>
    public int MaxImages { get; } = maxImages;

    /// <summary>The dataset's identity inside the identity of a sample.</summary>
    public ulong DatasetHash { get; } = ulong.Parse(pools.Dataset.Fingerprint.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>Sets what costs nothing: seed, group, fold, role.</summary>
    public abstract void Describe(PlanRow row);

    /// <summary>Draws the row's images.</summary>
    public abstract void Draw(PlanRow row);

    /// <summary>A view of them.</summary>
    public IndexedView ToView(IEnumerable<IndexedColumn> columns) => new(Count, () => new PlanRow(this), columns);
}

/// <summary>The models of one half of a plan. Groups take turns, and within a group folds do, so that any beginning of the view is balanced.</summary>
internal sealed class HalfRows(ZooPlan plan, bool test)
    : PlanRows(plan.Pools, plan.Resolved.Classes, test ? plan.TestModels : plan.Models, plan.ImagesPerModel)
{
    /// <summary>Seeds are 32-bit numbers, since PyTorch's generator takes no more; half of them are kept for mixtures.</summary>
    public const long MaxCount = 1L << 30;

    private const ulong Stream = 1UL << 32;

    public override void Describe(PlanRow row)
    {
        (long within, long group) = Math.DivRem(row.Index, plan.Resolved.GroupCount);
        row.Group = (int)group;
        row.Fold = (int)(within % plan.Folds);
        row.Seed = SplitMix.Distinct(plan.Seed, (uint)(2 * row.Index + (test ? 1 : 0)));
    }

    public override void Draw(PlanRow row)
    {
        SplitMix random = SplitMix.For(plan.Seed, Stream + (ulong)row.Seed);
        int[] counts = new int[Classes.Length];
        plan.Resolved.Draw(row.Group, plan.ImagesPerModel, random, counts);
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] > 0)
                row.Take(i, row.Choose(Pools.Fold(Classes[i], test, row.Fold, plan.Folds), counts[i], random));
        }
    }
}

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
        row.Seed = SplitMix.Distinct(seed, FirstSeed + (uint)row.Index);
    }

    public override void Draw(PlanRow row)
    {
        SplitMix random = SplitMix.For(seed, Stream + (ulong)row.Group);
        int first = random.Next(shares.GroupCount), second = first;
        // Two samples of the same class would make no mixture.
        if (shares.GroupCount > 1)
            second = (first + 1 + random.Next(shares.GroupCount - 1)) % shares.GroupCount;
        int[] firstCounts = new int[Classes.Length], secondCounts = new int[Classes.Length];
        shares.Draw(first, firstImages, random, firstCounts);
        shares.Draw(second, secondImages, random, secondCounts);
        for (int i = 0; i < Classes.Length; i++)
        {
            int together = firstCounts[i] + secondCounts[i];
            if (together == 0)
                continue;
            ReadOnlySpan<int> images = row.Choose(Pools.Half(Classes[i], test: true), together, random);
            row.Take(i, row.Role switch { 0 => images[..firstCounts[i]], 1 => images[firstCounts[i]..], _ => images });
        }
    }
}
