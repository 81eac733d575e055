using System.Globalization;

namespace MLNetModelSpace.Plans;

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
