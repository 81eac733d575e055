namespace Examples.DatasetSpace;

/// <summary>Datasets and their models on the sphere.</summary>
/// <param name="Classes">Of the axes.</param>
/// <param name="Targets">The datasets' shares.</param>
/// <param name="Places">Where their models are placed.</param>
/// <param name="Title">What is shown.</param>
internal sealed record Sphere(IReadOnlyList<string> Classes, IReadOnlyList<float[]> Targets, IReadOnlyList<float[]> Places, string Title)
{
    /// <summary>Points on the shorter way from one place to another.</summary>
    public static IEnumerable<float[]> Arc(float[] from, float[] to, int steps)
    {
        float[] a = Unit(from), b = Unit(to);
        for (int step = 0; step <= steps; step++)
        {
            float t = (float)step / steps;
            yield return Unit([.. a.Zip(b, (x, y) => ((1 - t) * x) + (t * y))]);
        }
    }

    public static float[] Unit(float[] vector)
    {
        float norm = MathF.Sqrt(vector.Sum(value => value * value));
        return [.. vector.Select(value => value / norm)];
    }

    /// <summary>The angle between two places, in degrees.</summary>
    public static double Angle(float[] x, float[] y) =>
        Math.Acos(Math.Clamp(Unit(x).Zip(Unit(y), (a, b) => (double)a * b).Sum(), -1, 1)) * 180 / Math.PI;
}
