using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace;

/// <summary>A column of a plan, and how its getter over a cursor's row is made.</summary>
internal sealed record PlanColumn(string Name, DataViewType Type, Func<PlanRow, Delegate> CreateGetter, DataViewSchema.Annotations? Annotations = null)
{
    /// <summary>The sample's pixels, gathered when the getter is called. The size is known where every row has as many images.</summary>
    public static PlanColumn Images(ImageDataset dataset, int? imagesPerRow)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        ZooAnnotations.AddImageShape(annotations, dataset.Shape);
        ZooAnnotations.AddSampleColumn(annotations, ZooColumns.Sample);
        return new PlanColumn(
            ZooColumns.Images,
            imagesPerRow is { } count
                ? new VectorDataViewType(NumberDataViewType.Single, count * dataset.Shape.Size)
                : new VectorDataViewType(NumberDataViewType.Single),
            row => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
            {
                ReadOnlySpan<int> images = row.Images;
                VBufferEditor<float> editor = VBufferEditor.Create(ref value, images.Length * dataset.Shape.Size);
                dataset.CopyImages(images, editor.Values);
                value = editor.Commit();
            }),
            annotations.ToAnnotations());
    }

    public static PlanColumn Shares(IReadOnlyList<string> classNames) =>
        new(
            ZooColumns.Shares,
            new VectorDataViewType(NumberDataViewType.Single, classNames.Count),
            row => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
            {
                ReadOnlySpan<int> counts = row.Counts;
                float total = row.Images.Length;
                VBufferEditor<float> editor = VBufferEditor.Create(ref value, counts.Length);
                for (int i = 0; i < counts.Length; i++)
                    editor.Values[i] = counts[i] / total;
                value = editor.Commit();
            }),
            ZooAnnotations.ForSlots(classNames));

    public static PlanColumn Seed() =>
        new(ZooColumns.Seed, NumberDataViewType.Int64, row => Getter(row, row => row.Seed));

    public static PlanColumn Sample() =>
        new(ZooColumns.Sample, NumberDataViewType.UInt64, row => Getter(row, row => row.Sample));

    /// <summary>True for the class named first.</summary>
    public static PlanColumn Origin() =>
        new(ZooColumns.Origin, BooleanDataViewType.Instance, row => Getter(row, row => row.Group == 0));

    public static PlanColumn OriginClass(IReadOnlyList<string> classNames) =>
        Key(ZooColumns.OriginClass, classNames.Count, row => row.Group, ZooAnnotations.ForKeys(classNames));

    public static PlanColumn Fold(int folds) => Key(ZooColumns.Fold, folds, row => row.Fold);

    public static PlanColumn Mixture(int mixtures) => Key(ZooColumns.Mixture, mixtures, row => row.Group);

    public static PlanColumn MixtureRole() =>
        Key(ZooColumns.MixtureRole, 3, row => row.Role, ZooAnnotations.ForKeys(["First", "Second", "Union"]));

    public static PlanColumn ImageCount() =>
        new(ZooColumns.ImageCount, NumberDataViewType.Int32, row => Getter(row, row => row.Images.Length));

    /// <summary>Keys count from 1; 0 is a missing one.</summary>
    private static PlanColumn Key(string name, int count, Func<PlanRow, int> index, DataViewSchema.Annotations? annotations = null) =>
        new(name, new KeyDataViewType(typeof(uint), count), row => Getter(row, row => (uint)(index(row) + 1)), annotations);

    private static ValueGetter<T> Getter<T>(PlanRow row, Func<PlanRow, T> get) =>
        (ref T value) =>
        {
            row.RequireRow();
            value = get(row);
        };
}
