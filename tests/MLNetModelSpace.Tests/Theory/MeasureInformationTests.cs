using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Theory;

public class MeasureInformationTests
{
    private static readonly MLContext s_context = new(seed: 1);

    private sealed class Row
    {
        public bool Origin { get; set; }

        [KeyType(4)]
        public uint Fold { get; set; }

        public string Text { get; set; } = "";

        [VectorType(3)]
        public float[] Clear { get; set; } = [];

        [VectorType(2)]
        public float[] Noise { get; set; } = [];

        public float Constant { get; set; } = 1;
    }

    [Fact]
    public void FeaturesThatKnowKeepMoreThanThoseThatDoNot()
    {
        var report = Measure(Rows(160), ["Noise", "Clear"], new InformationReport.Options { SamplingKeyColumnName = "Fold" });
        Assert.Equal(["Noise", "Clear", InformationReport.Together], report.Features.Select(feature => feature.Name));
        Assert.Equal(1, report.Label.Bits, 1e-12);
        Assert.True(report.Features[0].Bound.Bits < 0.15, report.Features[0].Bound.ToString());
        Assert.True(report.Features[1].Bound.Bits > 0.55, report.Features[1].Bound.ToString());
        Assert.True(report.Features[1].Neighbors.Bits > 0.55);
        Assert.True(report.Features[1].Prediction.Bits > 0.55);
        Assert.NotEqual("Noise", report.Best);
        Assert.Equal(report.Features.Max(feature => feature.Bound.Nats), report.Weights.Nats);
        Assert.True(report.ShareKept("Noise") < 0.25);
        Assert.Empty(report.OrderBreaches);
    }

    [Fact]
    public void ConstantSlotsAreLeftOut()
    {
        var rows = Rows(60);
        foreach (var row in rows)
        {
            row.Clear[2] = 5;
        }

        var feature = Measure(rows, ["Clear"]).Features.Single();
        Assert.Equal((3, 1), (feature.Dimensions, feature.ConstantSlots));
        Assert.True(feature.Bound.Bits > 0.5);
    }

    [Fact]
    public void TheSameSeedGivesTheSameReport()
    {
        var rows = Rows(60);
        var first = Measure(rows, ["Clear"]).Features.Single();
        var second = Measure(rows, ["Clear"]).Features.Single();
        Assert.Equal((first.Bound, first.Neighbors, first.Prediction), (second.Bound, second.Neighbors, second.Prediction));
    }

    [Fact]
    public void APredictionAboveTheBoundOfItsFeaturesIsToldAsABreach()
    {
        var low = new InformationEstimate(0.1, 0.05, 0.15, 0.95, 100, "bound");
        var high = new InformationEstimate(0.5, 0.4, 0.6, 0.95, 100, "prediction");
        var label = InformationEstimate.Exact(Math.Log(2), "entropy");
        var report = new InformationReport(label, 2, [new FeatureInformation("σ", 1, 0, low, low, high, [])], low, "σ");
        Assert.Contains("prediction from 'σ'", Assert.Single(report.OrderBreaches), StringComparison.Ordinal);
    }

    [Fact]
    public void ATextLabelServesToo()
    {
        var report = s_context.ModelSpace().Information.Measure(s_context.Data.LoadFromEnumerable(Rows(60)), ["Clear"], "Text", Quick());
        Assert.Equal(2, report.Classes);
    }

    [Fact]
    public void AMissingColumnIsAnError() => Assert.Throws<ArgumentOutOfRangeException>(() => Measure(Rows(20), ["Absent"]));

    [Fact]
    public void ALabelThatIsANumberIsAnError() => Assert.Throws<ArgumentOutOfRangeException>(() =>
        s_context.ModelSpace().Information.Measure(s_context.Data.LoadFromEnumerable(Rows(20)), ["Clear"], "Constant"));

    [Fact]
    public void AConstantColumnIsAnError()
    {
        var error = Assert.Throws<ArgumentException>(() => Measure(Rows(20), ["Constant"]));
        Assert.Contains("'Constant' is constant", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ANaNIsNamedByRowAndSlot()
    {
        var rows = Rows(20);
        rows[3].Clear[1] = float.NaN;
        var error = Assert.Throws<ArgumentException>(() => Measure(rows, ["Clear"]));
        Assert.Contains("Row 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("slot 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AColumnNamedTwiceIsAnError() => Assert.Throws<ArgumentException>(() => Measure(Rows(20), ["Clear", "Clear"]));

    [Fact]
    public void OneClassIsAnError()
    {
        var rows = Rows(20);
        rows.ForEach(row => row.Origin = true);
        Assert.Throws<ArgumentException>(() => Measure(rows, ["Clear"]));
    }

    [Fact]
    public void AMissingGroupIsAnError()
    {
        var rows = Rows(20);
        rows[5].Fold = 99;
        var error = Assert.Throws<ArgumentException>(() => Measure(rows, ["Clear"], new InformationReport.Options { SamplingKeyColumnName = "Fold" }));
        Assert.Contains("Row 5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OneGroupIsAnError()
    {
        var rows = Rows(20);
        rows.ForEach(row => row.Fold = 1);
        var error = Assert.Throws<ArgumentException>(() => Measure(rows, ["Clear"], new InformationReport.Options { SamplingKeyColumnName = "Fold" }));
        Assert.Contains("one group", error.Message, StringComparison.Ordinal);
    }

    private static InformationReport.Options Quick() => new() { Folds = 2, CalibrationFolds = 2, Classifiers = [InformationClassifier.LogisticRegression()], BootstrapReplicates = 100 };

    private static InformationReport Measure(List<Row> rows, string[] features, InformationReport.Options? options = null)
    {
        var quick = Quick();
        quick.SamplingKeyColumnName = options?.SamplingKeyColumnName;
        return s_context.ModelSpace().Information.Measure(s_context.Data.LoadFromEnumerable(rows), features, options: quick);
    }

    private static List<Row> Rows(int count)
    {
        var random = Gaussians.Random(121);
        return
        [
            .. Enumerable.Range(0, count).Select(i => new Row
            {
                Origin = i % 2 == 1,
                Fold = (uint)(i / 2 % 4),
                Text = i % 2 == 1 ? "pullover" : "trouser",
                Clear = [.. Enumerable.Range(0, 3).Select(_ => (float)(Gaussians.Next(random) + (i % 2 == 1 ? 1 : -1)))],
                Noise = [(float)Gaussians.Next(random), (float)Gaussians.Next(random)],
            }),
        ];
    }
}
