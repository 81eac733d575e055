using Microsoft.ML;
using Microsoft.ML.Data;

namespace Engine.Tests.Evaluation;

/// <summary>The label types that metrics of two classes take. The figures are Microsoft.ML 5.0.1's for the same rows.</summary>
public sealed class BinaryLabelTests
{
    private const float NaN = float.NaN;
    private static readonly float[] _scores = [2, -1, 0.5f, 0.3f, -0.2f, -3, 0.3f, 1.5f, -0.7f, 0];
    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData("Flag"), InlineData("Single"), InlineData("Double"), InlineData("Key"), InlineData("ByteKey"), InlineData("LongKey")]
    public void EveryTypeOfLabelGivesTheSame(string column)
    {
        float[] labels = [1, 0, 1, 0, 1, 0, 1, 1, 0, 0];

        var metrics = _ml.BinaryClassification.Evaluate(Table(labels), column);

        Check([0.8, 0.9, 0.893095238, 0.8, 0.644516789, 0.355483211, 1], metrics);
        Assert.Equal([[4d, 1], [1, 4]], metrics.ConfusionMatrix.Counts);
        CheckPlain([0.8, 0.9, 0.893095238, 0.8], _ml.BinaryClassification.EvaluateNonCalibrated(Table(labels), column));
    }

    [Theory]
    [InlineData("Single"), InlineData("Double")]
    public void RowsWithANumberThatIsMissingAreLeftOut(string column)
    {
        var metrics = _ml.BinaryClassification.Evaluate(Table([2, 0.25f, 0.5f, 0, 1, -2, NaN, 1, 0, NaN]), column);

        Check([0.625, 0.8, 0.893095238, 0.666666667, 0.761012157, 0.202656071, 0.954434003], metrics);
        Assert.Equal([[3d, 2], [1, 2]], metrics.ConfusionMatrix.Counts);
    }

    [Theory]
    [InlineData("Key"), InlineData("ByteKey"), InlineData("LongKey")]
    public void RowsWithAKeyThatIsMissingAreLeftOut(string column)
    {
        var metrics = _ml.BinaryClassification.Evaluate(Table([1, 0, 2, 0, 1, 0, 1, 5, 0, 0]), column);

        Check([0.75, 0.833333333, 0.711111111, 0.666666667, 0.683830178, 0.283522825, 0.954434003], metrics);
        Assert.Equal([[2d, 1], [1, 4]], metrics.ConfusionMatrix.Counts);
    }

    [Theory]
    [InlineData("Single"), InlineData("Double")]
    public void AnInfiniteNumberIsALabel(string column)
    {
        float[] labels = [1, float.PositiveInfinity, 1, 0, float.NegativeInfinity, 0, 1, 1, 0, 0];

        Check([0.8, 0.82, 0.860555556, 0.8, 0.759932392, 0.240067608, 1], _ml.BinaryClassification.Evaluate(Table(labels), column));
    }

    [Fact]
    public void ADoubleIsReadInSinglePrecision()
    {
        var data = _ml.Data.LoadFromEnumerable(_scores.Select((score, i) => new Row { Double = i % 2 == 0 ? 1e-300 : -1, Score = score }).ToArray());

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.BinaryClassification.EvaluateNonCalibrated(data, "Double"));

        Assert.Equal("PosSample", error.ParamName);
    }

    [Fact]
    public void TheSecondNameOfAKeyIsThePositiveOne()
    {
        var words = _ml.Data.LoadFromEnumerable(_scores.Select((score, i) => new Row { Word = i is 0 or 2 or 4 or 6 or 7 ? "yes" : "no", Score = score }).ToArray());
        var keyed = _ml.Transforms.Conversion.MapValueToKey("Answer", "Word").Fit(words).Transform(words);

        // "yes" comes first, so it is the negative one.
        Assert.Equal(0.1, _ml.BinaryClassification.EvaluateNonCalibrated(keyed, "Answer").AreaUnderRocCurve, 1e-9);
    }

    [Theory]
    [InlineData("ThreeKey", "Key<UInt32, 0-2>"), InlineData("Number", "Int32"), InlineData("Word", "String"), InlineData("Vector", "Vector<Single, 2>")]
    public void AnyOtherTypeIsRefusedByName(string column, string type)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.BinaryClassification.EvaluateNonCalibrated(Table(new float[10]), column));

        Assert.Equal($"Schema mismatch for label column '{column}': expected Single, Double, Boolean, or a Key with cardinality 2, got {type} (Parameter 'schema')", error.Message);
    }

    private static void Check(double[] expected, CalibratedBinaryClassificationMetrics actual)
    {
        CheckPlain(expected[..4], actual);
        Assert.Equal(expected[4], actual.LogLoss, 1e-8);
        Assert.Equal(expected[5], actual.LogLossReduction, 1e-8);
        Assert.Equal(expected[6], actual.Entropy, 1e-8);
    }

    private static void CheckPlain(double[] expected, BinaryClassificationMetrics actual)
    {
        Assert.Equal(expected[0], actual.Accuracy, 1e-8);
        Assert.Equal(expected[1], actual.AreaUnderRocCurve, 1e-8);
        Assert.Equal(expected[2], actual.AreaUnderPrecisionRecallCurve, 1e-8);
        Assert.Equal(expected[3], actual.F1Score, 1e-8);
    }

    // In a table made of objects, keys count from zero, and one beyond the last is missing.
    private IDataView Table(float[] labels) => _ml.Data.LoadFromEnumerable(_scores.Select((score, i) =>
    {
        uint key = labels[i] >= 0 && float.IsFinite(labels[i]) ? (uint)labels[i] : 0;
        return new Row
        {
            Flag = labels[i] > 0,
            Single = labels[i],
            Double = labels[i],
            Key = key,
            ByteKey = (byte)key,
            LongKey = key,
            Score = score,
            Probability = 1 / (1 + MathF.Exp(-score)),
            PredictedLabel = score > 0,
        };
    }).ToArray());

    private sealed class Row
    {
        public bool Flag { get; set; }

        public float Single { get; set; }

        public double Double { get; set; }

        [KeyType(2)]
        public uint Key { get; set; }

        [KeyType(2)]
        public byte ByteKey { get; set; }

        [KeyType(2)]
        public ulong LongKey { get; set; }

        [KeyType(3)]
        public uint ThreeKey { get; set; }

        public int Number { get; set; }

        public string Word { get; set; } = "a";

        [VectorType(2)]
        public float[] Vector { get; set; } = new float[2];

        public float Score { get; set; }

        public float Probability { get; set; }

        public bool PredictedLabel { get; set; }
    }
}
