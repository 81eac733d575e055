using System.Runtime.CompilerServices;

namespace Microsoft.ML.Trainers;

/// <summary>
/// The mean loss of a linear model over rows, by their weights, with half the squared length of the weights added, shared out alike. Parameters: the biases,
/// then the weights class by class.
/// Scores, each row's loss and slope, and the gradient of a few rows are rounded to single precision, as the official iterates show: where rows are all but
/// certain, that is what ends the descent. Longer sums are in double precision.
/// </summary>
internal sealed class LinearObjective
{
    private const int Parts = 64;
    private const int BlockValues = 16384;
    private const int MostBlockRows = 64;
    private readonly TrainingRows _rows;
    private readonly int _classes;
    private readonly double _l2;
    private readonly double _share;
    private readonly int _blockRows;
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
        _share = 1 / (rows.Weights is null ? rows.Count : rows.Weights.Sum(weight => (double)weight));
        _l2 = l2 * _share;
        _parameters = new float[Parameters];
        // A block is read twice, for scores and for the gradient: the second time from the cache.
        _blockRows = Math.Clamp(BlockValues / Math.Max(1, rows.FeatureCount), 4, MostBlockRows) & ~3;
        // Parts depend on the data alone, so that sums come out the same on any number of threads.
        _parts = new Workspace[(int)Math.Clamp((long)rows.Count * rows.FeatureCount * classes / 50_000, 1, Math.Min(Parts, rows.Count))];
        for (int i = 0; i < _parts.Length; i++)
            _parts[i] = new Workspace(Parameters, _blockRows * classes);
        _parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, threads ?? Environment.ProcessorCount) };
    }

    public int Parameters => _classes * (_rows.FeatureCount + 1);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Evaluate(ReadOnlySpan<double> point, Span<double> gradient)
    {
        for (int i = 0; i < point.Length; i++)
            _parameters[i] = (float)point[i];
        if (_parts.Length == 1)
            EvaluatePart(0);
        else
            Parallel.For(0, _parts.Length, _parallel, EvaluatePart);
        gradient.Clear();
        double sum = 0;
        foreach (var part in _parts)
        {
            sum += part.Loss;
            LinearKernels.AddScaled(gradient, _share, part.Gradient, gradient);
        }
        var weights = point[_classes..];
        LinearKernels.AddScaled(gradient[_classes..], _l2, weights, gradient[_classes..]);
        return (sum * _share) + (_l2 / 2 * LinearKernels.Dot(weights, weights));
    }

    private void EvaluatePart(int index)
    {
        int from = (int)((long)_rows.Count * index / _parts.Length), to = (int)((long)_rows.Count * (index + 1) / _parts.Length);
        var part = _parts[index];
        part.Loss = 0;
        Array.Clear(part.Gradient);
        Array.Clear(part.BlockGradient);
        int pending = 0;
        for (int row = from; row < to; row += _blockRows)
        {
            int end = Math.Min(to, row + _blockRows);
            EvaluateBlock(part, row, end);
            pending += end - row;
            if (pending < MostBlockRows && end < to)
                continue;
            LinearKernels.AddTo(part.Gradient, part.BlockGradient);
            Array.Clear(part.BlockGradient);
            pending = 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
        for (int c = 0; c < _classes; c++)
        {
            var slopes = scores.Slice(c * count, count);
            float bias = 0;
            foreach (float slope in slopes)
                bias += slope;
            part.BlockGradient[c] += bias;
            LinearKernels.AddRows(values, slopes, part.BlockGradient.AsSpan(_classes + (c * d), d));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double Logistic(Span<float> scores, int from)
    {
        double loss = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            float weight = _rows.Weights is null ? 1 : _rows.Weights[from + i], half = scores[i] / 2, size = MathF.Abs(half);
            bool positive = _rows.Labels[from + i] > 0;
            float logSum = (float)(size + Math.Log(1 + Math.Exp(-2.0 * size)));
            loss += weight * (logSum - (positive ? half : -half));
            scores[i] = weight * (MathF.Exp(half - logSum) - (positive ? 1 : 0));
        }
        return loss;
    }

    // The scores lie class by class.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double Softmax(Span<float> scores, float[] row, int from)
    {
        int count = scores.Length / _classes;
        double loss = 0;
        for (int i = 0; i < count; i++)
        {
            float most = float.NegativeInfinity;
            double sum = 0;
            for (int c = 0; c < _classes; c++)
                most = Math.Max(most, row[c] = scores[(c * count) + i]);
            int label = (int)_rows.Labels[from + i];
            float weight = _rows.Weights is null ? 1 : _rows.Weights[from + i];
            for (int c = 0; c < _classes; c++)
                sum += Math.Exp((double)row[c] - most);
            float logSum = (float)(most + Math.Log(sum));
            loss += weight * (logSum - row[label]);
            for (int c = 0; c < _classes; c++)
                scores[(c * count) + i] = weight * (MathF.Exp(row[c] - logSum) - (c == label ? 1 : 0));
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
