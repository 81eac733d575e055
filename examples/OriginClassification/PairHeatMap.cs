using System.Globalization;
using ScottPlot;

namespace Examples.OriginClassification;

/// <summary>Draws the AUC of every pair of classes as a square of colour, a panel for each architecture and vectorization.</summary>
internal static class PairHeatMap
{
    private const int Cell = 38, Labels = 150;

    private static readonly IColormap s_map = new ScottPlot.Colormaps.Viridis();

    // More panels than this are no picture: then each architecture has its best vectorization of each kind.
    private const int MostPanels = 6;

    public static Picture Draw(IReadOnlyList<string> classes, IReadOnlyList<OriginResult> results)
    {
        var panels = Choose(results);
        int size = ((classes.Count - 1) * Cell) + Labels;
        var picture = new Picture(
            "AUC of telling two classes apart by an autoencoder's weights, the better classifier of each pair", Math.Min(panels.Length > MostPanels ? 2 : 3, panels.Length), size, size);
        picture.Explain(PictureStyle.Key("0.5, chance, or less", s_map.GetColor(0)), PictureStyle.Key("0.75", s_map.GetColor(0.5)), PictureStyle.Key("1", s_map.GetColor(1)));
        foreach (var panel in panels)
            picture.Add(Draw(classes, $"{panel.Key.Architecture}, {panel.Key.Vectorization}", panel));
        return picture;
    }

    private static IGrouping<(string Architecture, string Kind, string Vectorization), OriginResult>[] Choose(IReadOnlyList<OriginResult> results)
    {
        var all = results.GroupBy(result => (result.Architecture, result.Kind, result.Vectorization)).ToArray();
        return all.Length <= MostPanels
            ? all
            : [.. all.GroupBy(panel => (panel.Key.Architecture, panel.Key.Kind)).Select(kind => kind.MaxBy(MeanOfBetter)!)];
    }

    private static double MeanOfBetter(IEnumerable<OriginResult> results) =>
        results.GroupBy(result => (result.Classes[0], result.Classes[1])).Average(pair => pair.Max(result => result.Auc));

    private static Plot Draw(IReadOnlyList<string> classes, string title, IEnumerable<OriginResult> results)
    {
        Plot plot = PictureStyle.NewPlot(title);
        // The triangle below the diagonal: the first class has no row, the last one no column.
        string[] rows = [.. classes.Skip(1)], columns = [.. classes.SkipLast(1)];
        double[,] values = new double[rows.Length, columns.Length];
        for (int row = 0; row < rows.Length; row++)
        {
            for (int column = row + 1; column < columns.Length; column++)
                values[row, column] = double.NaN;
        }

        foreach (var pair in results.GroupBy(result => (First: result.Classes[0], Second: result.Classes[1])))
        {
            int row = Array.IndexOf(rows, pair.Key.Second), column = Array.IndexOf(columns, pair.Key.First);
            double auc = values[row, column] = pair.Max(result => result.Auc);
            var text = plot.Add.Text(auc.ToString("F2", CultureInfo.InvariantCulture), column, rows.Length - 1 - row);
            (text.LabelFontColor, text.LabelFontSize, text.LabelAlignment) = (auc > 0.78 ? Colors.Black : Colors.White, 11, Alignment.MiddleCenter);
        }

        var map = plot.Add.Heatmap(values);
        (map.Colormap, map.ManualRange, map.NaNCellColor) = (s_map, new ScottPlot.Range(0.5, 1), Colors.Transparent);
        plot.MoveToBack(map);
        double[] positions = [.. rows.Select((_, i) => (double)i)];
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericManual(positions, columns);
        plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericManual(positions, [.. rows.Reverse()]);
        LabelStyle labels = plot.Axes.Bottom.TickLabelStyle;
        (labels.Rotation, labels.Alignment) = (-45, Alignment.UpperRight);
        foreach (IAxis axis in (IAxis[])[plot.Axes.Bottom, plot.Axes.Left])
        {
            axis.MajorTickStyle.Length = 0;
            axis.FrameLineStyle.Width = 0;
        }

        // The names under the columns slant to the left, further than a panel measures them.
        plot.Axes.Bottom.MinimumSize = 76;
        plot.HideGrid();
        plot.Axes.SetLimits(-0.5, columns.Length - 0.5, -0.5, rows.Length - 0.5);
        return plot;
    }
}
