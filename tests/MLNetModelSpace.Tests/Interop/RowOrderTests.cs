using Microsoft.ML;
using Microsoft.ML.Data;

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
    public void ModelsInTrainingAreShuffled()
    {
        IDataView rows = _ml.Data.Cache(SmallZoo.View(_ml, models: 12));
        IDataView trained = _ml.ModelSpace().Transforms.TrainAutoencoder(SmallZoo.Options(epochs: 1)).Fit(rows).Transform(rows);

        (long Seed, float Weight)[] inOrder = Trained(trained, null), shuffled = Trained(trained, new Random(1));

        Assert.NotEqual(inOrder, shuffled);
        Assert.Equal(inOrder.Order(), shuffled.Order());

        static (long Seed, float Weight)[] Trained(IDataView view, Random? rand)
        {
            using DataViewRowCursor cursor = view.GetRowCursor(view.Schema, rand);
            ValueGetter<long> seed = cursor.GetGetter<long>(view.Schema["Seed"]);
            ValueGetter<VBuffer<float>> weights = cursor.GetGetter<VBuffer<float>>(view.Schema["Weights"]);
            var found = new List<(long, float)>();
            VBuffer<float> weight = default;
            long one = 0;
            while (cursor.MoveNext())
            {
                seed(ref one);
                weights(ref weight);
                found.Add((one, weight.GetItemOrDefault(0)));
            }

            return [.. found];
        }
    }

    /// <summary>A cache lets rows be shuffled and shared.</summary>
    private IDataView Vectorized()
    {
        IDataView rows = _ml.Data.Cache(Models.View(_ml, GraphModels.Dense, Models.Zoo(GraphModels.Dense, Count)));
        return _ml.ModelSpace().Transforms.VectorizeWeights("Features", "Weights").Fit(rows).Transform(rows);
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
