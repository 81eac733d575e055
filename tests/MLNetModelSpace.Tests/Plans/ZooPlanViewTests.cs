using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Plans;

/// <summary>A plan is an IDataView like any other.</summary>
public class ZooPlanViewTests
{
    private static readonly ImageDataset s_images = NumberedImages.Create(100, 100);

    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData(2, 2)]
    [InlineData(5, 5)]
    [InlineData(10, 5)]
    [InlineData(6, 3)]
    public void CrossValidationKeepsFoldsWhole(int folds, int parts)
    {
        IDataView train = View(models: 40, folds: folds);
        var splits = _ml.Data.CrossValidationSplit(train, parts, ZooColumns.Fold);
        uint[][] tested = [.. splits.Select(split => split.TestSet.GetColumn<uint>(ZooColumns.Fold).Distinct().ToArray())];

        Assert.Equal(Enumerable.Range(1, folds).Select(fold => (uint)fold), tested.SelectMany(fold => fold).Order());
        Assert.All(tested, fold => Assert.Equal(folds / parts, fold.Length));
        Assert.All(
            splits.Zip(tested),
            pair => Assert.Empty(pair.First.TrainSet.GetColumn<uint>(ZooColumns.Fold).Intersect(pair.Second)));
    }

    [Fact]
    public void WholePipelinesAreCrossValidatedByFolds()
    {
        var results = _ml.BinaryClassification.CrossValidate(
            View(models: 40, folds: 4),
            _ml.BinaryClassification.Trainers.LbfgsLogisticRegression(ZooColumns.Origin, ZooColumns.Shares),
            numberOfFolds: 4,
            labelColumnName: ZooColumns.Origin,
            samplingKeyColumnName: ZooColumns.Fold);

        Assert.All(results, result => Assert.Equal(1, result.Metrics.AreaUnderRocCurve));
        Assert.All(results, result => Assert.Single(result.ScoredHoldOutSet.GetColumn<uint>(ZooColumns.Fold).Distinct()));
    }

    [Theory]
    [InlineData(2, 0.5)]
    [InlineData(5, 0.2)]
    [InlineData(10, 0.1)]
    public void ATrainTestSplitKeepsFoldsWhole(int folds, double testFraction)
    {
        DataOperationsCatalog.TrainTestData split = _ml.Data.TrainTestSplit(View(models: 40, folds), testFraction, ZooColumns.Fold);
        int[] train = [.. NumberedImages.Numbers(split.TrainSet).SelectMany(row => row)], test = [.. NumberedImages.Numbers(split.TestSet).SelectMany(row => row)];

        Assert.Equal(80 - 80 / folds, split.TrainSet.GetColumn<long>(ZooColumns.Seed).Count());
        Assert.Equal(80 / folds, split.TestSet.GetColumn<long>(ZooColumns.Seed).Count());
        Assert.Empty(train.Intersect(test));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(100)]
    public void ASetOfCursorsGivesEveryRowOnceInBatches(int n)
    {
        IDataView view = View(models: 50);
        DataViewSchema.Column seed = view.Schema[ZooColumns.Seed];
        DataViewRowCursor[] cursors = view.GetRowCursorSet([seed], n);
        var rows = new List<(long Batch, long Position, long Seed)>();
        foreach (DataViewRowCursor cursor in cursors)
        {
            using (cursor)
            {
                ValueGetter<long> getter = cursor.GetGetter<long>(seed);
                long value = 0, batch = -1;
                while (cursor.MoveNext())
                {
                    Assert.True(cursor.Batch >= batch);
                    batch = cursor.Batch;
                    getter(ref value);
                    rows.Add((batch, cursor.Position, value));
                }

                Assert.Equal(-1, cursor.Position);
            }
        }

        Assert.InRange(cursors.Length, 2, 7);
        Assert.Equal(view.GetColumn<long>(ZooColumns.Seed), rows.OrderBy(row => row.Batch).ThenBy(row => row.Position).Select(row => row.Seed));
    }

    [Fact]
    public void AShuffledCursorGivesEveryRowOnceWithItsOwnValues()
    {
        IDataView view = View(models: 50);
        Dictionary<DataViewRowId, ulong> inOrder = ById(view, null), shuffled = ById(view, new Random(3));

        Assert.Equal(100, shuffled.Count);
        Assert.NotEqual(inOrder.Keys, shuffled.Keys);
        Assert.All(shuffled, pair => Assert.Equal(inOrder[pair.Key], pair.Value));
    }

    [Fact]
    public void ShuffledSetsGiveEveryRowOnce()
    {
        IDataView view = View(models: 50);
        var seeds = new List<long>();
        foreach (DataViewRowCursor cursor in view.GetRowCursorSet([view.Schema[ZooColumns.Seed]], 3, new Random(3)))
        {
            using (cursor)
            {
                ValueGetter<long> getter = cursor.GetGetter<long>(view.Schema[ZooColumns.Seed]);
                long value = 0;
                while (cursor.MoveNext())
                {
                    getter(ref value);
                    seeds.Add(value);
                }
            }
        }

        Assert.Equal(view.GetColumn<long>(ZooColumns.Seed).Order(), seeds.Order());
    }

    [Fact]
    public void RowsComeAsObjectsToo()
    {
        Row[] rows = [.. _ml.Data.CreateEnumerable<Row>(View(models: 3), reuseRowObject: false)];

        Assert.Equal(6, rows.Length);
        Assert.All(rows, row => Assert.Equal(20, row.Images.Length));
        Assert.Equal([true, false], rows.Take(2).Select(row => row.Origin));
    }

    [Fact]
    public void CachingAndTransformsGiveTheSameRows()
    {
        IDataView view = View(models: 20);
        IDataView cached = _ml.Data.Cache(view, ZooColumns.Shares, ZooColumns.Origin);
        IDataView normalized = _ml.Transforms.NormalizeMinMax("Scaled", ZooColumns.Shares).Fit(view).Transform(view);

        Assert.Equal(view.GetColumn<bool>(ZooColumns.Origin), cached.GetColumn<bool>(ZooColumns.Origin));
        Assert.Equal(view.GetColumn<float[]>(ZooColumns.Shares), normalized.GetColumn<float[]>("Scaled"));
    }

    [Fact]
    public void AColumnThatWasNotAskedForIsNotActive()
    {
        IDataView view = View(models: 2);
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema[ZooColumns.Seed]]);

        Assert.False(cursor.IsColumnActive(view.Schema[ZooColumns.Images]));
        Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<VBuffer<float>>(view.Schema[ZooColumns.Images]));
    }

    [Fact]
    public void AGetterOfAnotherTypeIsRefused()
    {
        IDataView view = View(models: 2);
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);

        Assert.Contains("expected type: 'System.Int64'", Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<float>(view.Schema[ZooColumns.Seed])).Message);
    }

    [Fact]
    public void ValuesAreReadOnRowsOnly()
    {
        IDataView view = View(models: 2);
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        ValueGetter<long> seed = cursor.GetGetter<long>(view.Schema[ZooColumns.Seed]);
        ValueGetter<VBuffer<float>> images = cursor.GetGetter<VBuffer<float>>(view.Schema[ZooColumns.Images]);
        long value = 0;
        VBuffer<float> buffer = default;

        Assert.Throws<InvalidOperationException>(() => seed(ref value));
        Assert.Throws<InvalidOperationException>(() => images(ref buffer));
    }

    private static Dictionary<DataViewRowId, ulong> ById(IDataView view, Random? rand)
    {
        var rows = new Dictionary<DataViewRowId, ulong>();
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema[ZooColumns.Sample]], rand);
        ValueGetter<DataViewRowId> id = cursor.GetIdGetter();
        ValueGetter<ulong> sample = cursor.GetGetter<ulong>(view.Schema[ZooColumns.Sample]);
        DataViewRowId key = default;
        ulong value = 0;
        while (cursor.MoveNext())
        {
            id(ref key);
            sample(ref value);
            rows.Add(key, value);
        }

        return rows;
    }

    /// <summary>50 images of each class in each half: ten folds of five.</summary>
    private IDataView View(int models, int folds = 2) =>
        _ml.ModelSpace().Data.PlanZoo(s_images, models, imagesPerModel: folds == 2 ? 10 : 4, folds: folds).Train;

    private sealed class Row
    {
        [VectorType(20)]
        public float[] Images { get; set; } = [];

        public bool Origin { get; set; }

        public long Seed { get; set; }
    }
}
