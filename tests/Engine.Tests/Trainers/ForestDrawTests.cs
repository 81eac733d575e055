using Microsoft.ML;
using Microsoft.ML.Trainers.FastTree;

namespace Engine.Tests.Trainers;

/// <summary>Which rows and features the trees of a forest see, read off the trees, against Microsoft.ML 5.0: a seed gives the same draws.</summary>
public sealed class ForestDrawTests
{
    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData(123, 0.7, "11010110111001110110", "00110111110111001011", "11111101000101111111")]
    [InlineData(7, 0.7, "01111101100111110110", "01111001011000101111", "01111101101100111101")]
    [InlineData(123, 0.3, "11010000010001010100", "00010110100110001011", "01011101000001110010")]
    public void TheBagsAreTheOfficialOnes(int seed, double fraction, params string[] expected)
    {
        // With a leaf for every row, a tree's leaves are the targets of its rows.
        float[] targets = [.. Enumerable.Range(0, expected[0].Length).Select(i => (float)((i * 37 % 101 * 64) + i))];
        var rows = targets.Select((target, i) => new TrainRow { Features = [i], Target = target }).ToList();
        var options = Options(seed, trees: expected.Length, leaves: targets.Length + 1);
        options.BaggingExampleFraction = fraction;

        var trees = _ml.Regression.Trainers.FastForest(options).Fit(TrainerData.Table(_ml, rows)).Model.TrainedTreeEnsemble.Trees;

        Assert.Equal(expected, trees.Select(tree => Bits(targets, target => tree.LeafValues.Any(leaf => Math.Abs(leaf - target) < 0.01))));
    }

    [Theory]
    [InlineData(123, 0.5, "0000011110", "0111100110", "1101000001", "0001010110")]
    [InlineData(123, 0.7, "0000011111", "0111101110", "1101011011", "1001110110")]
    [InlineData(7, 0.5, "1001101000", "1011010101", "0011110110", "0111110100")]
    public void TheFeaturesOfTreesAreTheOfficialOnes(int seed, double fraction, params string[] expected)
    {
        // Of noise a large tree uses every feature it may.
        var random = new Random(5);
        var rows = Enumerable.Range(0, 600).Select(_ => new TrainRow
        {
            Features = [.. Enumerable.Range(0, 10).Select(_ => random.NextSingle())],
            Target = random.NextSingle(),
        }).ToList();
        var options = Options(seed, trees: expected.Length, leaves: 200);
        options.FeatureFraction = fraction;

        var trees = _ml.Regression.Trainers.FastForest(options).Fit(TrainerData.Table(_ml, rows)).Model.TrainedTreeEnsemble.Trees;

        Assert.Equal(expected, trees.Select(tree => Bits(Enumerable.Range(0, 10), feature => tree.NumericalSplitFeatureIndexes.Contains(feature))));
    }

    // The first feature of a tree is looked at for every split; where it is the best of all, nothing else is chosen, however few are drawn.
    [Fact]
    public void TheFirstFeatureIsDrawnForEverySplit()
    {
        var random = new Random(5);
        var rows = Enumerable.Range(0, 300).Select(_ =>
        {
            float target = random.NextSingle();
            return new TrainRow { Features = [.. Enumerable.Range(0, 6).Select(i => target + (i * 0.12f * (random.NextSingle() - 0.5f)))], Target = target };
        }).ToList();
        var options = Options(123, trees: 10, leaves: 4);
        options.FeatureFractionPerSplit = 0.2;

        var trees = _ml.Regression.Trainers.FastForest(options).Fit(TrainerData.Table(_ml, rows)).Model.TrainedTreeEnsemble.Trees;

        Assert.All(trees, tree => Assert.All(tree.NumericalSplitFeatureIndexes, feature => Assert.Equal(0, feature)));
    }

    private static FastForestRegressionTrainer.Options Options(int seed, int trees, int leaves) => new()
    {
        LabelColumnName = "Target",
        NumberOfTrees = trees,
        NumberOfLeaves = leaves,
        MinimumExampleCountPerLeaf = 1,
        FeatureFraction = 1,
        FeatureFractionPerSplit = 1,
        Seed = seed,
        FeatureSelectionSeed = seed,
    };

    private static string Bits<T>(IEnumerable<T> items, Func<T, bool> isIn) => string.Concat(items.Select(item => isIn(item) ? '1' : '0'));
}
