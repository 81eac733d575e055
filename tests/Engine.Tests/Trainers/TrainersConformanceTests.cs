using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;

namespace Engine.Tests.Trainers;

/// <summary>Trainers against what Microsoft.ML 5.0.0 gives on the same rows.</summary>
public sealed class TrainersConformanceTests
{
    private const string File = "microsoft.ml-5.0.0/trainers.json";
    private readonly MLContext _ml = new(1);

    [ConformanceFact(File)]
    public void LbfgsLogisticRegressionFindsTheSameModel()
    {
        using var json = Conformance.Open(File);
        var expected = json.RootElement.GetProperty("LbfgsLogisticRegression");
        var (train, test) = Tables(json);
        var model = _ml.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(train);
        var linear = model.Model.SubModel;
        TrainerData.Near(TrainerData.Floats(expected.GetProperty("weights")), [.. linear.Weights], 2e-3);
        TrainerData.Near(expected.GetProperty("bias").GetDouble(), linear.Bias, 2e-3);
        var scored = model.Transform(test);
        var figures = expected.GetProperty("test");
        TrainerData.Near(TrainerData.Floats(figures.GetProperty("score")), TrainerData.Column(scored, "Score"), 2e-3);
        TrainerData.Near(TrainerData.Floats(figures.GetProperty("probability")), TrainerData.Column(scored, "Probability"), 2e-3);
        TrainerData.Near(figures.GetProperty("metrics").GetProperty("LogLoss").GetDouble(), _ml.BinaryClassification.Evaluate(scored).LogLoss, 2e-3);
    }

    [ConformanceFact(File)]
    public void SdcaLogisticRegressionIsAsGood()
    {
        using var json = Conformance.Open(File);
        var expected = json.RootElement.GetProperty("SdcaLogisticRegression").GetProperty("metrics");
        var (train, test) = Tables(json);
        var options = new SdcaLogisticRegressionBinaryTrainer.Options { NumberOfThreads = 1 };
        var metrics = _ml.BinaryClassification.Evaluate(_ml.BinaryClassification.Trainers.SdcaLogisticRegression(options).Fit(train).Transform(test));
        TrainerData.Near(expected.GetProperty("Accuracy").GetDouble(), metrics.Accuracy, 0.01);
        TrainerData.Near(expected.GetProperty("AreaUnderRocCurve").GetDouble(), metrics.AreaUnderRocCurve, 0.01);
        double loss = expected.GetProperty("LogLoss").GetDouble();
        TrainerData.Near(loss, metrics.LogLoss, 0.02 * loss);
    }

    [ConformanceFact(File)]
    public void SdcaRegressionIsAsGood()
    {
        using var json = Conformance.Open(File);
        var expected = json.RootElement.GetProperty("SdcaRegression").GetProperty("metrics");
        var (train, test) = Tables(json);
        var options = new SdcaRegressionTrainer.Options { NumberOfThreads = 1, LabelColumnName = "Target" };
        var metrics = _ml.Regression.Evaluate(_ml.Regression.Trainers.Sdca(options).Fit(train).Transform(test), "Target");
        double loss = expected.GetProperty("MeanSquaredError").GetDouble();
        TrainerData.Near(loss, metrics.MeanSquaredError, 0.02 * loss);
        TrainerData.Near(expected.GetProperty("RSquared").GetDouble(), metrics.RSquared, 0.02);
    }

    [ConformanceFact(File)]
    public void FastTreeTellsClassesApartAlike()
    {
        using var json = Conformance.Open(File);
        CheckTrees(json, "FastTree", new FastTreeBinaryTrainer.Options());
    }

    // These figures come from leaves of at least 5 rows, though their name does not say so: with 10 the official package does not repeat them.
    [ConformanceFact(File)]
    public void SmallerFastTreeTellsClassesApartAlike()
    {
        using var json = Conformance.Open(File);
        CheckTrees(json, "FastTree_20trees_8leaves", new FastTreeBinaryTrainer.Options { NumberOfTrees = 20, NumberOfLeaves = 8, MinimumExampleCountPerLeaf = 5 });
    }

    [ConformanceFact(File)]
    public void FastForestTellsClassesApartAlike()
    {
        using var json = Conformance.Open(File);
        var expected = json.RootElement.GetProperty("FastForest");
        var (train, test) = Tables(json);
        var scored = _ml.BinaryClassification.Trainers.FastForest().Fit(train).Transform(test);
        Assert.InRange(TrainerData.Correlation(TrainerData.Floats(expected.GetProperty("score")), TrainerData.Column(scored, "Score")), 0.97, 1.0001);
        CheckRanking(expected.GetProperty("metrics"), _ml.BinaryClassification.EvaluateNonCalibrated(scored));
        Assert.Null(scored.Schema.GetColumnOrNull("Probability"));
    }

    [ConformanceFact(File)]
    public void FastTreeRegressesAlike()
    {
        using var json = Conformance.Open(File);
        var expected = json.RootElement.GetProperty("FastTreeRegression");
        var (train, test) = Tables(json);
        var scored = _ml.Regression.Trainers.FastTree("Target").Fit(train).Transform(test);
        Assert.InRange(TrainerData.Correlation(TrainerData.Floats(expected.GetProperty("score")), TrainerData.Column(scored, "Score")), 0.98, 1.0001);
        TrainerData.Near(expected.GetProperty("metrics").GetProperty("RSquared").GetDouble(), _ml.Regression.Evaluate(scored, "Target").RSquared, 0.02);
    }

    private void CheckTrees(JsonDocument json, string name, FastTreeBinaryTrainer.Options options)
    {
        var expected = json.RootElement.GetProperty(name);
        var (train, test) = Tables(json);
        var scored = _ml.BinaryClassification.Trainers.FastTree(options).Fit(train).Transform(test);
        Assert.InRange(TrainerData.Correlation(TrainerData.Floats(expected.GetProperty("score")), TrainerData.Column(scored, "Score")), 0.98, 1.0001);
        Assert.InRange(TrainerData.Correlation(TrainerData.Floats(expected.GetProperty("probability")), TrainerData.Column(scored, "Probability")), 0.98, 1.0001);
        CheckRanking(expected.GetProperty("metrics"), _ml.BinaryClassification.Evaluate(scored));
    }

    private static void CheckRanking(JsonElement expected, BinaryClassificationMetrics actual)
    {
        TrainerData.Near(expected.GetProperty("Accuracy").GetDouble(), actual.Accuracy, 0.015);
        TrainerData.Near(expected.GetProperty("AreaUnderRocCurve").GetDouble(), actual.AreaUnderRocCurve, 0.015);
    }

    private (IDataView Train, IDataView Test) Tables(JsonDocument json) =>
        (TrainerData.Table(_ml, TrainerData.FromJson(json.RootElement.GetProperty("train"))), TrainerData.Table(_ml, TrainerData.FromJson(json.RootElement.GetProperty("test"))));
}
