using System.Text;
using ScottPlot;
using SkiaSharp;

namespace Examples;

/// <summary>Plots in a grid under one title and one legend, which stands above them and so covers none.</summary>
/// <param name="title">What is shown, in one line.</param>
/// <param name="columns">Plots side by side.</param>
/// <param name="plotWidth">Of each plot, in pixels.</param>
/// <param name="plotHeights">Of each row of plots, in pixels; the last one serves all rows after it.</param>
internal sealed class Picture(string title, int columns, int plotWidth, params int[] plotHeights)
{
    private const int Margin = 12, TitleHeight = 26, LegendRow = 26, PngScale = 2;

    private readonly List<Plot> _plots = [];
    private readonly List<LegendItem> _legend = [];

    public string Title => title;

    public int Width => (columns * plotWidth) + (2 * Margin);

    public int Height => Top + Enumerable.Range(0, Rows).Sum(RowHeight) + Margin;

    private int Rows => (_plots.Count + columns - 1) / columns;

    private int Top => Margin + (TitleHeight * TitleLines().Length) + LegendHeight();

    public void Add(Plot plot) => _plots.Add(plot);

    public void Explain(params IEnumerable<LegendItem> items) => _legend.AddRange(items);

    /// <summary>The picture as an SVG document.</summary>
    public string ToSvg()
    {
        using var stream = new MemoryStream();
        using (SKCanvas canvas = SKSvgCanvas.Create(new SKRect(0, 0, Width, Height), stream))
            Render(canvas);
        // A cell of a heat map is a pixel of an image: browsers would blur them into one another.
        return Encoding.UTF8.GetString(stream.ToArray()).Replace("<image ", "<image style=\"image-rendering:pixelated\" ", StringComparison.Ordinal).TrimEnd() + "\n";
    }

    /// <summary>The picture as a PNG file, with two pixels for one.</summary>
    public byte[] ToPng()
    {
        using SKSurface surface = SKSurface.Create(new SKImageInfo(Width * PngScale, Height * PngScale))
            ?? throw new InvalidOperationException($"A picture of {Width} by {Height} pixels is too large to draw.");
        surface.Canvas.Scale(PngScale);
        Render(surface.Canvas);
        using SKImage image = surface.Snapshot();
        using SKData data = image.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    private void Render(SKCanvas canvas)
    {
        canvas.Clear(SKColors.White);
        using var paint = Paint.NewDisposablePaint();
        string[] lines = TitleLines();
        for (int i = 0; i < lines.Length; i++)
            TitleStyle().Render(canvas, new Pixel(Margin, Margin + (i * TitleHeight)), paint, lines[i]);
        float legendTop = Margin + (lines.Length * TitleHeight);
        if (_legend.Count > 0)
            Legend().Render(canvas, paint, new PixelRect(Margin, Width - Margin, legendTop + LegendHeight(), legendTop), Alignment.UpperLeft);
        float y = Top;
        for (int row = 0; row < Rows; row++)
        {
            for (int column = 0; column < columns && (row * columns) + column < _plots.Count; column++)
            {
                float x = Margin + (column * plotWidth);
                canvas.Save();
                _plots[(row * columns) + column].Render(canvas, new PixelRect(x, x + plotWidth, y + RowHeight(row), y));
                canvas.Restore();
            }

            y += RowHeight(row);
        }
    }

    private int RowHeight(int row) => plotHeights[Math.Min(row, plotHeights.Length - 1)];

    private int LegendHeight()
    {
        if (_legend.Count == 0)
            return 0;
        using var paint = Paint.NewDisposablePaint();
        return (int)MathF.Ceiling(Legend().GetLayout(new PixelSize(Width - (2 * Margin), 10 * LegendRow), paint).LegendRect.Height) + 8;
    }

    private Legend Legend() => new(new Plot())
    {
        ManualItems = _legend,
        DisplayPlottableLegendItems = false,
        Orientation = Orientation.Horizontal,
        TightHorizontalWrapping = true,
        IsVisible = true,
        FontSize = 13,
        FontName = Fonts.Default,
        OutlineWidth = 0,
        ShadowColor = Colors.Transparent,
        Margin = PixelPadding.Zero,
        Padding = new PixelPadding(0),
        InterItemPadding = new PixelPadding(0, 18, 2, 2),
    };

    private static LabelStyle TitleStyle() => new() { FontSize = 16, FontName = Fonts.Default, ForeColor = PictureStyle.Ink, Bold = true, Alignment = Alignment.UpperLeft };

    /// <summary>The title in as many lines as the width asks for.</summary>
    private string[] TitleLines()
    {
        using var paint = Paint.NewDisposablePaint();
        LabelStyle style = TitleStyle();
        var lines = new List<string> { "" };
        foreach (string word in title.Split(' '))
        {
            string longer = lines[^1].Length == 0 ? word : $"{lines[^1]} {word}";
            if (lines[^1].Length > 0 && style.Measure(longer, paint).Width > Width - (2 * Margin))
                lines.Add(word);
            else
                lines[^1] = longer;
        }

        return [.. lines];
    }
}
