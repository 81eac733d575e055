namespace Examples.DatasetSpace;

/// <summary>The part of the sphere that datasets of three classes lie on: targets, predictions, and the arcs between them.</summary>
internal static class SphereChart
{
    private const double Size = 720, Radius = 520;

    public static string Draw(IReadOnlyList<string> classes, IReadOnlyList<float[]> targets, IReadOnlyList<float[]> places, string title)
    {
        var canvas = new SvgCanvas(Size, Size);
        canvas.Text(Size / 2, 28, title, 15, "middle");
        float[][] corners = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
        for (int i = 0; i < 3; i++)
            canvas.Polyline(Arc(corners[i], corners[(i + 1) % 3], 48), "#999", 1.2);

        // Lines of equal shares, from each corner to the middle of the opposite side.
        for (int i = 0; i < 3; i++)
        {
            float[] middle = [1, 1, 1];
            middle[i] = 0;
            canvas.Polyline(Arc(corners[i], middle, 32), "#e0e0e0", 0.8);
            (double x, double y) = Project(corners[i]);
            canvas.Text(x, y + (y > Size / 2 ? 24 : -10), classes[i], 14, "middle");
        }

        for (int i = 0; i < targets.Count; i++)
        {
            canvas.Polyline(Arc(targets[i], places[i], 8), SvgCanvas.Palette[1], 1);
            (double x, double y) = Project(targets[i]);
            canvas.Circle(x, y, 3.2, SvgCanvas.Palette[0], 0.8);
            (double px, double py) = Project(places[i]);
            canvas.Circle(px, py, 2.2, SvgCanvas.Palette[1], 0.9);
        }

        canvas.Circle(30, Size - 46, 4, SvgCanvas.Palette[0]);
        canvas.Text(42, Size - 42, "dataset: shares of its classes, scaled to unit length");
        canvas.Circle(30, Size - 24, 3, SvgCanvas.Palette[1]);
        canvas.Text(42, Size - 20, "its model: where the encoder places its weights");
        return canvas.ToString();
    }

    /// <summary>Seen from (1, 1, 1): an equilateral triangle whose sides bulge.</summary>
    private static (double X, double Y) Project(IReadOnlyList<float> point)
    {
        double norm = Math.Sqrt(point.Sum(value => (double)value * value));
        double a = point[0] / norm, b = point[1] / norm, c = point[2] / norm;
        double x = (b - a) / Math.Sqrt(2), y = ((2 * c) - a - b) / Math.Sqrt(6);
        return ((Size / 2) + (Radius / 1.6 * x), (Size / 2) + 40 - (Radius / 1.6 * y));
    }

    private static IEnumerable<(double X, double Y)> Arc(float[] from, float[] to, int steps)
    {
        float[] a = Unit(from), b = Unit(to);
        for (int step = 0; step <= steps; step++)
        {
            float t = (float)step / steps;
            yield return Project([.. a.Zip(b, (x, y) => ((1 - t) * x) + (t * y))]);
        }
    }

    private static float[] Unit(float[] vector)
    {
        float norm = MathF.Sqrt(vector.Sum(value => value * value));
        return [.. vector.Select(value => value / norm)];
    }
}
