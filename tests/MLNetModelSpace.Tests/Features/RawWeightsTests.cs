using Microsoft.ML;

namespace MLNetModelSpace.Tests.Features;

// Reaches internals: the assignment is compared with every permutation, which no vector of features shows.
public class RawWeightsTests
{
    [Fact]
    public void AnAssignmentIsTheBestOfAllPermutations()
    {
        int[][] permutations = [.. Permutations(5)];
        for (int seed = 0; seed < 30; seed++)
        {
            double[] costs = [.. Models.Random(25, seed).Select(value => (double)value)];
            int[] rows = new int[5];
            new Assignment(5).Solve(costs, rows);
            double Cost(int[] order) => Enumerable.Range(0, 5).Sum(column => costs[(order[column] * 5) + column]);
            Assert.Equal([0, 1, 2, 3, 4], rows.Order());
            Assert.Equal(permutations.Min(Cost), Cost(rows), 1e-9);
        }
    }

    [Fact]
    public void WithoutAProjectionWeightsComeOneByOne()
    {
        WeightLayout layout = Models.Linear();
        float[] weights = Models.Random(layout.Length, 1);
        var options = new VectorizeWeightsEstimator.Options { Features = WeightFeatures.RawWeights, RawWeights = { AlignUnits = false, Projection = WeightProjection.None } };
        Assert.Equal(weights, Models.Vectorize(options, layout, weights));
        var ml = new MLContext(1);
        IDataView view = Models.View(ml, layout, weights);
        Assert.Contains("decoder.weight[8,3]", Models.Slots(ml.ModelSpace().Transforms.VectorizeWeights(options).Fit(view).Transform(view)));
    }

    [Fact]
    public void PrincipalComponentsKeepDistancesOfTheTrainingModels()
    {
        WeightLayout layout = Models.Linear();
        float[][] zoo = Models.Zoo(layout, 6);
        var ml = new MLContext(1);
        IDataView view = Models.View(ml, layout, zoo);
        var options = new VectorizeWeightsEstimator.Options { Features = WeightFeatures.RawWeights, RawWeights = { AlignUnits = false, Components = 7 } };
        float[][] features = Models.Features(ml.ModelSpace().Transforms.VectorizeWeights(options).Fit(view).Transform(view));
        Assert.Equal(Distance(zoo[1], zoo[4]), Distance(features[1], features[4]), 1e-3);
        Assert.All(features, row => Assert.Equal(0, row[6]));
    }

    [Theory]
    [InlineData(WeightProjection.None)]
    [InlineData(WeightProjection.PrincipalComponents)]
    public void FeaturesDoNotDependOnTheOrderOfTheTrainingModels(WeightProjection projection)
    {
        WeightLayout layout = Models.Linear(2, 3);
        // More than the reference or the components are taken from.
        float[][] zoo = Models.Zoo(layout, 300);
        var ml = new MLContext(1);
        IDataView probe = Models.View(ml, layout, zoo[..3]);
        var options = new VectorizeWeightsEstimator.Options { Features = WeightFeatures.RawWeights, RawWeights = { Projection = projection, Components = 4 } };
        float[][] forward = Models.Features(ml.ModelSpace().Transforms.VectorizeWeights(options).Fit(Models.View(ml, layout, zoo)).Transform(probe));
        float[][] backward = Models.Features(ml.ModelSpace().Transforms.VectorizeWeights(options).Fit(Models.View(ml, layout, [.. zoo.Reverse()])).Transform(probe));
        Assert.Equal(forward, backward);
    }

    [Fact]
    public void SmallDifferencesOfLargeWeightsKeepTheirDirections()
    {
        // The models differ by a millionth of their weights' squares, in three directions of which the last is a thousandth of the first.
        WeightLayout layout = Models.Single(30);
        float[] common = Models.Random(30, 1, 100);
        float[][] zoo = [.. Enumerable.Range(0, 6).Select(i => common.Select((value, at) =>
            value + (at switch { 0 => i % 2, 1 => 0.05f * (i / 2), 2 => 0.001f * (i % 3), _ => 0 })).ToArray())];
        var ml = new MLContext(1);
        IDataView view = Models.View(ml, layout, zoo);
        var options = new VectorizeWeightsEstimator.Options { Features = WeightFeatures.RawWeights, RawWeights = { AlignUnits = false, Components = 6 } };
        float[][] features = Models.Features(ml.ModelSpace().Transforms.VectorizeWeights(options).Fit(view).Transform(view));
        Assert.All(features, row => Assert.Equal([0f, 0, 0], row[3..]));
        Assert.True(features.Select(row => row[2]).Max() > 1e-4f, "The smallest direction is lost.");
    }

    [Fact]
    public void TheProjectionIsSavedWithThePipeline()
    {
        WeightLayout layout = Models.Linear();
        var ml = new MLContext(1);
        IDataView view = Models.View(ml, layout, Models.Zoo(layout, 6));
        foreach (WeightProjection projection in Enum.GetValues<WeightProjection>())
        {
            var options = new VectorizeWeightsEstimator.Options { Features = WeightFeatures.RawWeights, RawWeights = { Projection = projection, Components = 5 } };
            ITransformer model = ml.ModelSpace().Transforms.VectorizeWeights(options).Fit(view);
            Assert.Equal(Models.Features(model.Transform(view)), Models.Features(Models.Reload(ml, model, view).Transform(view)));
        }
    }

    [Fact]
    public void AllFamiliesTogetherAreSavedAndLoaded()
    {
        WeightLayout layout = Models.Linear(12, 16);
        var ml = new MLContext(1);
        IDataView view = Models.View(ml, layout, Models.Zoo(layout, 4));
        var options = new VectorizeWeightsEstimator.Options { Features = FeatureFamilies.All, Canonical = { Directions = 5 }, RawWeights = { Components = 3 }, Seed = 8 };
        ITransformer model = ml.ModelSpace().Transforms.VectorizeWeights(options).Fit(view);
        IDataView before = model.Transform(view), after = Models.Reload(ml, model, view).Transform(view);
        Assert.Equal(Models.Slots(before), Models.Slots(after));
        Assert.Equal(Models.Features(before), Models.Features(after));
        Assert.Equal(Models.Slots(before).Length, Models.Slots(before).Distinct().Count());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void ComponentsAndDirectionsAreCountedFromOne(int count)
    {
        var components = Assert.Throws<ArgumentOutOfRangeException>(() => Models.Vectorize(new() { RawWeights = { Components = count } }, Models.Single(4), new float[4]));
        Assert.Contains($"Components is {count}; expected 1 to 4096", components.Message);
        var directions = Assert.Throws<ArgumentOutOfRangeException>(() => Models.Vectorize(new() { Canonical = { Directions = count } }, Models.Single(4), new float[4]));
        Assert.Contains($"Directions is {count}; expected 1 to 4096", directions.Message);
    }

    [Fact]
    public void AnUnknownProjectionIsRefused()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Models.Vectorize(new() { RawWeights = { Projection = (WeightProjection)9 } }, Models.Single(4), new float[4]));
        Assert.Contains("Projection is '9'; expected one of None, PrincipalComponents, Random", error.Message);
    }

    private static double Distance(float[] a, float[] b) => Math.Sqrt(a.Zip(b).Sum(pair => Math.Pow(pair.First - pair.Second, 2)));

    private static IEnumerable<int[]> Permutations(int n) => n == 0
        ? [[]]
        : Permutations(n - 1).SelectMany(rest => Enumerable.Range(0, n).Select(place => (int[])[.. rest[..place], n - 1, .. rest[place..]]));
}
