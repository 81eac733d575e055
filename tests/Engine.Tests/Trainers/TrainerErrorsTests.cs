using Microsoft.ML;

namespace Engine.Tests;

/// <summary>The exceptions of trainers and evaluators in <c>errors.json</c>.</summary>
public partial class ErrorsTests
{
    [ErrorCaseFact("FastTree with a missing feature column, Fit")]
    public void FastTreeWithoutFeatures() => Check(
        "FastTree with a missing feature column, Fit",
        () => _ml.BinaryClassification.Trainers.FastTree("Label", "Nope").Fit(Rows()));

    [ErrorCaseFact("FastTree with a float label, Fit")]
    public void FastTreeWithAFloatLabel() => Check(
        "FastTree with a float label, Fit",
        () => _ml.BinaryClassification.Trainers.FastTree("Target").Fit(Rows()));

    [ErrorCaseFact("FastTree on no rows, Fit")]
    public void FastTreeOnNoRows() => Check("FastTree on no rows, Fit", () => _ml.BinaryClassification.Trainers.FastTree().Fit(Rows(0)));

    [ErrorCaseFact("LbfgsLogisticRegression on no rows, Fit")]
    public void LogisticRegressionOnNoRows() => Check(
        "LbfgsLogisticRegression on no rows, Fit",
        () => _ml.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(Rows(0)));

    [ErrorCaseFact("LbfgsLogisticRegression with one NaN row, Fit")]
    public void LogisticRegressionWithANaNRow() => Check("LbfgsLogisticRegression with one NaN row, Fit", () =>
    {
        var rows = Trainers.TrainerData.Make(40, 3, seed: 1);
        rows[0].Features[1] = float.NaN;
        return _ml.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(Trainers.TrainerData.Table(_ml, rows));
    });

    [ErrorCaseFact("Evaluate of data without scores")]
    public void EvaluateWithoutScores() => Check("Evaluate of data without scores", () => _ml.BinaryClassification.Evaluate(Rows()));

    [ErrorCaseFact("Evaluate of no rows")]
    public void EvaluateNoRows() => Check("Evaluate of no rows", () =>
    {
        var model = _ml.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(Rows());
        return _ml.BinaryClassification.Evaluate(model.Transform(Rows(0)));
    });
}
