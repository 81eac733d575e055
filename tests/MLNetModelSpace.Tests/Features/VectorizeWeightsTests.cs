using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Features;

// Reaches internals: that evaluation allocates nothing shows only without the views around it.
public class VectorizeWeightsTests
{
    private static readonly WeightLayout s_layout = Models.Linear();

    [Fact]
    public void EverySlotHasAName()
    {
        var ml = new MLContext(1);
        IDataView view = Models.View(ml, s_layout, Models.Zoo(s_layout, 3));
        IDataView vectorized = ml.ModelSpace().Transforms.VectorizeWeights().Fit(view).Transform(view);
        string[] slots = Models.Slots(vectorized);
        Assert.Equal(slots.Length, ((VectorDataViewType)vectorized.Schema["Features"].Type).Size);
        Assert.Equal(4 + 1 + 4 + 1 + (4 * 32), slots.Length);
        Assert.Equal(["encoder.weight σ1", "encoder.weight σ2"], slots[..2]);
        Assert.Contains("decoder.bias σ1", slots);
        Assert.Contains("encoder.weight hist[3]", slots);
        Assert.Equal(slots.Length, slots.Distinct().Count());
    }

    [Fact]
    public void FittingTellsOfEveryModelItLearnsFrom()
    {
        var ml = new MLContext(1);
        var told = new RowList();

        ml.ModelSpace().Transforms.VectorizeWeights(new VectorizeWeightsEstimator.Options { Progress = told }).Fit(Models.View(ml, s_layout, Models.Zoo(s_layout, 3)));

        Assert.Equal([1L, 2, 3], told.Rows);
    }

    [Fact]
    public void FittingStopsBetweenTwoModels()
    {
        var ml = new MLContext(1);
        using var source = new CancellationTokenSource();
        var told = new RowList(rows => { if (rows == 2) source.Cancel(); });
        var options = new VectorizeWeightsEstimator.Options { Progress = told, CancellationToken = source.Token };

        Assert.Throws<OperationCanceledException>(() => ml.ModelSpace().Transforms.VectorizeWeights(options).Fit(Models.View(ml, s_layout, Models.Zoo(s_layout, 5))));

        Assert.Equal([1L, 2], told.Rows);
    }

    private sealed class RowList(Action<long>? then = null) : IProgress<RowProgress>
    {
        public List<long> Rows { get; } = [];

        public void Report(RowProgress value)
        {
            Rows.Add(value.Rows);
            then?.Invoke(value.Rows);
        }
    }

    [Fact]
    public void SingularValuesDescendTensorByTensor()
    {
        float[] weights = Models.Zoo(s_layout, 1)[0];
        float[] features = Models.Vectorize(new() { Features = WeightFeatures.SingularValues }, s_layout, weights);
        double[] expected = new double[4];
        new SingularValues().Accurate(s_layout.Slice(weights, 2), 9, 4, expected);
        Assert.Equal(10, features.Length);
        for (int i = 0; i < 4; i++)
            Assert.Equal(expected[i], features[5 + i], 1e-5 * expected[0]);
        Assert.Equal(SingularValues.Norm(s_layout.Slice(weights, 3)), features[9], 1e-5);
    }

    [Fact]
    public void AKernelIsOutputChannelsByTheRest()
    {
        var layout = Models.Single(3, 2, 5, 5);
        float[] weights = Models.Random(layout.Length, 1);
        float[] features = Models.Vectorize(new() { Features = WeightFeatures.SingularValues }, layout, weights);
        double[] expected = new double[3];
        new SingularValues().Accurate(weights, 3, 50, expected);
        Assert.Equal(3, features.Length);
        Assert.Equal(expected[2], features[2], 1e-5 * expected[0]);
    }

    [Fact]
    public void AHistogramOfAFixedRangeCountsWhatLiesOutsideAtTheEnds()
    {
        float[] features = Models.Vectorize(
            new() { Features = WeightFeatures.Histogram, Histogram = { Bins = 4, Minimum = -1, Maximum = 1 } },
            Models.Single(8), [-7f, -1f, -0.6f, -0.4f, 0f, 0.1f, 0.9f, 5f]);
        Assert.Equal([3 / 8f, 1 / 8f, 2 / 8f, 2 / 8f], features);
    }

    [Fact]
    public void TheRangeOfAHistogramIsLearnedFromTheTrainingModels()
    {
        var ml = new MLContext(1);
        WeightLayout layout = Models.Single(4);
        IDataView train = Models.View(ml, layout, [0f, 1f, 2f, 4f], [1f, 1f, 1f, 1f]);
        var options = new VectorizeWeightsEstimator.Options { Features = WeightFeatures.Histogram, Histogram = { Bins = 2 } };
        ITransformer model = ml.ModelSpace().Transforms.VectorizeWeights(options).Fit(train);
        float[][] features = Models.Features(model.Transform(Models.View(ml, layout, [-9f, 1.9f, 2.1f, 9f], [9f, 9f, 9f, 9f])));
        Assert.Equal([0.5f, 0.5f], features[0]);
        Assert.Equal([0f, 1f], features[1]);
    }

