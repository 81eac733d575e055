using System.Numerics.Tensors;

namespace MLNetModelSpace.Features;

/// <summary>What is made of one model's answers to the probes, as they come, batch by batch. Owns its buffers.</summary>
internal sealed class AnswerSums
{
    private readonly ProbeVectorization _vectorization;
    private readonly ProbeFeatures _features;
    private readonly ImageShape _shape;
    private readonly float[] _errors;
    private readonly float[] _still;
    private readonly float[] _squares;
    private readonly float[] _part;
    private readonly double[][] _pixels;
    private readonly double[] _rows;
    private readonly double[] _columns;
    private readonly double[][] _wide;
    private readonly double[] _deviations;
    private readonly double[] _projections;
    private readonly double[] _others;

    public AnswerSums(ProbeVectorization vectorization)
    {
        _vectorization = vectorization;
        _features = vectorization.Plan.Features;
        _shape = vectorization.Plan.Shape;
        _errors = new float[vectorization.Probes.Count];
        _still = new float[_features.HasFlag(ProbeFeatures.JacobianSpectra) ? vectorization.JacobianProbes * _shape.Size : 0];
        _squares = new float[_shape.Size];
        _part = new float[_shape.Size];
        _pixels = [.. vectorization.Probes.Groups.Select(_ => new double[_shape.Size])];
        _rows = new double[_shape.Height];
        _columns = new double[_shape.Width];
        _wide = [new double[_shape.Size], new double[_shape.Size]];
        _deviations = new double[_shape.Size];
        _projections = new double[vectorization.Plan.Directions];
        _others = new double[vectorization.Plan.Directions];
    }

    /// <summary>The answers to the first probes, at which the Jacobian is taken.</summary>
    public ReadOnlySpan<float> Still => _still;

    /// <summary>The mean squared error of some images.</summary>
    public double MeanError(int start, int count)
    {
        // Image by image in double precision: a group may have a million pixels.
        double sum = 0;
        foreach (float error in _errors.AsSpan(start, count))
            sum += error;
        return sum / ((double)count * _shape.Size);
    }

    /// <summary>Takes some answers.</summary>
    /// <param name="answers">count·C·H·W values.</param>
    /// <param name="start">The first probe.</param>
    /// <param name="count">How many.</param>
    /// <param name="destination">The model's features, of which those of single answers are filled in.</param>
    /// <returns>Whether all are finite, and their squares.</returns>
    public bool Add(ReadOnlySpan<float> answers, int start, int count, Span<float> destination)
    {
        if (start == 0)
            Array.ForEach(_pixels, Array.Clear);
        Array.Clear(_part);
        int size = _shape.Size, at = _vectorization.AnswersAt(start), slots = _vectorization.AnswersAt(1) - _vectorization.AnswersAt(0);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<float> answer = answers.Slice(i * size, size);
            TensorPrimitives.Subtract(answer, _vectorization.Probes.Values.AsSpan((start + i) * size, size), _squares);
            TensorPrimitives.Multiply(_squares, _squares, _squares);
            _errors[start + i] = TensorPrimitives.Sum<float>(_squares);
            if (!float.IsFinite(_errors[start + i]))
                return false;
            if (_features.HasFlag(ProbeFeatures.ErrorProfiles))
            {
                TensorPrimitives.Add(_part, _squares, _part);
                int kind = _vectorization.Probes.KindOf(start + i);
                if (i == count - 1 || _vectorization.Probes.KindOf(start + i + 1) != kind)
                    Flush(kind);
            }

            if (_features.HasFlag(ProbeFeatures.Answers))
            {
                Describe(answer, _wide[i % 2], destination[at..]);
                // Two at a time.
                if (_vectorization.Directions is not null && (i % 2 == 1 || i == count - 1))
                    Project(_wide[0], _wide[i % 2], destination[(at + 2 - (i % 2 * slots))..], destination[(at + 2)..]);
                at += slots;
            }

            if (start + i < _still.Length / size)
                answer.CopyTo(_still.AsSpan((start + i) * size));
        }

        return true;
    }

    /// <summary>Fills in what is made of all answers together.</summary>
    public void Finish(Span<float> destination)
    {
        int at = 0;
        if (_features.HasFlag(ProbeFeatures.Errors))
        {
            for (; at < _errors.Length; at++)
                destination[at] = _errors[at] / _shape.Size;
        }

        if (_features.HasFlag(ProbeFeatures.ErrorProfiles))
        {
            for (int kind = 0; kind < _pixels.Length; kind++)
                at += FillProfile(_pixels[kind], _vectorization.Probes.Groups[kind].Count, destination[at..]);
        }

        if (!_features.HasFlag(ProbeFeatures.GroupErrors))
            return;
        Span<float> errors = destination.Slice(_vectorization.GroupErrorsAt, _vectorization.ProbeGroups.Count);
        for (int i = 0; i < errors.Length; i++)
            errors[i] = FeatureColumns.Narrow(MeanError(_vectorization.ProbeGroups[i].Start, _vectorization.ProbeGroups[i].Count));
    }

    /// <summary>Few images are summed in single precision, all of them in double.</summary>
    private void Flush(int kind)
    {
        double[] pixels = _pixels[kind];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] += _part[i];
        Array.Clear(_part);
    }

    private int FillProfile(ReadOnlySpan<double> pixels, int count, Span<float> destination)
    {
        Array.Clear(_rows);
        Array.Clear(_columns);
        for (int line = 0; line * _shape.Width < pixels.Length; line++)
        {
            ReadOnlySpan<double> row = pixels.Slice(line * _shape.Width, _shape.Width);
            _rows[line % _shape.Height] += TensorPrimitives.Sum(row);
            TensorPrimitives.Add(_columns, row, _columns);
        }

        double images = (double)count * _shape.Channels;
        TensorPrimitives.Divide(_rows, images * _shape.Width, _rows);
        TensorPrimitives.Divide(_columns, images * _shape.Height, _columns);
        FeatureColumns.Narrow(_rows, destination);
        FeatureColumns.Narrow(_columns, destination[_rows.Length..]);
        return _rows.Length + _columns.Length;
    }

    private void Describe(ReadOnlySpan<float> answer, Span<double> wide, Span<float> destination)
    {
        TensorPrimitives.ConvertTruncating<float, double>(answer, wide);
        double mean = TensorPrimitives.Sum<double>(wide) / wide.Length;
        TensorPrimitives.Subtract(wide, mean, _deviations);
        destination[0] = FeatureColumns.Narrow(mean);
        destination[1] = FeatureColumns.Narrow(Math.Sqrt(TensorPrimitives.SumOfSquares<double>(_deviations) / wide.Length));
    }

    private void Project(double[] first, double[] second, Span<float> firstProjections, Span<float> secondProjections)
    {
        _vectorization.Directions!.Project(first, second, _projections, _others);
        FeatureColumns.Narrow(_projections, firstProjections);
        FeatureColumns.Narrow(_others, secondProjections);
    }
}
