using ScottPlot;

namespace Examples.DatasetSpace;

/// <summary>The part of the sphere that datasets of three classes lie on: targets, predictions, and the arcs between them.</summary>
internal static class SphereChart
{
    private const int Size = 700;

    public static Picture Draw(Sphere sphere)
    {
        Plot plot = PictureStyle.NewPlot("");
        plot.HideAxesAndGrid();
        float[][] corners = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
        for (int i = 0; i < 3; i++)
        {
            // Equal shares of the other two, from each corner to the middle of the opposite side.
            float[] middle = [1, 1, 1];
            middle[i] = 0;
            Arc(plot, corners[i], middle, 32, PictureStyle.Faint.WithAlpha(0.6), 1);
            Arc(plot, corners[i], corners[(i + 1) % 3], 48, Color.FromHex("#888888"), 1.5f);
            (double x, double y) = Project(corners[i]);
            var name = plot.Add.Text(sphere.Classes[i], x, y + (y > 0 ? 0.06 : -0.06));
            (name.LabelFontSize, name.LabelFontColor, name.LabelAlignment) = (15, PictureStyle.Ink, y > 0 ? Alignment.LowerCenter : Alignment.UpperCenter);
        }

        for (int i = 0; i < sphere.Targets.Count; i++)
            Arc(plot, sphere.Targets[i], sphere.Places[i], 8, PictureStyle.Palette[1].WithAlpha(0.8), 1.2f);
        Points(plot, sphere.Targets, MarkerShape.FilledCircle, 7, PictureStyle.Palette[0]);
        Points(plot, sphere.Places, MarkerShape.FilledDiamond, 6, PictureStyle.Palette[1]);
        plot.Axes.SetLimits(-0.9, 0.9, -0.7, 0.98);
        plot.Axes.SquareUnits();
        var picture = new Picture(sphere.Title, 1, Size, Size * 14 / 15);
        picture.Explain(
            PictureStyle.Key("dataset: the shares of its classes, at unit length", MarkerShape.FilledCircle, PictureStyle.Palette[0]),
            PictureStyle.Key("its model: where the encoder places its weights", MarkerShape.FilledDiamond, PictureStyle.Palette[1]));
        picture.Add(plot);
        return picture;
    }

    /// <summary>Seen from (1, 1, 1): an equilateral triangle whose sides bulge.</summary>
    private static (double X, double Y) Project(float[] point)
    {
        float[] unit = Sphere.Unit(point);
        return ((unit[1] - unit[0]) / Math.Sqrt(2), ((2 * unit[2]) - unit[0] - unit[1]) / Math.Sqrt(6));
    }

    private static void Arc(Plot plot, float[] from, float[] to, int steps, Color colour, float width)
    {
        Coordinates[] points = [.. Sphere.Arc(from, to, steps).Select(Project).Select(point => new Coordinates(point.X, point.Y))];
        plot.Add.ScatterLine(points, colour).LineWidth = width;
    }

    private static void Points(Plot plot, IEnumerable<float[]> points, MarkerShape shape, float size, Color colour) =>
        plot.Add.Markers(points.Select(Project).Select(point => new Coordinates(point.X, point.Y)).ToArray(), shape, size, colour.WithAlpha(0.85));
}
