using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Embedding;

public class ComposedSubspaceTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void FeaturesAreTheMapInTheLearnedDirections()
    {
        // Two inputs, one hidden unit: M = w₂w₁ᵀ, and two directions span everything, so trace and norm are M's own.
        var layout = new WeightLayout([new TensorLayout("a.weight", 1, 2), new TensorLayout("b.weight", 2, 1)]);
        float[] features = Features(layout, [1, 2, 3, 4], 2);
        Assert.Equal((3 * 1) + (4 * 2), features[0] + features[3], 4);
        Assert.Equal(5 * 25, features[..4].Sum(value => (double)value * value), 2);
    }

    [Fact]
    public void TheOrderOfHiddenUnitsDoesNotMatter() => Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
    {
        float[] weights = GraphModels.Random(GraphModels.Dense, seed), other = GraphModels.Permute(GraphModels.Dense, weights, seed + 1);
        IDataView data = View(GraphModels.Dense, weights, other);
        float[][] features = [.. Fit(GraphModels.Dense, data, 3).Transform(data).GetColumn<float[]>("Features")];
        return features[0].Zip(features[1]).All(pair => Math.Abs(pair.First - pair.Second) < 1e-4);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void DirectionsAreSavedAndLoaded()
    {
        float[] weights = GraphModels.Random(GraphModels.Dense, 1);
        IDataView data = View(GraphModels.Dense, weights);
        ComposedSubspaceTransformer model = Fit(GraphModels.Dense, data, 4);
        using var file = new MemoryStream();
        _ml.Model.Save(model, data.Schema, file);
        file.Position = 0;
        var fresh = new MLContext();
        Assert.Equal(
            model.Transform(data).GetColumn<float[]>("Features").Single(), fresh.Model.Load(file, out _).Transform(data).GetColumn<float[]>("Features").Single());
    }

    [Fact]
    public void AMapFromOneSpaceToAnotherIsRefused()
    {
        var layout = new WeightLayout([new TensorLayout("a.weight", 2, 3), new TensorLayout("b.weight", 5, 2)]);
        Assert.Contains(
            "from 3 to 5 numbers; expected a map of a space to itself",
            Assert.Throws<InvalidOperationException>(() => Features(layout, new float[16], 2)).Message);
    }

    private float[] Features(WeightLayout layout, float[] weights, int directions)
    {
        IDataView data = View(layout, weights);
        return Fit(layout, data, directions).Transform(data).GetColumn<float[]>("Features").Single();
    }

    private ComposedSubspaceTransformer Fit(WeightLayout layout, IDataView data, int directions) =>
        _ml.ModelSpace().Transforms.ProjectComposedMap(new ComposedSubspaceEstimator.Options { Layout = layout, Directions = directions }).Fit(data);

    private IDataView View(WeightLayout layout, params float[][] weights)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Row));
        definition["Weights"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, layout.Length);
        return _ml.Data.LoadFromEnumerable(weights.Select(values => new Row { Weights = values }), definition);
    }

    private sealed class Row
    {
        public float[] Weights { get; set; } = [];
    }
}
