using System.Numerics.Tensors;
using TorchSharp;

namespace MLNetModelSpace;

/// <summary>
/// Singular values of J·V in descending order, J the Jacobian of a model at a probe and V fixed orthonormal directions, by forward
/// differences (f(x + εv) − f(x))/ε: exact up to rounding for linear networks, and for ReLU ones unless a unit switches in between.
/// Owns its buffers.
/// </summary>
internal sealed class JacobianSpectrum
{
    /// <summary>Small against pixels in [0, 1] with a direction of unit length, large against the rounding of float32 answers.</summary>
    private const float Step = 0.05f;

    private readonly int _size;
    private readonly int _probes;
    private readonly int _directions;
    private readonly float[] _inputs;
    private readonly float[] _moved;
    private readonly SingularValues _solver = new();
    private readonly double[] _values;

    public JacobianSpectrum(ProbeVectorization vectorization)
    {
        _size = vectorization.Plan.Shape.Size;
        _probes = vectorization.JacobianProbes;
        _directions = vectorization.JacobianDirections;
        _values = new double[_directions];
        double[] basis = Orthonormal(new FixedDirections(_size, _directions, vectorization.Plan.Seed));
        _inputs = new float[checked(_probes * _directions * _size)];
        _moved = new float[_inputs.Length];
        for (int row = 0; row < _probes * _directions; row++)
        {
            for (int i = 0; i < _size; i++)
                _inputs[(row * _size) + i] = vectorization.Probes.Values[(row / _directions * _size) + i] + (Step * (float)basis[(row % _directions * _size) + i]);
        }
    }

    /// <summary>Fills in the spectra, probe by probe.</summary>
    /// <param name="model">How the model is run.</param>
    /// <param name="module">The model.</param>
    /// <param name="answers">Its answers to the probes themselves.</param>
    /// <param name="destination">Receives as many numbers as there are directions, for each probe.</param>
    /// <returns>How many numbers that is.</returns>
    public int Fill(RunnableModel model, torch.nn.Module<torch.Tensor, torch.Tensor> module, ReadOnlySpan<float> answers, Span<float> destination)
    {
        model.Run(module, _inputs, _moved);
        for (int probe = 0; probe < _probes; probe++)
        {
            ReadOnlySpan<float> still = answers.Slice(probe * _size, _size);
            Span<float> rows = _moved.AsSpan(probe * _directions * _size, _directions * _size);
            for (int d = 0; d < _directions; d++)
            {
                Span<float> row = rows.Slice(d * _size, _size);
                TensorPrimitives.Subtract(row, still, row);
                TensorPrimitives.Divide(row, Step, row);
            }

            _solver.Fast(rows, _directions, _size, _values);
            FeatureColumns.Narrow(_values, destination.Slice(probe * _directions, _directions));
        }

        return _probes * _directions;
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
