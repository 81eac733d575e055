using ScottPlot;
using SkiaSharp;

namespace Examples;

/// <summary>What all pictures share: a sans font, colours that stay apart for the colour-blind, and plots without clutter.</summary>
internal static class PictureStyle
{
    /// <summary>Colours that stay apart for the colour-blind (Okabe and Ito, 2008), the light yellow left out.</summary>
    public static readonly Color[] Palette =
    [
        .. new[] { "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000" }.Select(Color.FromHex),
    ];

    /// <summary>Shapes beside the colours, so that series are told apart in grey as well.</summary>
    public static readonly MarkerShape[] Shapes =
    [
        MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledDiamond, MarkerShape.FilledTriangleDown,
        MarkerShape.OpenCircle, MarkerShape.OpenSquare,
    ];

    public static readonly Color Ink = Color.FromHex("#222222");
    public static readonly Color Faint = Color.FromHex("#BBBBBB");

    private static readonly string[] s_fonts = ["DejaVu Sans", "Liberation Sans", "Noto Sans", "Arial", "Helvetica", "Helvetica Neue", "Segoe UI", "Open Sans"];

    /// <summary>Whether there is a font to write with; where there is none, text is left out of pictures without an error.</summary>
    public static bool ChooseFont() => ChooseFont([.. SKFontManager.Default.FontFamilies]) is { } font && (Fonts.Default = font).Length > 0;

    /// <summary>A sans font of those that are installed, else any that calls itself one, else the first; null where there is none.</summary>
    internal static string? ChooseFont(IReadOnlyCollection<string> installed) =>
        s_fonts.FirstOrDefault(installed.Contains)
        ?? installed.FirstOrDefault(name => name.Contains("Sans", StringComparison.OrdinalIgnoreCase)) ?? installed.FirstOrDefault();

    /// <summary>An empty plot with a title over its left corner.</summary>
    public static Plot NewPlot(string title)
    {
        var plot = new Plot();
        plot.Title(title, 14);
        plot.Axes.Title.Label.Bold = false;
        plot.Axes.Title.Label.ForeColor = Ink;
        plot.Grid.MajorLineColor = Color.FromHex("#E4E4E4");
        plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.Axes.Top.FrameLineStyle.Width = 0;
        foreach (IAxis axis in (IAxis[])[plot.Axes.Bottom, plot.Axes.Left])
        {
            axis.Label.Bold = false;
            axis.Label.ForeColor = Ink;
        }

        plot.HideLegend();
        // Its neighbours are on the same canvas.
        plot.RenderManager.ClearCanvasBeforeEachRender = false;
        return plot;
    }

    /// <summary>A square of colour in a legend.</summary>
    public static LegendItem Key(string text, Color colour) => new() { LabelText = text, FillColor = colour };

    /// <summary>A mark in a legend.</summary>
    public static LegendItem Key(string text, MarkerShape shape, Color colour, float size = 9) =>
        new() { LabelText = text, MarkerShape = shape, MarkerSize = size, MarkerFillColor = colour, MarkerLineColor = colour };

    /// <summary>A line in a legend.</summary>
    public static LegendItem Key(string text, LinePattern pattern, Color colour) =>
        new() { LabelText = text, LinePattern = pattern, LineColor = colour, LineWidth = 2 };
}
