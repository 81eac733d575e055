using System.Globalization;
using System.Security;
using System.Text;

namespace Examples;

/// <summary>A small SVG picture: shapes in pixels, numbers in the invariant culture, text escaped.</summary>
internal sealed class SvgCanvas(double width, double height)
{
    /// <summary>Colours that stay apart for the colour-blind (Okabe and Ito, 2008).</summary>
    public static readonly string[] Palette = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442"];

    private readonly StringBuilder _body = new();

    public void Line(double x1, double y1, double x2, double y2, string colour = "#888", double thickness = 1) =>
        Add($"<line x1=\"{x1:F1}\" y1=\"{y1:F1}\" x2=\"{x2:F1}\" y2=\"{y2:F1}\" stroke=\"{colour}\" stroke-width=\"{thickness:F1}\"/>");

    public void Rectangle(double x, double y, double w, double h, string fill, string stroke = "none", double opacity = 1) =>
        Add($"<rect x=\"{x:F1}\" y=\"{y:F1}\" width=\"{w:F1}\" height=\"{h:F1}\" fill=\"{fill}\" fill-opacity=\"{opacity:F2}\" stroke=\"{stroke}\"/>");

    public void Circle(double x, double y, double r, string fill, double opacity = 1) =>
        Add($"<circle cx=\"{x:F1}\" cy=\"{y:F1}\" r=\"{r:F1}\" fill=\"{fill}\" fill-opacity=\"{opacity:F2}\"/>");

    public void Polyline(IEnumerable<(double X, double Y)> points, string colour, double thickness = 1.5)
    {
        string text = string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.X:F1},{point.Y:F1}")));
        Add($"<polyline points=\"{text}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{thickness:F1}\" stroke-linejoin=\"round\"/>");
    }

    public void Area(IEnumerable<(double X, double Y)> points, string colour, double opacity)
    {
        string text = string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.X:F1},{point.Y:F1}")));
        Add($"<polygon points=\"{text}\" fill=\"{colour}\" fill-opacity=\"{opacity:F2}\" stroke=\"none\"/>");
    }

    public void Text(double x, double y, string text, double size = 12, string anchor = "start", string colour = "#222", double rotate = 0)
    {
        string turn = rotate == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" transform=\"rotate({rotate:F0} {x:F1} {y:F1})\"");
        Add($"<text x=\"{x:F1}\" y=\"{y:F1}\" font-size=\"{size:F0}\" text-anchor=\"{anchor}\" fill=\"{colour}\"{turn}>{SecurityElement.Escape(text)}</text>");
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        <svg xmlns="http://www.w3.org/2000/svg" width="{width:F0}" height="{height:F0}" viewBox="0 0 {width:F0} {height:F0}" font-family="sans-serif">
        <rect width="100%" height="100%" fill="white"/>
        {_body}</svg>

        """);

    private void Add(FormattableString element) => _body.Append(element.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
