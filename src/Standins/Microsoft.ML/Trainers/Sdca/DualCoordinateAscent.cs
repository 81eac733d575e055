using System.Runtime.CompilerServices;

namespace Microsoft.ML.Trainers;

/// <summary>What a coordinate ascent is asked for; <see cref="L1Threshold"/> is the L1 penalty against the L2 penalty.</summary>
internal sealed record DualAscentSettings(double L2, double L1Threshold, double Tolerance, int MaximumIterations, int CheckFrequency);

/// <summary>
/// Minimises mean loss plus L2/2·(|w|² + 2·threshold·|w|₁) by stochastic dual coordinate ascent: S. Shalev-Shwartz and T. Zhang, "Stochastic dual
/// coordinate ascent methods for regularized loss minimization", 2013, section 6.2 for the logistic step; the L1 part as in their "Accelerated
/// proximal stochastic dual coordinate ascent", 2014. A constant feature of 1 at the end of each row stands for the bias, penalised like a weight.
/// For squared error the penalty is taken off the bias: each step moves what is penalised over to what is free (T. Zhang, "On the dual formulation
/// of regularized linear systems with convex risks", 2002, section 5: the duals then sum to zero).
/// </summary>
internal sealed class DualCoordinateAscent
{
    private readonly double[] _values;
    private readonly double[] _labels;
    private readonly double[] _rowWeights;
    private readonly double[] _norms;
    private readonly double[] _duals;
    private readonly double[] _sums;
    private readonly double[] _weights;
    private readonly bool _logistic;
    private readonly int _rows;
    private readonly int _width;
    private double _freeBias;

    /// <param name="values">Rows one after another, each ending in 1.</param>
    /// <param name="labels">±1 for logistic loss, numbers for squared error.</param>
    /// <param name="rowWeights">A weight for each row, or null.</param>
    /// <param name="width">The length of a row.</param>
    /// <param name="logistic">Logistic loss, else squared error.</param>
    public DualCoordinateAscent(double[] values, double[] labels, double[] rowWeights, int width, bool logistic)
    {
        _values = values;
        _labels = labels;
        _rowWeights = rowWeights;
        _width = width;
        _logistic = logistic;
        _rows = labels.Length;
        _norms = new double[_rows];
        for (int i = 0; i < _rows; i++)
            _norms[i] = logistic ? LinearKernels.Dot(Row(i), Row(i)) : LinearKernels.Dot(Row(i)[..^1], Row(i)[..^1]);
        _duals = new double[_rows];
        _sums = new double[width];
        _weights = new double[width];
    }

    /// <summary>
    /// The weights and the bias with the least objective met before the gap between primal and dual, against the primal, fell below the tolerance.
    /// </summary>
    public (double[] Weights, double Bias) Solve(DualAscentSettings settings, PassOrder order)
    {
        var best = new double[_width];
        double bestFreeBias = 0, bestObjective = double.PositiveInfinity;
        for (int iteration = 1; iteration <= settings.MaximumIterations; iteration++)
        {
            foreach (int row in order.Next())
                Step(row, settings);
            if (iteration % settings.CheckFrequency != 0)
                continue;
            var (primal, dual) = Objectives(settings);
            if (primal < bestObjective)
            {
                bestObjective = primal;
                bestFreeBias = _freeBias;
                _weights.CopyTo(best, 0);
            }
            if (!(primal - dual > settings.Tolerance * primal))
                break;
        }
        if (double.IsPositiveInfinity(bestObjective))
            (best, bestFreeBias) = (_weights, _freeBias);
        return (best[..^1], best[^1] + bestFreeBias);
    }

    private ReadOnlySpan<double> Row(int row) => _values.AsSpan(row * _width, _width);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Step(int row, DualAscentSettings settings)
    {
        var values = Row(row);
        double score = LinearKernels.Dot(values, _weights) + _freeBias, label = _labels[row], dual = _duals[row];
        double weight = _rowWeights is null ? 1 : _rowWeights[row], perUnit = weight / (settings.L2 * _rows), curvature = _norms[row] * perUnit;
        double change = _logistic
            ? ((label / (1 + Math.Exp(label * score))) - dual) / Math.Max(1, 0.25 + curvature)
            : (label - score - (dual / 2)) / (0.5 + curvature);
        if (!_logistic)
        {
            double moved = settings.L2 * (settings.L1Threshold == 0 ? _weights[^1] : _sums[^1]);
            change -= moved;
            _freeBias += moved * perUnit;
        }
        _duals[row] = dual + change;
        if (settings.L1Threshold == 0)
        {
            LinearKernels.AddScaled(_weights, change * perUnit, values, _weights);
            return;
        }
        LinearKernels.AddScaled(_sums, change * perUnit, values, _sums);
        LinearKernels.Shrink(_sums, settings.L1Threshold, _weights);
        // What has not been moved yet waits; it is no part of the bias, as officially.
        if (!_logistic)
            _weights[^1] = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (double Primal, double Dual) Objectives(DualAscentSettings settings)
    {
        double loss = 0, conjugate = 0;
        for (int row = 0; row < _rows; row++)
        {
            double score = LinearKernels.Dot(Row(row), _weights) + _freeBias, label = _labels[row], dual = _duals[row], weight = _rowWeights is null ? 1 : _rowWeights[row];
            if (_logistic)
            {
                double margin = label * score, share = Math.Clamp(label * dual, 0, 1);
                loss += weight * (Math.Max(0, -margin) + Math.Log(1 + Math.Exp(-Math.Abs(margin))));
                conjugate += weight * (Entropy(share) + Entropy(1 - share));
            }
            else
            {
                loss += weight * (score - label) * (score - label);
                // The free bias is a multiplier of the duals' sum. (The official trainer leaves it out beside an L1 penalty.)
                conjugate += weight * dual * (label - (dual / 4) - (settings.L1Threshold == 0 ? _freeBias : 0));
            }
        }
        double length = settings.L2 / 2 * LinearKernels.Dot(_weights, _weights);
        double sparsity = settings.L1Threshold == 0 ? 0 : settings.L2 * settings.L1Threshold * SumOfMagnitudes(_weights);
        return ((loss / _rows) + length + sparsity, (conjugate / _rows) - length);
    }

    private static double SumOfMagnitudes(double[] values)
    {
        double sum = 0;
        foreach (double value in values)
            sum += Math.Abs(value);
        return sum;
    }

    private static double Entropy(double share) => share <= 0 ? 0 : -share * Math.Log(share);
}
