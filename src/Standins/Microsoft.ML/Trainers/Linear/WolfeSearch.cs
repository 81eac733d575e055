namespace Microsoft.ML.Trainers;

/// <summary>
/// A step that meets the strong Wolfe conditions: J. Nocedal and S. Wright, "Numerical Optimization", 2nd ed., algorithms 3.5 and 3.6, with cubic
/// interpolation (3.59).
/// </summary>
/// <param name="function">The value and the slope after a step of some size.</param>
internal readonly struct WolfeSearch(Func<double, (double Value, double Slope)> function)
{
    private const double SufficientDecrease = 1e-4;
    private const double Curvature = 0.9;
    private const int MostExpansions = 30;

    private readonly record struct Trial(double Size, double Value, double Slope);

    /// <summary>Searches from <paramref name="size"/> on; the last step evaluated is the one found.</summary>
    public bool TryFind(double value, double slope, double size, int attempts, out double found)
    {
        var start = new Trial(0, value, slope);
        var last = start;
        found = value;
        for (int expansion = 0; expansion < MostExpansions; expansion++, size *= 2)
        {
            var trial = At(size);
            found = trial.Value;
            if (!(trial.Value <= value + (SufficientDecrease * size * slope)) || (expansion > 0 && trial.Value >= last.Value))
                return TryZoom(start, last, trial, attempts, out found);
            if (Math.Abs(trial.Slope) <= -Curvature * slope)
                return true;
            if (trial.Slope >= 0)
                return TryZoom(start, trial, last, attempts, out found);
            last = trial;
        }
        return true;
    }

    private Trial At(double size)
    {
        var (value, slope) = function(size);
        return new Trial(size, value, slope);
    }

    private bool TryZoom(Trial start, Trial low, Trial high, int attempts, out double found)
    {
        found = start.Value;
        for (int attempt = 0; attempt < attempts; attempt++)
        {
            var trial = At(Between(low, high));
            found = trial.Value;
            if (!(trial.Value <= start.Value + (SufficientDecrease * trial.Size * start.Slope)) || trial.Value >= low.Value)
            {
                high = trial;
                continue;
            }
            if (Math.Abs(trial.Slope) <= -Curvature * start.Slope)
                return true;
            if (trial.Slope * (high.Size - low.Size) >= 0)
                high = low;
            low = trial;
        }
        return false;
    }

    private static double Between(Trial a, Trial b)
    {
        double middle = (a.Size + b.Size) / 2, width = b.Size - a.Size;
        double d1 = a.Slope + b.Slope - (3 * (b.Value - a.Value) / width);
        double d2 = Math.Sign(width) * Math.Sqrt((d1 * d1) - (a.Slope * b.Slope));
        double size = b.Size - (width * (b.Slope + d2 - d1) / (b.Slope - a.Slope + (2 * d2)));
        double near = Math.Min(a.Size, b.Size), far = Math.Max(a.Size, b.Size);
        return size > near && size < far ? size : middle;
    }
}
