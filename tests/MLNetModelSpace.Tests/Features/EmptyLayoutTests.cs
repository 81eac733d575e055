using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Features;

/// <summary>An empty text in the column of layouts says nothing, as <see cref="WeightsRow"/> does where nothing is set.</summary>
public sealed class EmptyLayoutTests
{
    private static readonly WeightLayout s_layout = GraphModels.Dense;
    private static readonly float[][] s_zoo = Models.Zoo(s_layout, 3);

    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public void ItMeansTheFittedLayout(string text)
    {
        ITransformer model = _ml.ModelSpace().Transforms.VectorizeWeights("Features", "Weights").Fit(Models.View(_ml, s_layout, s_zoo));

        Assert.Equal(Features(model, s_layout.ToJson()), Features(model, text));
    }

    [Fact]
    public void ItMeansTheFittedLayoutOfProbes()
    {
        ITransformer model = _ml.ModelSpace().Transforms.ProbeModel(new ProbeModelEstimator.Options { OutputColumnName = "Features", Features = ProbeFeatures.Errors })
            .Fit(Models.View(_ml, s_layout, s_zoo));

        Assert.Equal(Features(model, s_layout.ToJson()), Features(model, ""), (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ItMeansTheLayoutOfTheOptions(bool pool)
    {
        var options = new VectorizeWeightsEstimator.Options { Layout = s_layout, PoolOverLayers = pool };

        ITransformer model = Models.Reload(_ml, _ml.ModelSpace().Transforms.VectorizeWeights(options).Fit(View("")), View(""));

        Assert.Equal(Features(model, s_layout.ToJson()), Features(model, ""));
    }

    [Fact]
    public void ItIsRefusedWhereNoLayoutIsKnown() => Assert.Equal(
        "Row 0 of column 'Layout' says no layout, and none is in the options.",
        Models.Cause<InvalidDataException>(() => _ml.ModelSpace().Transforms.VectorizeWeights("Features", "Weights").Fit(View(""))).Message);

    private static IDataView View(string layout) =>
        new MLContext().Data.LoadFromEnumerable(s_zoo.Select(weights => new WeightsRow { Weights = weights, Layout = layout }));

    private static float[] Features(ITransformer model, string layout) => [.. model.Transform(View(layout)).GetColumn<float[]>("Features").SelectMany(row => row)];
}
