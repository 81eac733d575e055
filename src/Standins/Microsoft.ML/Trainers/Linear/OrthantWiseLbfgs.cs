using System.Runtime.CompilerServices;

namespace Microsoft.ML.Trainers;

/// <summary>A function to minimise: its smooth part and gradient at a point.</summary>
internal delegate double DifferentiableFunction(ReadOnlySpan<double> point, Span<double> gradient);

/// <summary>
/// Minimises a smooth convex function plus l1·Σ|x|: limited-memory BFGS (Nocedal, 1980) with the orthant-wise steps of Andrew and Gao,
/// "Scalable training of L1-regularized log-linear models", 2007, and without a penalty, steps that meet the strong Wolfe conditions.
/// Step sizes and the rule to stop are those that the official package's iterates show, since on badly scaled data the answer is where it stops.
/// </summary>
/// <param name="history">How many past steps the curvature is estimated from.</param>
/// <param name="l1">The weight of Σ|x|.</param>
/// <param name="free">How many coordinates at the start Σ|x| leaves out.</param>
/// <param name="nonNegative">Whether coordinates that are not free stay at zero or above.</param>
internal sealed class OrthantWiseLbfgs(int history, double l1, int free, bool nonNegative = false)
{
    private const double Forgetting = 0.25;
    private const double SufficientDecrease = 1e-4;
    private const double BackOff = 0.25;
    private const int StepsAlongEstimate = 8;
    private const int StepsAlongDescent = 60;

    private readonly List<(double[] Step, double[] Change, double Scale)> _pairs = [];
    private double[] _gradient;
    private double[] _next;
    private double[] _nextGradient;
    private double[] _descent;
    private double[] _direction;

    // Whether there are kinks or bounds at zero, where steps stop.
    private bool IsBounded => l1 > 0 || nonNegative;

    /// <summary>
    /// Moves <paramref name="point"/> to a minimum: until the running mean of the improvement, in which a step counts a quarter of the next one,
    /// is below <paramref name="tolerance"/>, or nothing better is found.
    /// </summary>
    public void Minimize(double[] point, DifferentiableFunction function, double tolerance, int maximumIterations)
    {
        int n = point.Length;
        (_gradient, _next, _nextGradient, _descent, _direction) = (new double[n], new double[n], new double[n], new double[n], new double[n]);
        _pairs.Clear();
        double value = Value(function, point, _gradient), improvement = 0, mass = 0;
        double[] previous = null;
        for (int iteration = 0; iteration < maximumIterations; iteration++)
        {
            if (!TryStep(point, value, function, first: iteration == 0, out double nextValue))
            {
                // Where the slope vanishes to the last digit, as it does for classes without rows, the official answer is the step before.
                if (!_descent.AsSpan().ContainsAnyExcept(0))
                    previous?.CopyTo(point, 0);
                return;
            }
            previous ??= new double[n];
            point.CopyTo(previous, 0);
            Remember(point);
            (_gradient, _nextGradient) = (_nextGradient, _gradient);
            _next.CopyTo(point, 0);
            improvement = (Forgetting * improvement) + (value - nextValue);
            mass = (Forgetting * mass) + 1;
            value = nextValue;
            if (improvement / mass < tolerance)
                return;
        }
    }

    // In single precision, as officially: where steps gain less than its last digit, which of them pay depends on it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double Value(DifferentiableFunction function, ReadOnlySpan<double> point, Span<double> gradient)
    {
        double value = function(point, gradient);
        if (l1 > 0)
        {
            double sum = 0;
            foreach (double coordinate in point[free..])
                sum += Math.Abs(coordinate);
            value += l1 * sum;
        }
        return double.IsNaN(value) ? throw new InvalidOperationException("Optimizer unable to proceed with loss function yielding NaN") : (float)value;
    }

    private bool TryStep(double[] point, double value, DifferentiableFunction function, bool first, out double nextValue)
    {
        nextValue = value;
        SteepestDescent(point);
        double length = Math.Sqrt(LinearKernels.Dot(_descent, _descent));
        if (!(length > 0) || float.IsInfinity((float)(length * length)))
            return false;
        if (_pairs.Count > 0)
        {
            FindDirection();
            if (Search(point, value, function, 1, StepsAlongEstimate, out nextValue))
                return true;
            // Where the estimate of the curvature misleads, the steepest descent is tried once before giving up.
            _pairs.Clear();
        }
        _descent.CopyTo(_direction, 0);
        return Search(point, value, function, first ? 1 / length : 1, StepsAlongDescent, out nextValue);
    }

