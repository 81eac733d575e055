using ScottPlot;

namespace Examples;

/// <summary>A number with an interval around it.</summary>
internal readonly record struct Estimate(double Value, double Lower, double Upper);

/// <summary>Lying bars with intervals: a row for each name, in it a bar for each series.</summary>
internal static class BarPlots
{
    /// <summary>The height that so many bars need.</summary>
    public static int Height(int names, int series) => 84 + (names * ((series * 13) + 9));

    /// <summary>A plot of bars.</summary>
    /// <param name="title">Of the plot.</param>
    /// <param name="names">Of the rows, the first on top.</param>
    /// <param name="series">For each series a number for each name, NaN where there is none.</param>
    /// <param name="axis">What the numbers are.</param>
    /// <param name="from">Where the axis and the bars begin.</param>
    /// <param name="to">Where the axis ends.</param>
    public static Plot Create(string title, IReadOnlyList<string> names, IReadOnlyList<IReadOnlyList<Estimate>> series, string axis, double from, double to)
    {
        Plot plot = PictureStyle.NewPlot(title);
        double size = 0.78 / series.Count;
        for (int s = 0; s < series.Count; s++)
        {
            var bars = new List<Bar>();
            for (int i = 0; i < names.Count; i++)
            {
                Estimate estimate = series[s][i];
                if (double.IsNaN(estimate.Value))
                    continue;
                double y = Position(i, s, series.Count);
                bars.Add(new Bar { Position = y, ValueBase = from, Value = Math.Clamp(estimate.Value, from, to), Size = 0.9 * size, FillColor = PictureStyle.Palette[s], LineWidth = 0 });
                Whisker(plot, y, Math.Clamp(estimate.Lower, from, to), Math.Clamp(estimate.Upper, from, to), 0.3 * size);
            }

            // Whiskers lie over the bars of all series.
            if (bars.Count > 0)
            {
                plot.Add.Bars(bars).Horizontal = true;
                plot.MoveToBack(plot.PlottableList[^1]);
            }
        }

        Rows(plot, names);
        plot.XLabel(axis, 12);
        plot.Axes.SetLimits(from, to, -names.Count + 0.45, 0.55);
        return plot;
    }

    /// <summary>Where a series' bar of a row lies.</summary>
    public static double Position(int name, int series, int seriesCount) => -name + (0.78 / seriesCount * (((seriesCount - 1) / 2.0) - series));

    /// <summary>A dashed line over all rows.</summary>
    public static void Mark(Plot plot, double value, Color colour, LinePattern? pattern = null) => plot.Add.VerticalLine(value, 1.5f, colour, pattern ?? LinePattern.Dashed);

    private static void Whisker(Plot plot, double y, double lower, double upper, double cap)
    {
        if (double.IsNaN(lower) || double.IsNaN(upper))
            return;
        foreach ((double x1, double y1, double x2, double y2) in new[] { (lower, y, upper, y), (lower, y - cap, lower, y + cap), (upper, y - cap, upper, y + cap) })
        {
            var line = plot.Add.Line(x1, y1, x2, y2);
            (line.LineColor, line.LineWidth, line.MarkerSize) = (PictureStyle.Ink, 1.2f, 0);
        }
    }

    private static void Rows(Plot plot, IReadOnlyList<string> names)
    {
        plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericManual([.. names.Select((_, i) => -(double)i)], [.. names]);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Axes.Left.TickLabelStyle.FontSize = 12;
        plot.Grid.YAxisStyle.IsVisible = false;
    }
}
