using System.Numerics.Tensors;

namespace MLNetModelSpace.Features;

/// <summary>
/// Singular values of J·V in descending order, J the Jacobian of a model at a probe and V fixed orthonormal directions, by forward
/// differences (f(x + εv) − f(x))/ε: exact up to rounding for linear networks, and for ReLU ones unless a unit switches in between.
/// Owns its buffers.
/// </summary>
internal sealed class JacobianSpectrum
{
    /// <summary>Small against pixels in [0, 1] with a direction of unit length, large against the rounding of float32 answers.</summary>
    private const float Step = 0.05f;

    private readonly ProbeVectorization _vectorization;
    private readonly int _size;
    private readonly int _directions;
    private readonly List<float[]> _moved = [];
    private readonly SingularValues _solver = new();
    private readonly double[] _values;

    public JacobianSpectrum(ProbeVectorization vectorization)
    {
        _vectorization = vectorization;
        _size = vectorization.Plan.Shape.Size;
        _directions = vectorization.JacobianDirections;
        _values = new double[_directions];
    }

    /// <summary>The probes moved along each direction, probe by probe.</summary>
    public static float[] CreateImages(ProbeVectorization vectorization)
    {
        int size = vectorization.Plan.Shape.Size, directions = vectorization.JacobianDirections;
        double[] basis = Orthonormal(new FixedDirections(size, directions, vectorization.Plan.Seed));
        float[] images = new float[checked(vectorization.JacobianProbes * directions * size)];
        for (int row = 0; row < images.Length / size; row++)
        {
            for (int i = 0; i < size; i++)
                images[(row * size) + i] = vectorization.Probes.Values[(row / directions * size) + i] + (Step * (float)basis[(row % directions * size) + i]);
        }

        return images;
    }

    /// <summary>Fills in the spectra of all models, probe by probe.</summary>
    /// <param name="runner">Has the models.</param>
    /// <param name="rows">Them.</param>
    /// <param name="sums">Have their answers to the probes themselves.</param>
    public void Fill(ProbeRunner runner, IReadOnlyList<ModelRow> rows, IReadOnlyList<AnswerSums> sums)
    {
        float[] images = _vectorization.JacobianImages;
        while (_moved.Count < rows.Count)
            _moved.Add(new float[images.Length]);
        foreach ((int start, int count) in ProbeWorker.Batches(0, images.Length / _size, runner.BatchSize))
        {
            runner.Show(images, start, count);
            for (int model = 0; model < rows.Count; model++)
                runner.GetAnswers(model).CopyTo(_moved[model].AsSpan(start * _size));
        }

        for (int model = 0; model < rows.Count; model++)
        {
            if (rows[model].Error is null)
                FillOne(_moved[model], sums[model].Still, rows[model].Result.AsSpan(_vectorization.JacobianAt));
        }
    }

    private void FillOne(float[] moved, ReadOnlySpan<float> answers, Span<float> destination)
    {
        for (int probe = 0; probe < _vectorization.JacobianProbes; probe++)
        {
            ReadOnlySpan<float> still = answers.Slice(probe * _size, _size);
            Span<float> rows = moved.AsSpan(probe * _directions * _size, _directions * _size);
            for (int d = 0; d < _directions; d++)
            {
                Span<float> row = rows.Slice(d * _size, _size);
                TensorPrimitives.Subtract(row, still, row);
                TensorPrimitives.Divide(row, Step, row);
            }

            _solver.Fast(rows, _directions, _size, _values);
            FeatureColumns.Narrow(_values, destination.Slice(probe * _directions, _directions));
        }
    }

    /// <summary>The directions made orthonormal, one after another (modified Gram–Schmidt, twice for good measure).</summary>
    private static double[] Orthonormal(FixedDirections directions)
    {
        int size = directions.Length;
        double[] basis = new double[directions.Count * size];
        for (int i = 0; i < directions.Count; i++)
        {
            Span<double> row = basis.AsSpan(i * size, size);
            directions[i].CopyTo(row);
            for (int pass = 0; pass < 2; pass++)
            {
                for (int j = 0; j < i; j++)
                {
                    ReadOnlySpan<double> other = basis.AsSpan(j * size, size);
                    TensorPrimitives.MultiplyAdd(other, -TensorPrimitives.Dot(row, other), row, row);
                }
            }

            TensorPrimitives.Divide(row, TensorPrimitives.Norm<double>(row), row);
        }

        return basis;
    }
}