    [Fact]
    public void ATensorThatIsTheSameNumberEverywhereHasAHistogramAllTheSame()
    {
        float[] features = Models.Vectorize(new() { Features = WeightFeatures.Histogram, Histogram = { Bins = 3 } }, Models.Single(4), [2f, 2f, 2f, 2f]);
        Assert.Equal([0f, 1f, 0f], features);
    }

    [Fact]
    public void BiasesStayOutWhenNotWanted()
    {
        float[] features = Models.Vectorize(
            new() { Features = WeightFeatures.SingularValues, IncludeBiases = false }, s_layout, Models.Zoo(s_layout, 1));
        Assert.Equal(8, features.Length);
    }

    [Theory]
    [InlineData(new int[0], 1)]
    [InlineData(new[] { 2, 2, 1, 2, 3 }, 2)]
    [InlineData(new[] { 0, 4 }, 0)]
    public void TensorsOfAnyRankHaveSingularValues(int[] shape, int count)
    {
        var layout = new WeightLayout([new TensorLayout("odd", shape), new TensorLayout("plain", 2, 3)]);
        float[] features = Models.Vectorize(new(), layout, Models.Random(layout.Length, 1));
        Assert.Equal(count + 2 + ((count > 0 ? 2 : 1) * 32), features.Length);
        Assert.All(features, value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void ANewContextLoadsWhatWasSaved()
    {
        var ml = new MLContext(1);
        IDataView view = Models.View(ml, s_layout, Models.Zoo(s_layout, 5));
        ITransformer model = ml.ModelSpace().Transforms.VectorizeWeights().Fit(view);
        IDataView after = Models.Reload(ml, model, view).Transform(view);
        Assert.Equal(Models.Features(model.Transform(view)), Models.Features(after));
        Assert.Equal(Models.Slots(model.Transform(view)), Models.Slots(after));
    }

    [Fact]
    public void APredictionEngineVectorizesOneModel()
    {
        var ml = new MLContext(1);
        float[][] zoo = Models.Zoo(s_layout, 3);
        IDataView view = Models.View(ml, s_layout, zoo);
        ITransformer model = ml.ModelSpace().Transforms.VectorizeWeights().Fit(view);
        using PredictionEngine<PlainRow, FeatureRow> engine = ml.Model.CreatePredictionEngine<PlainRow, FeatureRow>(model);
        Assert.Equal(Models.Features(model.Transform(view))[2], engine.Predict(new PlainRow { Weights = zoo[2] }).Features);
    }

    [Fact]
    public void WeightsWithoutALayoutHaveTheFittedOne()
    {
        var ml = new MLContext(1);
        float[][] zoo = Models.Zoo(s_layout, 3);
        ITransformer model = ml.ModelSpace().Transforms.VectorizeWeights().Fit(Models.View(ml, s_layout, zoo));
        Assert.Equal(
            Models.Features(model.Transform(Models.View(ml, s_layout, zoo))), Models.Features(model.Transform(Models.Plain(ml, zoo))));
    }

    [Fact]
    public void SeveralCursorsAtOnceGiveTheSame()
    {
        var ml = new MLContext(1);
        IDataView view = Models.View(ml, s_layout, Models.Zoo(s_layout, 40));
        IDataView vectorized = ml.ModelSpace().Transforms.VectorizeWeights().Fit(view).Transform(view);
        float[][] expected = Models.Features(vectorized);
        float[][][] together = new float[4][][];
        Parallel.For(0, 4, i => together[i] = Models.Features(vectorized));
        Assert.All(together, actual => Assert.Equal(expected, actual));
    }

    [Fact]
    public void RowsAfterTheFirstAllocateNothing()
    {
        var ml = new MLContext(1);
        WeightLayout layout = Models.Linear(8, 64);
        IDataView view = Models.View(ml, layout, Models.Zoo(layout, 2));
        ITransformer model = ml.ModelSpace().Transforms.VectorizeWeights().Fit(view);
        Vectorization fitted = VectorizationFitter.Fit(view, new VectorizeWeightsEstimator.Options());
        VectorEvaluator evaluator = fitted.CreateEvaluator();
        float[] weights = Models.Random(layout.Length, 9), features = new float[fitted.Slots.Count];
        evaluator.Evaluate(weights, layout, features);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++)
            evaluator.Evaluate(weights, layout, features);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
