using System.Globalization;
using Microsoft.ML;

namespace MLNetModelSpace.Tests.Features;

// Reaches internals: which families there are is asked of the product, so that a new one is tried, too.
public class PooledFeaturesTests
{
    private static readonly VectorizeWeightsEstimator.Options s_options = new() { Features = FeatureFamilies.Poolable, PoolOverLayers = true, SpectralShape = { FewestEigenvalues = 2 } };

    [Fact]
    public void ModelsOfAnyLayoutHaveTheSameFeatures()
    {
        var ml = new MLContext(1);
        IDataView mixed = Mixed(ml, Models.Linear(), Models.Convolutional(5, 3, 3, 4), Models.Deep(20, 10, 4), Models.Single(3));
        IDataView vectorized = ml.ModelSpace().Transforms.VectorizeWeights(s_options).Fit(mixed).Transform(mixed);
        float[][] features = Models.Features(vectorized);
        string[] slots = Models.Slots(vectorized);
        Assert.All(features, row => Assert.Equal(slots.Length, row.Length));
        Assert.All(features.SelectMany(row => row), value => Assert.True(float.IsFinite(value)));
        Assert.Equal(slots.Length, slots.Distinct().Count());
        Assert.Equal([2f, 2f, 4f, 0f], features.Select(row => row[0]));
        Assert.Contains("mean weights σ at 50%", slots);
        Assert.Contains("last biases hist[0]", slots);
    }

    [Fact]
    public void SlotNamesAreTheSameInEveryCulture()
    {
        var german = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (german.NumberFormat.NumberDecimalSeparator, german.NumberFormat.NegativeSign, german.NumberFormat.PercentDecimalSeparator) = (",", "−", ",");
        string[] expected = Slots(), actual;
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = german;
        try
        {
            actual = Slots();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        Assert.Contains("mean weights σ at 12.5%", expected);
        Assert.Equal(expected, actual);

        static string[] Slots()
        {
            var ml = new MLContext(1);
            IDataView pooled = Mixed(ml, Models.Linear(), Models.Deep(20, 10, 4)), single = Models.View(ml, Models.Linear(), Models.Zoo(Models.Linear(), 3));
            var all = new VectorizeWeightsEstimator.Options { Features = FeatureFamilies.All, RawWeights = { Components = 3 } };
            return
            [
                .. Models.Slots(ml.ModelSpace().Transforms.VectorizeWeights(s_options).Fit(pooled).Transform(pooled)),
                .. Models.Slots(ml.ModelSpace().Transforms.VectorizeWeights(all).Fit(single).Transform(single)),
            ];
        }
    }

    [Fact]
    public void LayersArePooled()
    {
        var layout = new WeightLayout([new TensorLayout("a", 2, 2), new TensorLayout("b", 2, 2), new TensorLayout("c", 2, 2)]);
        var ml = new MLContext(1);
        IDataView view = Models.View(ml, layout, [1f, 1f, 1f, 1f, 4f, 4f, 4f, 4f, -2f, -2f, -2f, -2f]);
        IDataView vectorized = ml.ModelSpace().Transforms.VectorizeWeights(
            new VectorizeWeightsEstimator.Options { Features = WeightFeatures.LayerStatistics, PoolOverLayers = true, IncludeBiases = false }).Fit(view).Transform(view);
        Dictionary<string, float> features = Models.Slots(vectorized).Zip(Models.Features(vectorized)[0]).ToDictionary(pair => pair.First, pair => pair.Second);
        Assert.Equal(1, features["first weights mean"]);
        Assert.Equal(-2, features["last weights mean"]);
        Assert.Equal(1, features["mean weights mean"]);
        Assert.Equal(-2, features["min weights mean"]);
        Assert.Equal(4, features["max weights mean"]);
    }

    [Fact]
    public void OrderOfHiddenUnitsDoesNotShowInPooledSpectraOrStatistics()
    {
        WeightLayout layout = Models.Linear(4, 9);
        float[] weights = Models.Random(layout.Length, 2);
        float[] one = Models.Vectorize(s_options, layout, weights);
        float[] other = Models.Vectorize(s_options, layout, Symmetries.PermuteAndScale(layout, weights, 3, scale: false));
        for (int i = 0; i < one.Length; i++)
            Assert.Equal(one[i], other[i], 1e-3f * (1 + Math.Abs(one[i])));
    }

    [Fact]
    public void ANewContextLoadsWhatWasSaved()
    {
        var ml = new MLContext(1);
        IDataView mixed = Mixed(ml, Models.Linear(), Models.Deep(20, 10, 4));
        ITransformer model = ml.ModelSpace().Transforms.VectorizeWeights(s_options).Fit(mixed);
        Assert.Equal(Models.Features(model.Transform(mixed)), Models.Features(Models.Reload(ml, model, mixed).Transform(mixed)));
    }

    [Fact]
    public void FamiliesThatNeedOneLayoutAreRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => new MLContext().ModelSpace().Transforms.VectorizeWeights(
            new VectorizeWeightsEstimator.Options { Features = WeightFeatures.Histogram | WeightFeatures.ComposedMap, PoolOverLayers = true }));
        Assert.Contains("ComposedMap needs one layout and cannot be pooled over layers", error.Message);
    }

    [Fact]
    public void WeightsWithoutALayoutAreRefusedAtTransform()
    {
        var ml = new MLContext(1);
        ITransformer model = ml.ModelSpace().Transforms.VectorizeWeights(s_options).Fit(Mixed(ml, Models.Linear()));
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => model.Transform(Models.Plain(ml, new float[4])));
        Assert.Contains("expected weights with a layout", error.Message);
    }

    private static IDataView Mixed(MLContext ml, params WeightLayout[] layouts) => ml.Data.LoadFromEnumerable(
        layouts.Select((layout, i) => new WeightRow { Weights = Models.Random(layout.Length, i), Layout = layout.ToJson() }));
}
