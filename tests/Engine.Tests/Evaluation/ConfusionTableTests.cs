using Microsoft.ML;
using Microsoft.ML.Data;

namespace Engine.Tests.Evaluation;

/// <summary>The confusion matrix as text and as numbers.</summary>
public sealed class ConfusionTableTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void ATableOfTwoClasses()
    {
        bool[] labels = [true, false, true, false, true, false];
        float[] scores = [2, -1, 0.5f, 0.3f, -0.2f, -3];
        var matrix = _ml.BinaryClassification.EvaluateNonCalibrated(Table(labels, scores)).ConfusionMatrix;

        Assert.Equal(
            "TEST POSITIVE RATIO:\t0.5000 (3.0/(3.0+3.0))\nConfusion table\n          ||======================\nPREDICTED || positive | negative | Recall\n"
            + "TRUTH     ||======================\n positive ||        2 |        1 | 0.6667\n negative ||        1 |        2 | 0.6667\n"
            + "          ||======================\nPrecision ||   0.6667 |   0.6667 |\n",
            matrix.GetFormattedConfusionTable().ReplaceLineEndings("\n"));
        Assert.Equal(1, matrix.GetCountForClassPair(0, 1));
        Assert.Equal("predictedClassIndicatorIndex", Assert.Throws<ArgumentOutOfRangeException>(() => matrix.GetCountForClassPair(2, 0)).ParamName);
    }

    [Fact]
    public void AScoreThatIsNoFiniteNumberIsLeftOut()
    {
        bool[] labels = [true, false, true, false, true, false];
        float[] scores = [float.NaN, -1, 0.5f, 0.3f, -0.2f, -3];
        var metrics = _ml.BinaryClassification.EvaluateNonCalibrated(Table(labels, scores));

        Assert.Equal(0.6, metrics.Accuracy, 1e-9);
        Assert.Equal(5.0 / 6, metrics.AreaUnderRocCurve, 1e-9);
    }

    [Fact]
    public void EqualScoresShareTheRocCurveAndKeepTheirOrderInPrecisionAndRecall()
    {
        var metrics = _ml.BinaryClassification.EvaluateNonCalibrated(Table([true, false, true, false, true, false], new float[6]));

        Assert.Equal(0.5, metrics.AreaUnderRocCurve, 1e-9);
        Assert.Equal(0.711111111111111, metrics.AreaUnderPrecisionRecallCurve, 1e-9);
    }

    [Fact]
    public void RegressionOfEqualLabelsHasNoRSquared()
    {
        var data = _ml.Data.LoadFromEnumerable(new[] { 1.5f, 2, 3 }.Select(score => new Row { Target = 1, Score = score }));
        var metrics = _ml.Regression.Evaluate(data, "Target");

        Assert.True(double.IsNaN(metrics.RSquared));
        Assert.Equal(1.75, metrics.MeanSquaredError, 1e-9);
    }

    private IDataView Table(bool[] labels, float[] scores) =>
        _ml.Data.LoadFromEnumerable(labels.Select((label, i) => new Row { Label = label, Score = scores[i], PredictedLabel = scores[i] > 0 }));

    private sealed class Row
    {
        public bool Label { get; set; }

        public float Target { get; set; }

        public float Score { get; set; }

        public bool PredictedLabel { get; set; }
    }
}
