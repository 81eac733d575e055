using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Plans;

/// <summary>The columns of plans.</summary>
internal static class PlanColumns
{
    /// <summary>The sample's pixels, gathered when the getter is called. The size is known where every row has as many images.</summary>
    public static IndexedColumn Images(ImageDataset dataset, int? imagesPerRow)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        ZooAnnotations.AddImageShape(annotations, dataset.Shape);
        ZooAnnotations.AddSampleColumn(annotations, ZooColumns.Sample);
        return IndexedColumn.Vector<PlanRow>(
            ZooColumns.Images,
            imagesPerRow * dataset.Shape.Size,
            row => row.Images.Length * dataset.Shape.Size,
            (row, values) => dataset.CopyImages(row.Images, values),
            annotations.ToAnnotations());
    }

    public static IndexedColumn Shares(IReadOnlyList<string> classNames) =>
        IndexedColumn.Vector<PlanRow>(
            ZooColumns.Shares,
            classNames.Count,
            row => row.Counts.Length,
            (row, values) =>
            {
                for (int i = 0; i < values.Length; i++)
                    values[i] = row.Counts[i] / (float)row.Images.Length;
            },
            ZooAnnotations.ForSlots(classNames));

    public static IndexedColumn Seed() => IndexedColumn.Of<PlanRow, long>(ZooColumns.Seed, NumberDataViewType.Int64, row => row.Seed);

    public static IndexedColumn Sample() => IndexedColumn.Of<PlanRow, ulong>(ZooColumns.Sample, NumberDataViewType.UInt64, row => row.Sample);

    /// <summary>True for the class named first.</summary>
    public static IndexedColumn Origin() => IndexedColumn.Of<PlanRow, bool>(ZooColumns.Origin, BooleanDataViewType.Instance, row => row.Group == 0);

    public static IndexedColumn OriginClass(IReadOnlyList<string> classNames) =>
        IndexedColumn.Key<PlanRow>(ZooColumns.OriginClass, classNames.Count, row => row.Group, ZooAnnotations.ForKeys(classNames));

    public static IndexedColumn Fold(int folds) => IndexedColumn.Key<PlanRow>(ZooColumns.Fold, folds, row => row.Fold);

    public static IndexedColumn Mixture(int mixtures) => IndexedColumn.Key<PlanRow>(ZooColumns.Mixture, mixtures, row => row.Group);

    public static IndexedColumn MixtureRole() =>
        IndexedColumn.Key<PlanRow>(ZooColumns.MixtureRole, 3, row => row.Role, ZooAnnotations.ForKeys(["First", "Second", "Union"]));

    public static IndexedColumn ImageCount() => IndexedColumn.Of<PlanRow, int>(ZooColumns.ImageCount, NumberDataViewType.Int32, row => row.Images.Length);
}
