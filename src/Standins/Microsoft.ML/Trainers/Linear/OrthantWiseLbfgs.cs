using System.Numerics.Tensors;

namespace Microsoft.ML.Trainers;

/// <summary>A function to minimise: its smooth part and gradient at a point.</summary>
internal delegate double DifferentiableFunction(ReadOnlySpan<double> point, Span<double> gradient);

/// <summary>
/// Minimises a smooth convex function plus l1·Σ|x|: limited-memory BFGS (Nocedal, 1980) with the orthant-wise steps of Andrew and Gao,
/// "Scalable training of L1-regularized log-linear models", 2007.
/// </summary>
/// <param name="history">How many past steps the curvature is estimated from.</param>
/// <param name="l1">The weight of Σ|x|.</param>
/// <param name="free">How many coordinates at the start Σ|x| leaves out.</param>
internal sealed class OrthantWiseLbfgs(int history, double l1, int free)
{
    private const int MeanOver = 5;
    private const double SufficientDecrease = 1e-4;

    private readonly List<(double[] Step, double[] Change, double Scale)> _pairs = [];

    /// <summary>
    /// Moves <paramref name="point"/> to a minimum: until the mean improvement of the last five steps, against the value, is below
    /// <paramref name="tolerance"/>, or nothing better is found.
    /// </summary>
    public void Minimize(double[] point, DifferentiableFunction function, double tolerance, int maximumIterations)
    {
        int n = point.Length;
        double[] gradient = new double[n], next = new double[n], nextGradient = new double[n], descent = new double[n], direction = new double[n];
        double value = function(point, gradient) + Penalty(point);
        var values = new Queue<double>([value]);
        _pairs.Clear();
        for (int iteration = 0; iteration < maximumIterations; iteration++)
        {
            SteepestDescent(point, gradient, descent);
            if (TensorPrimitives.MaxMagnitude<double>(descent) == 0)
                return;
            FindDirection(descent, direction);
            double nextValue = Search(point, gradient, descent, direction, value, function, next, nextGradient);
            if (!(nextValue < value))
            {
                // Where the estimate of the curvature misleads, the steepest descent is tried once before giving up.
                if (_pairs.Count == 0)
                    return;
                _pairs.Clear();
                continue;
            }
            Remember(point, next, gradient, nextGradient);
            (gradient, nextGradient) = (nextGradient, gradient);
            next.CopyTo(point, 0);
            value = nextValue;
            values.Enqueue(value);
            if (values.Count <= MeanOver)
                continue;
            double improvement = (values.Dequeue() - value) / MeanOver;
            if (improvement <= tolerance * Math.Abs(value))
                return;
        }
    }

    private double Penalty(ReadOnlySpan<double> point) => l1 == 0 ? 0 : l1 * TensorPrimitives.SumOfMagnitudes(point[free..]);

    // The negative of the pseudo-gradient: at zero, the one-sided derivative that leads down, if one does.
    private void SteepestDescent(double[] point, double[] gradient, double[] descent)
    {
        for (int i = 0; i < point.Length; i++)
        {
            double slope = gradient[i], penalty = i < free ? 0 : l1;
            descent[i] = point[i] > 0 ? -slope - penalty
                : point[i] < 0 ? -slope + penalty
                : slope > penalty ? penalty - slope
                : slope < -penalty ? -penalty - slope
                : 0;
        }
    }

    private void FindDirection(double[] descent, double[] direction)
    {
        descent.CopyTo(direction, 0);
        if (_pairs.Count == 0)
            return;
        var weights = new double[_pairs.Count];
        for (int i = _pairs.Count - 1; i >= 0; i--)
        {
            var (step, change, scale) = _pairs[i];
            weights[i] = TensorPrimitives.Dot<double>(step, direction) / scale;
            TensorPrimitives.MultiplyAdd(change, -weights[i], direction, direction);
        }
        var (_, last, lastScale) = _pairs[^1];
        TensorPrimitives.Multiply(direction, lastScale / TensorPrimitives.Dot<double>(last, last), direction);
        for (int i = 0; i < _pairs.Count; i++)
        {
            var (step, change, scale) = _pairs[i];
            double weight = weights[i] - (TensorPrimitives.Dot<double>(change, direction) / scale);
            TensorPrimitives.MultiplyAdd(step, weight, direction, direction);
        }
        if (l1 == 0)
            return;
        for (int i = free; i < direction.Length; i++)
        {
            // Andrew and Gao also stop coordinates that would go up; the official package's steps show that it lets them.
            if (descent[i] == 0)
                direction[i] = 0;
        }
    }

    // Halves the step until it pays; coordinates that would change sign stop at zero.
    private double Search(
        double[] point, double[] gradient, double[] descent, double[] direction, double value, DifferentiableFunction function, double[] next, double[] nextGradient)
    {
        double slope = -TensorPrimitives.Dot<double>(descent, direction);
        if (!(slope < 0))
            return double.NaN;
        double size = _pairs.Count == 0 ? 1 / Math.Max(1, TensorPrimitives.Norm<double>(direction)) : 1;
        for (int attempt = 0; attempt < 60; attempt++, size /= 2)
        {
            TensorPrimitives.MultiplyAdd(direction, size, point, next);
            if (l1 > 0)
            {
                for (int i = free; i < next.Length; i++)
                {
                    if (next[i] * point[i] < 0)
                        next[i] = 0;
                }
            }
            double nextValue = function(next, nextGradient) + Penalty(next);
            if (nextValue <= value + (SufficientDecrease * size * slope))
                return nextValue;
        }
        return double.NaN;
    }

    private void Remember(double[] point, double[] next, double[] gradient, double[] nextGradient)
    {
        bool full = _pairs.Count == history;
        double[] step = full ? _pairs[0].Step : new double[point.Length], change = full ? _pairs[0].Change : new double[point.Length];
        if (full)
            _pairs.RemoveAt(0);
        TensorPrimitives.Subtract(next, point, step);
        TensorPrimitives.Subtract(nextGradient, gradient, change);
        double scale = TensorPrimitives.Dot<double>(step, change);
        if (scale > 1e-300)
            _pairs.Add((step, change, scale));
    }
}
