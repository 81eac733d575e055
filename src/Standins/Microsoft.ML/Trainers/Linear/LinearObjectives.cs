using System.Numerics.Tensors;

namespace Microsoft.ML.Trainers;

/// <summary>
/// Losses of linear models summed over rows, with half the squared length of the weights added. Parameters: the biases, then the weights class by class.
/// </summary>
internal sealed class LinearObjective
{
    private const int Parts = 64;
    private readonly TrainingRows _rows;
    private readonly double[] _values;
    private readonly int _classes;
    private readonly double _l2;
    private readonly ParallelOptions _parallel;
    private readonly double[][] _gradients;
    private readonly double[] _losses;

    /// <param name="rows">What to fit.</param>
    /// <param name="classes">1 for two classes told apart by one score; else the number of classes.</param>
    /// <param name="l2">The weight of half the squared weights.</param>
    /// <param name="threads">The most threads to use, or null.</param>
    public LinearObjective(TrainingRows rows, int classes, double l2, int? threads)
    {
        _rows = rows;
        _classes = classes;
        _l2 = l2;
        _values = new double[(long)rows.Count * rows.FeatureCount];
        TensorPrimitives.ConvertTruncating<float, double>(rows.Values.AsSpan(0, _values.Length), _values);
        // Parts depend on the data alone, so that sums come out the same on any number of threads.
        int parts = (int)Math.Clamp((long)rows.Count * rows.FeatureCount * classes / 20_000, 1, Math.Min(Parts, rows.Count));
        _gradients = new double[parts][];
        for (int i = 0; i < parts; i++)
            _gradients[i] = new double[Parameters];
        _losses = new double[parts];
        _parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, threads ?? Environment.ProcessorCount) };
    }

    public int Parameters => _classes * (_rows.FeatureCount + 1);

    public double Evaluate(ReadOnlySpan<double> point, Span<double> gradient)
    {
        var parameters = point.ToArray();
        if (_gradients.Length == 1)
            EvaluatePart(parameters, 0);
        else
            Parallel.For(0, _gradients.Length, _parallel, part => EvaluatePart(parameters, part));
        gradient.Clear();
        double sum = 0;
        for (int part = 0; part < _gradients.Length; part++)
        {
            sum += _losses[part];
            TensorPrimitives.Add(gradient, _gradients[part], gradient);
        }
        var weights = point[_classes..];
        TensorPrimitives.MultiplyAdd(weights, _l2, gradient[_classes..], gradient[_classes..]);
        return sum + (_l2 / 2 * TensorPrimitives.SumOfSquares(weights));
    }

    private void EvaluatePart(double[] parameters, int part)
    {
        int from = (int)((long)_rows.Count * part / _gradients.Length), to = (int)((long)_rows.Count * (part + 1) / _gradients.Length);
        var gradient = _gradients[part];
        Array.Clear(gradient);
        _losses[part] = _classes == 1 ? Logistic(parameters, gradient, from, to) : Softmax(parameters, gradient, from, to);
    }

    private double Logistic(ReadOnlySpan<double> parameters, Span<double> gradient, int from, int to)
    {
        int d = _rows.FeatureCount;
        double loss = 0;
        for (int row = from; row < to; row++)
        {
            var values = _values.AsSpan(row * d, d);
            double weight = _rows.Weights is null ? 1 : _rows.Weights[row], sign = _rows.Labels[row] > 0 ? 1 : -1;
            double margin = sign * (parameters[0] + TensorPrimitives.Dot(parameters[1..], values));
            double small = Math.Exp(-Math.Abs(margin));
            loss += weight * (Math.Max(0, -margin) + Math.Log(1 + small));
            double slope = -weight * sign * (margin > 0 ? small / (1 + small) : 1 / (1 + small));
            gradient[0] += slope;
            TensorPrimitives.MultiplyAdd(values, slope, gradient[1..], gradient[1..]);
        }
        return loss;
    }

    private double Softmax(ReadOnlySpan<double> parameters, Span<double> gradient, int from, int to)
    {
        int d = _rows.FeatureCount;
        var scores = new double[_classes];
        double loss = 0;
        for (int row = from; row < to; row++)
        {
            var values = _values.AsSpan(row * d, d);
            double weight = _rows.Weights is null ? 1 : _rows.Weights[row];
            int label = (int)_rows.Labels[row];
            for (int c = 0; c < _classes; c++)
                scores[c] = parameters[c] + TensorPrimitives.Dot(parameters.Slice(_classes + (c * d), d), values);
            double most = TensorPrimitives.Max<double>(scores), own = scores[label], sum = 0;
            for (int c = 0; c < _classes; c++)
                sum += scores[c] = Math.Exp(scores[c] - most);
            loss += weight * (Math.Log(sum) + most - own);
            for (int c = 0; c < _classes; c++)
            {
                double slope = weight * ((scores[c] / sum) - (c == label ? 1 : 0));
                gradient[c] += slope;
                var part = gradient.Slice(_classes + (c * d), d);
                TensorPrimitives.MultiplyAdd(values, slope, part, part);
            }
        }
        return loss;
    }
}
