using Microsoft.ML;

namespace Engine.Tests;

public partial class ErrorsTests
{
    [ErrorCaseFact("FastTree with a missing feature column, Fit")]
    public void TrainerWithAMissingFeatureColumn() =>
        Check("FastTree with a missing feature column, Fit", () => _ml.BinaryClassification.Trainers.FastTree("Label", "Nope").Fit(Rows()));

    [ErrorCaseFact("FastTree with a float label, Fit")]
    public void TrainerWithAFloatLabel() =>
        Check("FastTree with a float label, Fit", () => _ml.BinaryClassification.Trainers.FastTree("Target", "Features").Fit(Rows()));

    [ErrorCaseFact("FastTree on no rows, Fit")]
    public void TreesOfNoRows() => Check("FastTree on no rows, Fit", () => _ml.BinaryClassification.Trainers.FastTree().Fit(Rows(0)));

    [ErrorCaseFact("LbfgsLogisticRegression on no rows, Fit")]
    public void RegressionOfNoRows() =>
        Check("LbfgsLogisticRegression on no rows, Fit", () => _ml.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(Rows(0)));

    [ErrorCaseFact("LbfgsLogisticRegression with one NaN row, Fit")]
    public void RegressionWithOneNaNRow() => Check("LbfgsLogisticRegression with one NaN row, Fit", () =>
    {
        var rows = TrainRow.Make(40);
        rows[7].Features[3] = float.NaN;
        return _ml.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(_ml.Data.LoadFromEnumerable(rows));
    });

    [ErrorCaseFact("Evaluate of data without scores")]
    public void EvaluateWithoutScores() => Check("Evaluate of data without scores", () => _ml.BinaryClassification.Evaluate(Rows()));

    [ErrorCaseFact("Evaluate of no rows")]
    public void EvaluateOfNoRows() => Check("Evaluate of no rows", () =>
    {
        var model = _ml.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(Rows());
        return _ml.BinaryClassification.Evaluate(model.Transform(Rows(0)));
    });
}
