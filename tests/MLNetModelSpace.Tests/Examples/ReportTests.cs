using Examples;
using Examples.OriginClassification;
using Microsoft.ML;

namespace MLNetModelSpace.Tests.Examples;

/// <summary>What the examples share: tables, progress, intervals, fonts.</summary>
public class ReportTests
{
    [Fact]
    public void ATableHasHeadingsOverGroupsAndTitlesOverRows()
    {
        ReportTable table = new ReportTable("Title", new ReportColumn("name", Left: true), new ReportColumn("a", "pair"), new ReportColumn("b", "pair"), new ReportColumn("c"))
            .Section("first").Row("x", "1", "22", "3").Section("second").Row("longer", "1", "2", "3");

        Assert.Equal(
            """
            Title
                      pair
              name    a   b  c
              ────────────────
            first
              x       1  22  3
            second
              longer  1   2  3

            """, table.ToText());
    }

    [Fact]
    public void ATitleIsBrokenBetweenWords()
    {
        string title = string.Join(' ', Enumerable.Repeat("word", 40));

        string[] lines = [.. ReportTable.Wrap(title)];

        Assert.All(lines, line => Assert.InRange(line.Length, 1, ReportTable.Width));
        Assert.Equal(title, string.Join(' ', lines));
    }

    [Fact]
    public void ARowOfAnotherLengthIsRefused() =>
        Assert.Throws<ArgumentException>(() => new ReportTable("Title", new ReportColumn("a")).Row("1", "2"));

    [Fact]
    public void APageEscapesWhatATableSays()
    {
        string html = new ReportTable("<b>", new ReportColumn("a & b")).Section("<i>").Row("<script>").ToHtml();

        Assert.Contains("&lt;b&gt;", html, StringComparison.Ordinal);
        Assert.Contains("a &amp; b", html, StringComparison.Ordinal);
        Assert.Contains("&lt;i&gt;", html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void LinesThatComeFasterThanOneInFiveSecondsAreLeftOut()
    {
        var clock = new Clock();
        var written = new List<string>();
        var lines = new SlowLines(written.Add, clock);
        for (int second = 0; second <= 12; second++, clock.Seconds++)
            lines.Say($"{second}");

        Assert.Equal(["5", "10"], written);
    }

    [Fact]
    public void APassThatTrainsTellsSoAndAPassThatRemembersIsSilent()
    {
        var ml = new MLContext(1);
        var progress = new ForwardedProgress();
        TrainAutoencoderEstimator.Options options = SmallZoo.Options();
        options.Progress = progress;
        IDataView rows = SmallZoo.View(ml, models: 4);
        IDataView trained = ml.ModelSpace().Transforms.TrainAutoencoder(options).Fit(rows).Transform(rows);
        var written = new List<string>();

        ZooTraining.RunPlainly("zoo", [("once", trained), ("again", trained)], progress, written.Add, new Clock());

        Assert.Matches("^zoo, once: 4 models trained in \\d+ s\\.$", Assert.Single(written));
    }

    [Fact]
    public void TheIntervalOfAMeanHasItInTheMiddleAndNarrowsWithNumbers()
    {
        Estimate few = BootstrapIntervals.Mean([.. Enumerable.Range(0, 10).Select(i => (double)(i % 2))], seed: 1);
        Estimate many = BootstrapIntervals.Mean([.. Enumerable.Range(0, 1000).Select(i => (double)(i % 2))], seed: 1);

        Assert.Equal(0.5, few.Value);
        Assert.InRange(few.Lower, 0.1, 0.3);
        Assert.InRange(few.Upper, 0.7, 0.9);
        // Four standard errors of 0.0158 wide.
        Assert.InRange(many.Upper - many.Lower, 0.05, 0.075);
    }

    [Fact]
    public void AClassifierThatIsAlwaysRightHasNoRoomForDoubt()
    {
        bool[] labels = [true, true, true, false, false, false];

        var right = OriginIntervals.Of(labels, [3, 4, 5, 0, 1, 2], labels, seed: 1);
        var wavering = OriginIntervals.Of(labels, [3, 4, 1, 0, 1, 2], [true, true, false, false, false, true], seed: 1);

        Assert.Equal([1, 1], right.Auc);
        Assert.Equal([1, 1], right.Precision);
        Assert.Equal([1, 1], right.Recall);
        Assert.True(wavering.Auc[0] < 0.8 && wavering.Auc[1] == 1, string.Join(' ', wavering.Auc));
        Assert.Equal(0, wavering.Recall[0]);
    }

    [Theory]
    [InlineData("DejaVu Sans", "DejaVu Serif", "DejaVu Sans", "Arial")]
    [InlineData("Arial", "Times", "Arial")]
    [InlineData("Source Sans 3", "Times", "Source Sans 3")]
    [InlineData("Times", "Times")]
    [InlineData(null)]
    public void ThePicturesFontIsASansFontWhereThereIsOne(string? expected, params string[] installed) =>
        Assert.Equal(expected, PictureStyle.ChooseFont(installed));

    private sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
