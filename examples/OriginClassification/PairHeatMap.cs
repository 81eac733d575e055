using System.Globalization;

namespace Examples.OriginClassification;

/// <summary>Draws the AUC of every pair of classes as a square of colour, a panel for each architecture and vectorization.</summary>
internal static class PairHeatMap
{
    private const double Cell = 34;
    private const double Label = 96;

    // More panels than this are no picture: then each architecture has its best vectorization of each kind.
    private const int MostPanels = 6;

    public static string Draw(IReadOnlyList<string> classes, IReadOnlyList<OriginResult> results)
    {
        var panels = Choose(results);
        double panelSize = Label + (classes.Count * Cell) + 40;
        int columns = Math.Min(panels.Length > MostPanels ? 2 : 3, panels.Length);
        int rows = (panels.Length + columns - 1) / columns;
        var canvas = new SvgCanvas(columns * panelSize, (rows * (panelSize + 30)) + 40);
        canvas.Text(12, 26, "AUC of telling two classes apart by an autoencoder's weights, the better classifier of each pair", 16);
        for (int i = 0; i < panels.Length; i++)
        {
            double x = i % columns * panelSize;
            double y = 50 + (i / columns * (panelSize + 30));
            canvas.Text(x + Label, y, $"{panels[i].Key.Architecture}, {panels[i].Key.Vectorization}", 13);
            DrawPanel(canvas, classes, [.. panels[i]], x, y + 10);
        }

        return canvas.ToString();
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

    private static void DrawPanel(SvgCanvas canvas, IReadOnlyList<string> classes, OriginResult[] results, double x, double y)
    {
        for (int i = 0; i < classes.Count; i++)
        {
            canvas.Text(x + Label - 6, y + (i * Cell) + (Cell * 0.65), classes[i], 11, "end");
            canvas.Text(x + Label + (i * Cell) + (Cell / 2), y + (classes.Count * Cell) + 12, classes[i], 11, "end", rotate: -40);
        }

        foreach (var pair in results.GroupBy(result => (First: result.Classes[0], Second: result.Classes[1])))
        {
            int row = IndexOf(classes, pair.Key.Second);
            int column = IndexOf(classes, pair.Key.First);
            double auc = pair.Max(result => result.Auc);
            canvas.Rectangle(x + Label + (column * Cell), y + (row * Cell), Cell - 1, Cell - 1, Colour(auc));
            canvas.Text(
                x + Label + (column * Cell) + (Cell / 2), y + (row * Cell) + (Cell * 0.62), auc.ToString("F2", CultureInfo.InvariantCulture), 10, "middle",
                auc > 0.75 ? "white" : "#222");
        }
    }

    /// <summary>From white at chance to blue at certainty.</summary>
    private static string Colour(double auc)
    {
        double strength = Math.Clamp((auc - 0.5) / 0.5, 0, 1);
        int Channel(int full) => (int)Math.Round(255 + ((full - 255) * strength));
        return $"#{Channel(0):X2}{Channel(0x72):X2}{Channel(0xB2):X2}";
    }

    private static int IndexOf(IReadOnlyList<string> classes, string name)
    {
        for (int i = 0; i < classes.Count; i++)
        {
            if (classes[i] == name)
                return i;
        }

        throw new InvalidOperationException($"'{name}' is no class.");
    }
}
