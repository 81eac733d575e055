using ScottPlot;

namespace Examples.ImportedModels;

/// <summary>The map of models: a plot for each architecture, in which near models are alike.</summary>
internal static class ModelMap
{
    /// <summary>Plots of a picture; the architectures with the most models are drawn.</summary>
    private const int MostPlots = 6;

    private const int TitleLength = 44, NameLength = 24;

    /// <summary>Draws the groups.</summary>
    public static Picture Draw(IReadOnlyList<ModelGroup> groups)
    {
        ModelGroup[] drawn = [.. groups.OrderByDescending(group => group.Models.Count).Take(MostPlots)];
        var picture = new Picture("Models of one architecture: first two principal components of their features", Math.Min(2, drawn.Length), 420, 340);
        foreach (ModelGroup group in drawn)
        {
            Plot plot = PictureStyle.NewPlot(Cut(group.Architecture, TitleLength));
            plot.Add.Markers(group.Points.Select(point => new Coordinates(point.X, point.Y)).ToArray(), PictureStyle.Shapes[0], 9, PictureStyle.Palette[0].WithAlpha(0.85));
            for (int i = 0; i < group.Models.Count; i++)
            {
                var text = plot.Add.Text(Cut(group.Models[i].File, NameLength), group.Points[i].X, group.Points[i].Y);
                text.LabelFontSize = 10;
                text.LabelFontColor = PictureStyle.Ink;
                text.LabelAlignment = Alignment.LowerCenter;
                text.OffsetY = -6;
            }

            plot.XLabel($"first component ({group.Family})", 12);
            plot.YLabel("second component", 12);
            plot.Axes.Margins(0.35, 0.25);
            picture.Add(plot);
        }

        return picture;
    }

    /// <summary>A text with its middle left out where it is long.</summary>
    public static string Cut(string text, int length) => text.Length <= length ? text : $"{text[..(length / 2)]}…{text[^((length - 1) / 2)..]}";
}
