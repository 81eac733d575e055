using Microsoft.ML;
using Microsoft.ML.Trainers.FastTree;

namespace Engine.Tests.Trainers;

/// <summary>What the trees of a forest add up to, and which splits they draw, in figures of Microsoft.ML 5.0.</summary>
public sealed class ForestScoreTests
{
    private readonly MLContext _ml = new(1);

    // Four features: the first tree of the default seed draws none of them and is left out.
    [Theory]
    [InlineData(40, 2, 1, 1.157096f, -1.258946f, 1.157096f, -1.258946f)]
    [InlineData(40, 3, 2, 1.385905f, -1.505977f, -0.2979568f, 0.1778846f)]
    [InlineData(40, 100, 98, 1.276302f, -1.695866f, 0.2724417f, 0.7986386f)]
    [InlineData(400, 20, 19, 2.098112f, -2.120277f, 0.5306898f, 0.2174993f)]
    public void RegressionGivesTheMeanOfItsTrees(int rows, int trees, int grown, params float[] scores)
    {
        var table = TrainerData.Table(_ml, TrainerData.Make(rows, 4, seed: 3));

        var model = _ml.Regression.Trainers.FastForest(new FastForestRegressionTrainer.Options { LabelColumnName = "Target", NumberOfTrees = trees }).Fit(table);

        var ensemble = model.Model.TrainedTreeEnsemble;
        Assert.Equal(grown, ensemble.Trees.Count);
        Assert.Equal(Enumerable.Repeat(1.0, grown), ensemble.TreeWeights);
        Assert.Equal(0, ensemble.Bias);
        TrainerData.Near(scores, TrainerData.Column(model.Transform(table), "Score")[..4], 1e-5);
        TrainerData.Near(scores, TrainerData.Column(SaveAndLoad(model, table).Transform(table), "Score")[..4], 1e-5);
    }

    // With options the trainer also draws labels for quantiles, without it does not: after the first tree the draws part.
    [Fact]
    public void OptionsThatSayNothingDrawOtherSplits()
    {
        var table = TrainerData.Table(_ml, TrainerData.Make(400, 4, seed: 3));

        var plain = _ml.Regression.Trainers.FastForest("Target", numberOfTrees: 3).Fit(table).Model.TrainedTreeEnsemble.Trees;
        var options = new FastForestRegressionTrainer.Options { LabelColumnName = "Target", NumberOfTrees = 3 };
        var other = _ml.Regression.Trainers.FastForest(options).Fit(table).Model.TrainedTreeEnsemble.Trees;

        Assert.Equal(["1131111111213121323", "0000101110100111011"], plain.Select(tree => string.Concat(tree.NumericalSplitFeatureIndexes)));
        Assert.Equal(["1131111111213121323", "0000101110110000111"], other.Select(tree => string.Concat(tree.NumericalSplitFeatureIndexes)));
    }

    [Theory]
    [InlineData(40, 2, 1, 0.5294118f, -0.5555556f, 0.5294118f, -0.5555556f)]
    [InlineData(40, 3, 2, 1.279412f, -1.430556f, -0.3455882f, 0.1944444f)]
    [InlineData(40, 100, 98, 67.2094f, -60.927f, -17.07703f, 45.89433f)]
    [InlineData(400, 20, 19, 14.52607f, -16.09356f, 9.308092f, 8.083953f)]
    public void TwoClassesGiveTheSumOfTheTrees(int rows, int trees, int grown, params float[] scores)
    {
        var table = TrainerData.Table(_ml, TrainerData.Make(rows, 4, seed: 3));

        var model = _ml.BinaryClassification.Trainers.FastForest(numberOfTrees: trees).Fit(table);

        var ensemble = model.Model.TrainedTreeEnsemble;
        Assert.Equal(grown, ensemble.Trees.Count);
        Assert.Equal(Enumerable.Repeat(1.0, grown), ensemble.TreeWeights);
        TrainerData.Near(scores, TrainerData.Column(model.Transform(table), "Score")[..4], 1e-4);
        TrainerData.Near(scores, TrainerData.Column(SaveAndLoad(model, table).Transform(table), "Score")[..4], 1e-4);
    }

    // Splits draw features too: a better one is taken with the chance asked for.
    [Theory]
    [InlineData(1, "00011", "22424")]
    [InlineData(5, "01000", "24222")]
    public void ForestsDrawTheSplitsOfficialOnesDraw(int seed, params string[] features)
    {
        var options = new FastForestRegressionTrainer.Options
        {
            LabelColumnName = "Target",
            Seed = seed,
            NumberOfTrees = 3,
            NumberOfLeaves = 6,
            FeatureFraction = 0.4,
            FeatureFractionPerSplit = 0.5,
        };

        var trees = _ml.Regression.Trainers.FastForest(options).Fit(TrainerData.Table(_ml, TrainerData.Make(200, 5, seed))).Model.TrainedTreeEnsemble.Trees;

        Assert.Equal(features, trees.Select(tree => string.Concat(tree.NumericalSplitFeatureIndexes)));
    }

    // Where boosting draws no feature at all for a root, there is no tree: seed 20 grows four of five.
    [Theory]
    [InlineData(1, "555", "000", "000", "656", "113")]
    [InlineData(20, "567", "000", "001", "112")]
    public void BoostedTreesDrawTheSplitsOfficialOnesDraw(int seed, params string[] features)
    {
        var options = new FastTreeRegressionTrainer.Options
        {
            LabelColumnName = "Target",
            Seed = seed,
            NumberOfTrees = 5,
            NumberOfLeaves = 4,
            FeatureFraction = 0.6,
            FeatureFractionPerSplit = 0.5,
            BaggingSize = 1,
        };

        var trees = _ml.Regression.Trainers.FastTree(options).Fit(TrainerData.Table(_ml, TrainerData.Make(200, 8, seed))).Model.TrainedTreeEnsemble.Trees;

        Assert.Equal(features, trees.Select(tree => string.Concat(tree.NumericalSplitFeatureIndexes)));
    }

    [Fact]
    public void BagsThatDoNotFillTheTreesAreRefusedWhenFitting()
    {
        var trainer = _ml.Regression.Trainers.FastTree(new FastTreeRegressionTrainer.Options { LabelColumnName = "Target", NumberOfTrees = 10, BaggingSize = 3 });
        var table = TrainerData.Table(_ml, TrainerData.Make(50, 3, seed: 1));

        Assert.Equal("Number of trees should be a multiple of number bag size", Assert.Throws<InvalidOperationException>(() => trainer.Fit(table)).Message);
    }

    private ITransformer SaveAndLoad(ITransformer model, IDataView table)
    {
        using var stream = new MemoryStream();
        _ml.Model.Save(model, table.Schema, stream);
        stream.Position = 0;
        return new MLContext(2).Model.Load(stream, out _);
    }
}