    // The negative of the pseudo-gradient: at zero, the one-sided derivative that leads down, if one does.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SteepestDescent(double[] point)
    {
        for (int i = 0; i < point.Length; i++)
        {
            double slope = _gradient[i], penalty = i < free ? 0 : l1;
            _descent[i] = point[i] > 0 ? -slope - penalty
                : point[i] < 0 ? -slope + penalty
                : slope > penalty ? penalty - slope
                : slope < -penalty ? -penalty - slope
                : 0;
            if (nonNegative && i >= free && point[i] <= 0 && _descent[i] < 0)
                _descent[i] = 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FindDirection()
    {
        var direction = _direction;
        _descent.CopyTo(direction, 0);
        var weights = new double[_pairs.Count];
        for (int i = _pairs.Count - 1; i >= 0; i--)
        {
            var (step, change, scale) = _pairs[i];
            weights[i] = LinearKernels.Dot(step, direction) / scale;
            LinearKernels.AddScaled(direction, -weights[i], change, direction);
        }
        var (_, last, lastScale) = _pairs[^1];
        double length = lastScale / LinearKernels.Dot(last, last);
        for (int i = 0; i < direction.Length; i++)
            direction[i] *= length;
        for (int i = 0; i < _pairs.Count; i++)
        {
            var (step, change, scale) = _pairs[i];
            double weight = weights[i] - (LinearKernels.Dot(change, direction) / scale);
            LinearKernels.AddScaled(direction, weight, step, direction);
        }
        if (!IsBounded)
            return;
        for (int i = free; i < direction.Length; i++)
        {
            if (_descent[i] == 0)
                direction[i] = 0;
        }
    }

    private bool Search(double[] point, double value, DifferentiableFunction function, double size, int attempts, out double nextValue)
    {
        double slope = -LinearKernels.Dot(_descent, _direction);
        if (!(slope < 0))
        {
            nextValue = value;
            return false;
        }
        return IsBounded
            ? BackTrack(point, value, function, size, attempts, out nextValue)
            : new WolfeSearch(size => Evaluate(point, function, size)).TryFind(value, slope, size, attempts, out nextValue);
    }

    private (double Value, double Slope) Evaluate(double[] point, DifferentiableFunction function, double size)
    {
        LinearKernels.AddScaled(point, size, _direction, _next);
        double value = Value(function, _next, _nextGradient);
        return (value, LinearKernels.Dot(_nextGradient, _direction));
    }

    // Shortens the step until it pays.
    private bool BackTrack(double[] point, double value, DifferentiableFunction function, double size, int attempts, out double nextValue)
    {
        nextValue = value;
        bool straightened = false;
        for (int attempt = 0; attempt < attempts; attempt++, size *= BackOff)
        {
            double slope = MoveWithinOrthant(point, size);
            if (!straightened && !(slope < 0))
            {
                StopWhatGoesUp();
                straightened = true;
                slope = MoveWithinOrthant(point, size);
            }
            nextValue = Value(function, _next, _nextGradient);
            if (nextValue <= (float)(value + (SufficientDecrease * slope)))
                return true;
        }
        return false;
    }

    // Coordinates that would change sign stop at zero. Gives the slope along what is left of the step.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double MoveWithinOrthant(double[] point, double size)
    {
        LinearKernels.AddScaled(point, size, _direction, _next);
        double slope = 0;
        for (int i = 0; i < free; i++)
            slope -= _descent[i] * (_next[i] - point[i]);
        for (int i = free; i < _next.Length; i++)
        {
            if (_next[i] * point[i] < 0 || (nonNegative && _next[i] < 0))
                _next[i] = 0;
            slope -= _descent[i] * (_next[i] - point[i]);
        }
        return slope;
    }

    // Andrew and Gao do this to every direction; the official package's steps show it only where the step would not lead down otherwise.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StopWhatGoesUp()
    {
        for (int i = free; i < _direction.Length; i++)
        {
            if (_direction[i] * _descent[i] <= 0)
                _direction[i] = 0;
        }
    }

    private void Remember(double[] point)
    {
        bool full = _pairs.Count == history;
        double[] step = full ? _pairs[0].Step : new double[point.Length], change = full ? _pairs[0].Change : new double[point.Length];
        if (full)
            _pairs.RemoveAt(0);
        LinearKernels.AddScaled(_next, -1, point, step);
        LinearKernels.AddScaled(_nextGradient, -1, _gradient, change);
        double scale = LinearKernels.Dot(step, change);
        if (scale > 1e-300)
            _pairs.Add((step, change, scale));
    }
}
