using MathNet.Numerics.LinearAlgebra;

namespace MLNetModelSpace.Theory;

/// <summary>
/// Turns scores into probabilities, p(c) ∝ exp(a·s_c + b_c) with a ≥ 0: Platt's calibration (1999), for any number of classes, with his
/// smoothed targets. Useless scores get a near 0, and the probabilities are then the shares of the classes.
/// </summary>
internal sealed class ScoreCalibrator
{
    private const int MaxSteps = 100;
    private const double Ridge = 1e-9;
    private readonly double _slope;
    private readonly double[] _offsets;

    private ScoreCalibrator(double slope, double[] offsets)
    {
        _slope = slope;
        _offsets = offsets;
    }

    /// <summary>Fits by Newton's method; the loss is convex.</summary>
    /// <param name="scores">A score for each class, a row a sample.</param>
    /// <param name="classes">The class of each sample.</param>
    /// <param name="count">The number of classes.</param>
    internal static ScoreCalibrator Fit(double[][] scores, int[] classes, int count)
    {
        double[] targets = SmoothedTargets(classes, count);
        var fitted = Newton(scores, classes, targets, count, withSlope: true);

        // A negative slope says that the held-out order is worse than chance: noise, of which nothing is to be made.
        return fitted._slope >= 0 ? fitted : Newton(scores, classes, targets, count, withSlope: false);
    }

    /// <summary>log p(c) of every class.</summary>
    internal double[] LogProbabilities(double[] scores)
    {
        var logits = new double[_offsets.Length];
        for (int c = 0; c < logits.Length; c++)
        {
            logits[c] = (_slope * scores[c]) + _offsets[c];
        }

        double largest = logits.Max();
        double total = largest + Math.Log(logits.Sum(value => Math.Exp(value - largest)));
        for (int c = 0; c < logits.Length; c++)
        {
            logits[c] -= total;
        }

        return logits;
    }

    /// <summary>The mean log-loss, in nats.</summary>
    internal double LogLoss(double[][] scores, int[] classes)
    {
        double sum = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            sum -= LogProbabilities(scores[i])[classes[i]];
        }

        return sum / scores.Length;
    }

    /// <summary>The probability each class is to get on its own samples, (N + 1)/(N + 2), which keeps the slope finite where the classes separate.</summary>
    private static double[] SmoothedTargets(int[] classes, int count)
    {
        var targets = new double[count];
        foreach (int c in classes)
        {
            targets[c]++;
        }

        for (int c = 0; c < count; c++)
        {
            targets[c] = (targets[c] + 1) / (targets[c] + 2);
        }

        return targets;
    }

    private static ScoreCalibrator Newton(double[][] scores, int[] classes, double[] targets, int count, bool withSlope)
    {
        // Parameters: the offsets of all classes but the first, then the slope.
        int size = count - 1 + (withSlope ? 1 : 0);
        var current = new double[size];
        double loss = Loss(current, scores, classes, targets, count);
        for (int step = 0; step < MaxSteps; step++)
        {
            var (gradient, hessian) = Derivatives(current, scores, classes, targets, count);
            for (int i = 0; i < size; i++)
            {
                hessian[i, i] += Ridge + (1e-6 * hessian[i, i]);
            }

            var direction = hessian.Cholesky().Solve(gradient);
            double decrement = direction * gradient;
            if (decrement < 1e-12)
            {
                break;
            }

            double length = 1;
            while (true)
            {
                var next = current.Zip(direction, (value, move) => value - (length * move)).ToArray();
                double nextLoss = Loss(next, scores, classes, targets, count);
                if (nextLoss <= loss - (1e-4 * length * decrement))
                {
                    (current, loss) = (next, nextLoss);
                    break;
                }

                length /= 2;
                if (length < 1e-10)
                {
                    return Make(current, count);
                }
            }
        }

        return Make(current, count);
    }

    private static ScoreCalibrator Make(double[] parameters, int count) =>
        new(parameters.Length == count ? parameters[count - 1] : 0, [0, .. parameters.AsSpan(0, count - 1)]);

    private static double Target(int c, int own, double[] targets) => c == own ? targets[own] : (1 - targets[own]) / (targets.Length - 1);

    private static double Loss(double[] parameters, double[][] scores, int[] classes, double[] targets, int count)
    {
        var calibrator = Make(parameters, count);
        double sum = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            double[] logs = calibrator.LogProbabilities(scores[i]);
            for (int c = 0; c < count; c++)
            {
                sum -= Target(c, classes[i], targets) * logs[c];
            }
        }

        return sum / scores.Length;
    }

    private static (Vector<double> Gradient, Matrix<double> Hessian) Derivatives(
        double[] parameters, double[][] scores, int[] classes, double[] targets, int count)
    {
        int size = parameters.Length;
        bool withSlope = size == count;
        var calibrator = Make(parameters, count);
        var gradient = Vector<double>.Build.Dense(size);
        var hessian = Matrix<double>.Build.Dense(size, size);
        for (int i = 0; i < scores.Length; i++)
        {
            double[] score = scores[i];
            double[] p = [.. calibrator.LogProbabilities(score).Select(Math.Exp)];
            double mean = 0, square = 0;
            for (int c = 0; c < count; c++)
            {
                mean += p[c] * score[c];
                square += p[c] * score[c] * score[c];
            }

            for (int c = 1; c < count; c++)
            {
                gradient[c - 1] += p[c] - Target(c, classes[i], targets);
                for (int e = 1; e < count; e++)
                {
                    hessian[c - 1, e - 1] += (c == e ? p[c] : 0) - (p[c] * p[e]);
                }
            }

            if (withSlope)
            {
                for (int c = 0; c < count; c++)
                {
                    gradient[size - 1] += (p[c] - Target(c, classes[i], targets)) * score[c];
                }

                hessian[size - 1, size - 1] += Math.Max(0, square - (mean * mean));
                for (int c = 1; c < count; c++)
                {
                    double cross = p[c] * (score[c] - mean);
                    hessian[c - 1, size - 1] += cross;
                    hessian[size - 1, c - 1] += cross;
                }
            }
        }

        return (gradient / scores.Length, hessian / scores.Length);
    }
}
