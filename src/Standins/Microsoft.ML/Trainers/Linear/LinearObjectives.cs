using System.Numerics.Tensors;

namespace Microsoft.ML.Trainers;

/// <summary>
/// Losses of linear models summed over rows, with half the squared length of the weights added. Parameters: the biases, then the weights class by class.
/// Scores and the gradient of a block of rows are computed in single precision, sums over blocks in double precision.
/// </summary>
internal sealed class LinearObjective
{
    private const int Parts = 64;
    private const int BlockRows = 64;
    private readonly TrainingRows _rows;
    private readonly int _classes;
    private readonly double _l2;
    private readonly ParallelOptions _parallel;
    private readonly Workspace[] _parts;
    private readonly float[] _parameters;

    /// <param name="rows">What to fit.</param>
    /// <param name="classes">1 for two classes told apart by one score; else the number of classes.</param>
    /// <param name="l2">The weight of half the squared weights.</param>
    /// <param name="threads">The most threads to use, or null.</param>
    public LinearObjective(TrainingRows rows, int classes, double l2, int? threads)
    {
        _rows = rows;
        _classes = classes;
        _l2 = l2;
        _parameters = new float[Parameters];
        // Parts depend on the data alone, so that sums come out the same on any number of threads.
        _parts = new Workspace[(int)Math.Clamp((long)rows.Count * rows.FeatureCount * classes / 50_000, 1, Math.Min(Parts, rows.Count))];
        for (int i = 0; i < _parts.Length; i++)
            _parts[i] = new Workspace(Parameters, BlockRows * classes);
        _parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, threads ?? Environment.ProcessorCount) };
    }

    public int Parameters => _classes * (_rows.FeatureCount + 1);

    public double Evaluate(ReadOnlySpan<double> point, Span<double> gradient)
    {
        TensorPrimitives.ConvertTruncating(point, _parameters.AsSpan());
        if (_parts.Length == 1)
            EvaluatePart(0);
        else
            Parallel.For(0, _parts.Length, _parallel, EvaluatePart);
        gradient.Clear();
        double sum = 0;
        foreach (var part in _parts)
        {
            sum += part.Loss;
            TensorPrimitives.Add(gradient, part.Gradient, gradient);
        }
        var weights = point[_classes..];
        TensorPrimitives.MultiplyAdd(weights, _l2, gradient[_classes..], gradient[_classes..]);
        return sum + (_l2 / 2 * TensorPrimitives.SumOfSquares(weights));
    }

    private void EvaluatePart(int index)
    {
        int from = (int)((long)_rows.Count * index / _parts.Length), to = (int)((long)_rows.Count * (index + 1) / _parts.Length);
        var part = _parts[index];
        part.Loss = 0;
        Array.Clear(part.Gradient);
        for (int row = from; row < to; row += BlockRows)
            EvaluateBlock(part, row, Math.Min(to, row + BlockRows));
    }

    private void EvaluateBlock(Workspace part, int from, int to)
    {
        int d = _rows.FeatureCount, count = to - from;
        var values = _rows.Values.AsSpan(from * d, count * d);
        var scores = part.Scores.AsSpan(0, count * _classes);
        for (int c = 0; c < _classes; c++)
            LinearKernels.Scores(values, _parameters.AsSpan(_classes + (c * d), d), _parameters[c], scores.Slice(c * count, count));
        // Scores become slopes: the derivatives of the loss by each score.
        if (_classes == 1)
            part.Loss += Logistic(scores, from);
        else
            part.Loss += Softmax(scores, part.Row, from);
        Array.Clear(part.BlockGradient);
        for (int c = 0; c < _classes; c++)
        {
            var slopes = scores.Slice(c * count, count);
            part.BlockGradient[c] = TensorPrimitives.Sum<float>(slopes);
            LinearKernels.AddRows(values, slopes, part.BlockGradient.AsSpan(_classes + (c * d), d));
        }
        LinearKernels.AddTo(part.Gradient, part.BlockGradient);
    }

    private double Logistic(Span<float> scores, int from)
    {
        double loss = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            double weight = _rows.Weights is null ? 1 : _rows.Weights[from + i], sign = _rows.Labels[from + i] > 0 ? 1 : -1, margin = sign * scores[i];
            double small = Math.Exp(-Math.Abs(margin));
            loss += weight * (Math.Max(0, -margin) + Math.Log(1 + small));
            scores[i] = (float)(-weight * sign * (margin > 0 ? small / (1 + small) : 1 / (1 + small)));
        }
        return loss;
    }

    // The scores lie class by class.
    private double Softmax(Span<float> scores, float[] row, int from)
    {
        int count = scores.Length / _classes;
        double loss = 0;
        for (int i = 0; i < count; i++)
        {
            for (int c = 0; c < _classes; c++)
                row[c] = scores[(c * count) + i];
            var own = row.AsSpan(0, _classes);
            int label = (int)_rows.Labels[from + i];
            float most = TensorPrimitives.Max<float>(own), margin = own[label] - most;
            TensorPrimitives.Subtract(own, most, own);
            TensorPrimitives.Exp<float>(own, own);
            float sum = TensorPrimitives.Sum<float>(own), weight = _rows.Weights is null ? 1 : _rows.Weights[from + i];
            loss += weight * (Math.Log(sum) - margin);
            for (int c = 0; c < _classes; c++)
                scores[(c * count) + i] = weight * ((own[c] / sum) - (c == label ? 1 : 0));
        }
        return loss;
    }

    private sealed class Workspace(int parameters, int scores)
    {
        public double Loss;
        public readonly double[] Gradient = new double[parameters];
        public readonly float[] BlockGradient = new float[parameters];
        public readonly float[] Scores = new float[scores];
        public readonly float[] Row = new float[scores];
    }
}
