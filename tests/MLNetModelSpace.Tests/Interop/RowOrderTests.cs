using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace.Tests.Zoo;

namespace MLNetModelSpace.Tests.Interop;

/// <summary>Rows that are computed each from itself come in any order, and by several cursors at once.</summary>
public sealed class RowOrderTests
{
    private const int Count = 200;

    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void RowsAreShuffled()
    {
        IDataView view = Vectorized();
        Assert.True(view.CanShuffle);

        (float Weight, float Feature)[] inOrder = Read(view.GetRowCursor(view.Schema)), shuffled = Read(view.GetRowCursor(view.Schema, new Random(1)));

        Assert.NotEqual(inOrder, shuffled);
        Assert.Equal(inOrder.Order(), shuffled.Order());
    }

    [Fact]
    public void SeveralCursorsShareTheRows()
    {
        IDataView view = Vectorized();

        DataViewRowCursor[] cursors = view.GetRowCursorSet(view.Schema, 2);

        Assert.Equal(2, cursors.Length);
        Assert.Equal(Read(view.GetRowCursor(view.Schema)).Order(), cursors.AsParallel().SelectMany(Read).Order());
    }

    [Fact]
    public void TrainingKeepsToTheOrderOfItsRows()
    {
        IDataView rows = _ml.Data.Cache(SmallZoo.View(_ml));
        Assert.True(rows.CanShuffle);

        Assert.False(_ml.ModelSpace().TrainAutoencoder(SmallZoo.Options()).Fit(rows).Transform(rows).CanShuffle);
    }

    /// <summary>A cache lets rows be shuffled and shared.</summary>
    private IDataView Vectorized()
    {
        IDataView rows = _ml.Data.Cache(Models.View(_ml, GraphModels.Dense, Models.Zoo(GraphModels.Dense, Count)));
        return _ml.ModelSpace().VectorizeWeights("Features", "Weights").Fit(rows).Transform(rows);
    }

    private static (float Weight, float Feature)[] Read(DataViewRowCursor cursor)
    {
        var found = new List<(float, float)>();
        using (cursor)
        {
            ValueGetter<VBuffer<float>> weights = cursor.GetGetter<VBuffer<float>>(cursor.Schema["Weights"]);
            ValueGetter<VBuffer<float>> features = cursor.GetGetter<VBuffer<float>>(cursor.Schema["Features"]);
            VBuffer<float> weight = default, feature = default;
            while (cursor.MoveNext())
            {
                weights(ref weight);
                features(ref feature);
                found.Add((weight.GetItemOrDefault(0), feature.GetItemOrDefault(0)));
            }
        }

        return [.. found];
    }
}
