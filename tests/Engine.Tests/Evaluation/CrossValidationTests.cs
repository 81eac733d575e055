using Engine.Tests.Trainers;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Engine.Tests.Evaluation;

/// <summary>Cross-validation without probabilities, of values, and of many classes: each fold's metrics are those of its own held-out rows.</summary>
public sealed class CrossValidationTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void OfScoresWithoutProbabilities()
    {
        var folds = _ml.BinaryClassification.CrossValidateNonCalibrated(Rows(), _ml.BinaryClassification.Trainers.FastForest(numberOfTrees: 5), numberOfFolds: 3);

        Assert.Equal([0, 1, 2], folds.Select(fold => fold.Fold));
        Assert.All(folds, fold => Assert.Equal(fold.ScoredHoldOutSet.GetColumn<float>("Score"), fold.Model.Transform(fold.ScoredHoldOutSet).GetColumn<float>("Score")));
        Assert.All(folds, fold => Assert.Equal(_ml.BinaryClassification.EvaluateNonCalibrated(fold.ScoredHoldOutSet).AreaUnderRocCurve, fold.Metrics.AreaUnderRocCurve));
    }

    [Fact]
    public void OfValues()
    {
        var folds = _ml.Regression.CrossValidate(Rows(), _ml.Regression.Trainers.FastTree("Target", numberOfTrees: 5), numberOfFolds: 3, labelColumnName: "Target");

        Assert.All(folds, fold => Assert.Equal(_ml.Regression.Evaluate(fold.ScoredHoldOutSet, "Target").RSquared, fold.Metrics.RSquared));
        Assert.Equal(90, folds.Sum(fold => fold.ScoredHoldOutSet.GetColumn<float>("Score").Count()));
    }

    [Fact]
    public void OfManyClasses()
    {
        var keys = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(Rows()).Transform(Rows());
        var folds = _ml.MulticlassClassification.CrossValidate(keys, _ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(), numberOfFolds: 3);

        Assert.All(folds, fold => Assert.Equal(_ml.MulticlassClassification.Evaluate(fold.ScoredHoldOutSet).LogLoss, fold.Metrics.LogLoss));
        Assert.All(folds, fold => Assert.InRange(fold.Metrics.MicroAccuracy, 0.5, 1));
    }

    private IDataView Rows() => TrainerData.Table(_ml, TrainerData.Make(90, 3, seed: 5));
}
