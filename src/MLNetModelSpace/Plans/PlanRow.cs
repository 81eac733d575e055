using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Plans;

/// <summary>The model a cursor stands on. What it is trained on is drawn when it is first asked for.</summary>
internal sealed class PlanRow(PlanRows rows) : IndexedRow
{
    private readonly int[] _counts = new int[rows.Classes.Length];
    private readonly int[] _images = new int[rows.MaxImages];
    private int _imageCount;
    private bool _drawn;
    private int[] _scratch = [];

    public long Seed { get; set; }

    /// <summary>Which class, list of proportions, or mixture; from 0.</summary>
    public int Group { get; set; }

    public int Fold { get; set; }

    /// <summary>In a mixture: 0 and 1 for its parts, 2 for their union.</summary>
    public int Role { get; set; }

    /// <summary>Images of each class.</summary>
    public ReadOnlySpan<int> Counts
    {
        get
        {
            Draw();
            return _counts;
        }
    }

    /// <summary>The images, as indices of the dataset.</summary>
    public ReadOnlySpan<int> Images
    {
        get
        {
            Draw();
            return _images.AsSpan(0, _imageCount);
        }
    }

    /// <summary>Equal for equal images of equal datasets in equal order.</summary>
    public ulong Sample
    {
        get
        {
            ReadOnlySpan<int> images = Images;
            ulong hash = rows.DatasetHash ^ (ulong)images.Length;
            foreach (int image in images)
                hash = SplitMix.Combine(hash, (ulong)image);
            return hash;
        }
    }

    /// <summary>For <see cref="PlanRows.Draw"/>: takes images of the class at a position.</summary>
    public void Take(int position, ReadOnlySpan<int> images)
    {
        _counts[position] += images.Length;
        images.CopyTo(_images.AsSpan(_imageCount));
        _imageCount += images.Length;
    }

    /// <summary>For <see cref="PlanRows.Draw"/>: a random choice from a pool, without repeats; valid until the next call.</summary>
    public ReadOnlySpan<int> Choose(ReadOnlySpan<int> pool, int count, SplitMix random)
    {
        if (_scratch.Length < pool.Length)
            _scratch = new int[pool.Length];
        pool.CopyTo(_scratch);
        random.Choose(_scratch.AsSpan(0, pool.Length), count);
        return _scratch.AsSpan(0, count);
    }

    protected override void OnMoved()
    {
        _drawn = false;
        if (Index >= 0)
            rows.Describe(this);
    }

    private void Draw()
    {
        RequireRow();
        if (_drawn)
            return;
        Array.Clear(_counts);
        _imageCount = 0;
        rows.Draw(this);
        _drawn = true;
    }
}

/// <summary>The columns of plans.</summary>
internal static class PlanColumns
{
    /// <summary>The sample's pixels, gathered when the getter is called. The size is known where every row has as many images.</summary>
    public static IndexedColumn Images(ImageDataset dataset, int? imagesPerRow)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        ZooAnnotations.AddImageShape(annotations, dataset.Shape);
        ZooAnnotations.AddSampleColumn(annotations, ZooColumns.Sample);
        ZooAnnotations.AddIsNormalized(annotations);
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
            ZooAnnotations.ForNormalized(classNames));

    public static IndexedColumn Seed() => IndexedColumn.Of<PlanRow, long>(ZooColumns.Seed, NumberDataViewType.Int64, row => row.Seed);

    public static IndexedColumn Sample() => IndexedColumn.Of<PlanRow, ulong>(ZooColumns.Sample, NumberDataViewType.UInt64, row => row.Sample);

    /// <summary>True for the class named first.</summary>
    public static IndexedColumn Origin() => IndexedColumn.Of<PlanRow, bool>(ZooColumns.Origin, BooleanDataViewType.Instance, row => row.Group == 0);

    public static IndexedColumn OriginClass(IReadOnlyList<string> classNames) =>
        IndexedColumn.Key<PlanRow>(ZooColumns.OriginClass, classNames.Count, row => row.Group, ZooAnnotations.ForKeys(classNames));

    /// <summary>What ML.NET's trainers and evaluators look for: which of two classes as <see cref="Origin"/> has it, else the class.</summary>
    public static IndexedColumn Label(IReadOnlyList<string> classNames) => (classNames.Count == 2 ? Origin() : OriginClass(classNames)) with { Name = ZooColumns.Label };

    public static IndexedColumn Fold(int folds) => IndexedColumn.Key<PlanRow>(ZooColumns.Fold, folds, row => row.Fold);

    public static IndexedColumn Mixture(int mixtures) => IndexedColumn.Key<PlanRow>(ZooColumns.Mixture, mixtures, row => row.Group);

    public static IndexedColumn MixtureRole() =>
        IndexedColumn.Key<PlanRow>(ZooColumns.MixtureRole, 3, row => row.Role, ZooAnnotations.ForKeys(["First", "Second", "Union"]));

    public static IndexedColumn ImageCount() => IndexedColumn.Of<PlanRow, int>(ZooColumns.ImageCount, NumberDataViewType.Int32, row => row.Images.Length);
}
