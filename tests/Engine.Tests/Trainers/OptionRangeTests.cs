using Microsoft.ML;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;

namespace Engine.Tests.Trainers;

/// <summary>Options at and beyond the ends of their ranges that trainers take nevertheless.</summary>
public sealed class OptionRangeTests
{
    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData(0), InlineData(-1)]
    public void AtLeastNoRowALeafIsAtLeastOne(int minimum) => Assert.Equal(
        Scores(new FastTreeRegressionTrainer.Options { NumberOfTrees = 2, MinimumExampleCountPerLeaf = 1 }, features: 1, rows: 8),
        Scores(new FastTreeRegressionTrainer.Options { NumberOfTrees = 2, MinimumExampleCountPerLeaf = minimum }, features: 1, rows: 8));

    [Fact]
    public void ANegativeLearningRateLearnsTheOpposite()
    {
        var scores = Scores(new FastTreeRegressionTrainer.Options { NumberOfTrees = 1, LearningRate = -0.2 });

        Assert.Equal(Scores(new FastTreeRegressionTrainer.Options { NumberOfTrees = 1 }).Select(score => -score), scores);
    }

    [Fact]
    public void WithoutOutputsScoresAreZero()
    {
        var table = TrainerData.Table(_ml, TrainerData.Make(60, 3, seed: 11));

        Assert.All(TrainerData.Column(_ml.BinaryClassification.Trainers.FastTree(new FastTreeBinaryTrainer.Options { MaximumTreeOutput = 0 }).Fit(table).Transform(table), "Score"), score => Assert.Equal(0, score));
    }

    [Theory]
    [InlineData(0, 0.7), InlineData(0.7, 0)]
    public void OfNoRowsOrNoFeaturesNoTreeGrows(double rows, double features)
    {
        var options = new FastForestRegressionTrainer.Options { LabelColumnName = "Target", BaggingExampleFraction = rows, FeatureFraction = features, NumberOfTrees = 5 };

        Assert.Empty(_ml.Regression.Trainers.FastForest(options).Fit(TrainerData.Table(_ml, TrainerData.Make(200, 10, seed: 3))).Model.TrainedTreeEnsemble.Trees);
    }

    [Fact]
    public void MoreBinsThanValuesGiveEachItsOwn() => Assert.Equal(
        Scores(new FastTreeRegressionTrainer.Options { NumberOfTrees = 5, MaximumBinCountPerFeature = 256 }, rows: 200),
        Scores(new FastTreeRegressionTrainer.Options { NumberOfTrees = 5, MaximumBinCountPerFeature = 1000 }, rows: 200));

    [Theory]
    [InlineData(0), InlineData(-3), InlineData(1000)]
    public void WithoutLookingSdcaMakesAllItsPasses(int frequency)
    {
        float[] Weights(int passes, int? checks)
        {
            var options = new SdcaRegressionTrainer.Options
            {
                LabelColumnName = "Target",
                NumberOfThreads = 1,
                Shuffle = false,
                MaximumNumberOfIterations = passes,
                ConvergenceCheckFrequency = checks,
                ConvergenceTolerance = 0.01f,
            };
            return [.. _ml.Regression.Trainers.Sdca(options).Fit(TrainerData.Table(_ml, TrainerData.Make(100, 5, seed: 3))).Model.Weights];
        }

        // Looked at, it would end, and not with the last pass.
        Assert.Equal(Weights(30, 30), Weights(30, frequency));
        Assert.NotEqual(Weights(30, null), Weights(30, frequency));
    }

    [Fact]
    public void WithoutAPenaltySdcaTakesNextToNone()
    {
        static float[] Weights(MLContext ml, float l2) => [.. ml.Regression.Trainers.Sdca(new SdcaRegressionTrainer.Options
        {
            LabelColumnName = "Target", NumberOfThreads = 1, Shuffle = false, MaximumNumberOfIterations = 5, L2Regularization = l2,
        }).Fit(TrainerData.Table(ml, TrainerData.Make(100, 5, seed: 3))).Model.Weights];

        Assert.Equal(Weights(_ml, 1e-30f), Weights(_ml, 0));
    }

    private float[] Scores(FastTreeRegressionTrainer.Options options, int features = 3, int rows = 60)
    {
        options.LabelColumnName = "Target";
        var table = TrainerData.Table(_ml, TrainerData.Make(rows, features, seed: 3));
        return TrainerData.Column(_ml.Regression.Trainers.FastTree(options).Fit(table).Transform(table), "Score");
    }
}
