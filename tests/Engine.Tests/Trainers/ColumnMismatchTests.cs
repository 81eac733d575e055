using Microsoft.ML;
using Microsoft.ML.Data;

namespace Engine.Tests.Trainers;

/// <summary>What each kind of trainer says of a column that is missing or of another type, as Microsoft.ML 5.0 words it.</summary>
public sealed class ColumnMismatchTests
{
    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData("Nope", "V", "Could not find label column 'Nope'")]
    [InlineData("label", "Nope", "Could not find feature column 'Nope'")]
    [InlineData("label", "X", "Schema mismatch for feature column 'X': expected Vector<Single>, got Single")]
    [InlineData("label", "D", "Schema mismatch for feature column 'D': expected Vector<Single>, got Vector<Double>")]
    [InlineData("label", "Variable", "Schema mismatch for feature column 'Variable': expected Vector<Single>, got VarVector<Single>")]
    [InlineData("Text", "V", "Schema mismatch for label column 'Text': expected {0}, got String")]
    [InlineData("I", "V", "Schema mismatch for label column 'I': expected {0}, got Int32")]
    [InlineData("D", "V", "Schema mismatch for label column 'D': expected {0}, got Vector<Double>")]
    public void TheErrorSaysWhichColumnAndWhatWasExpected(string label, string features, string message)
    {
        var binary = _ml.BinaryClassification.Trainers;
        var regression = _ml.Regression.Trainers;
        var data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 20).Select(i => new Row { X = i, B = i % 2 == 0, V = [i, 1, 2], K = (uint)(i % 3) }).ToArray());
        foreach (var (own, expected, make) in new (string, string, Func<string, IEstimator<ITransformer>>)[]
        {
            ("B", "Boolean", l => binary.FastTree(l, features)),
            ("B", "Boolean", l => binary.FastForest(l, features)),
            ("B", "Boolean", l => binary.LbfgsLogisticRegression(l, features)),
            ("B", "Boolean", l => binary.SdcaLogisticRegression(l, features)),
            ("X", "Single", l => regression.FastTree(l, features)),
            ("X", "Single", l => regression.FastForest(l, features)),
            ("K", "Key<UInt32>", l => _ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(l, features)),
        })
        {
            var estimator = make(label == "label" ? own : label);

            var error = Assert.Throws<ArgumentOutOfRangeException>(() => estimator.Fit(data));

            Assert.StartsWith(string.Format(System.Globalization.CultureInfo.InvariantCulture, message, expected), error.Message, StringComparison.Ordinal);
        }
    }

    private sealed class Row
    {
        public float X { get; set; }

        public int I { get; set; }

        public string Text { get; set; } = "a";

        public bool B { get; set; }

        [VectorType(3)]
        public float[] V { get; set; } = [];

        [VectorType(3)]
        public double[] D { get; set; } = new double[3];

        public float[] Variable { get; set; } = [1];

        [KeyType(3)]
        public uint K { get; set; }
    }
}
