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

    // Names stand at the side, cut after 21 characters; the numbers of the classes stand above.
    [Fact]
    public void ClassesWithLongNamesAreNumbered() => Assert.Equal(
        """
        Confusion table
                                 ||========================
        PREDICTED                ||     0 |     1 |     2 | Recall
        TRUTH                    ||========================
        0. c0 of the many classe ||     5 |     0 |     0 | 1.0000
        1. c1 of the many classe ||     0 |     5 |     0 | 1.0000
        2. c2 of the many classe ||     0 |     5 |     0 | 0.0000
                                 ||========================
        Precision                ||1.0000 |0.5000 |0.0000 |
        """,
        NamedTable(3, 24));

    [Fact]
    public void ManyClassesWithNamesOfAllLengthsAreNumbered() => Assert.Equal(
        """
        Confusion table
                         ||========================================================================================
        PREDICTED        ||     0 |     1 |     2 |     3 |     4 |     5 |     6 |     7 |     8 |     9 |    10 | Recall
        TRUTH            ||========================================================================================
         0. c0 of the ma ||     5 |     0 |     0 |     0 |     0 |     0 |     0 |     0 |     0 |     0 |     0 | 1.0000
         1.  c1 of the m ||     0 |     5 |     0 |     0 |     0 |     0 |     0 |     0 |     0 |     0 |     0 | 1.0000
         2.   c2 of the  ||     0 |     0 |     0 |     0 |     5 |     0 |     0 |     0 |     0 |     0 |     0 | 0.0000
         3.    c3 of the ||     0 |     0 |     0 |     0 |     0 |     0 |     0 |     0 |     0 |     5 |     0 | 0.0000
         4.     c4 of th ||     0 |     0 |     0 |     0 |     0 |     5 |     0 |     0 |     0 |     0 |     0 | 0.0000
         5. c5 of the ma ||     0 |     0 |     0 |     5 |     0 |     0 |     0 |     0 |     0 |     0 |     0 | 0.0000
         6.  c6 of the m ||     0 |     0 |     0 |     5 |     0 |     0 |     0 |     0 |     0 |     0 |     0 | 0.0000
         7.   c7 of the  ||     0 |     0 |     0 |     0 |     0 |     5 |     0 |     0 |     0 |     0 |     0 | 0.0000
         8.    c8 of the ||     0 |     0 |     0 |     0 |     0 |     0 |     0 |     0 |     0 |     5 |     0 | 0.0000
         9.     c9 of th ||     0 |     0 |     0 |     0 |     5 |     0 |     0 |     0 |     0 |     0 |     0 | 0.0000
        10. c10 of the m ||     0 |     5 |     0 |     0 |     0 |     0 |     0 |     0 |     0 |     0 |     0 | 0.0000
                         ||========================================================================================
        Precision        ||1.0000 |0.5000 |0.0000 |0.0000 |0.0000 |0.0000 |0.0000 |0.0000 |0.0000 |0.0000 |0.0000 |
        """,
        NamedTable(11, 12));

    // A model that tells its rows apart, and rows of which that with number i looks like class i² and is called i.
    private string NamedTable(int classes, int length)
    {
        var train = Named(classes, length, i => i % classes);
        var model = _ml.Transforms.Conversion.MapValueToKey("Label").Append(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy()).Fit(train);
        var scored = model.Transform(Named(classes, length, i => i * i % classes));
        return _ml.MulticlassClassification.Evaluate(scored).ConfusionMatrix.GetFormattedConfusionTable().Trim().ReplaceLineEndings();
    }

    private IDataView Named(int classes, int length, Func<int, int> feature)
    {
        var definition = SchemaDefinition.Create(typeof(NamedRow));
        definition["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, classes);
        return _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 5 * classes).Select(i =>
        {
            var features = new float[classes];
            features[feature(i)] = 5;
            int name = i % classes;
            return new NamedRow { Label = $"c{name} of the many classes"[..Math.Min(length - (name % 5), 21)], Features = features };
        }).ToArray(), definition);
    }

    private IDataView Table(bool[] labels, float[] scores) =>
        _ml.Data.LoadFromEnumerable(labels.Select((label, i) => new Row { Label = label, Score = scores[i], PredictedLabel = scores[i] > 0 }));

    private sealed class NamedRow
    {
        public string Label { get; set; } = "";

        public float[] Features { get; set; } = [];
    }

    private sealed class Row
    {
        public bool Label { get; set; }

        public float Target { get; set; }

        public float Score { get; set; }

        public bool PredictedLabel { get; set; }
    }
}
