using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace MLNetModelSpace.Features;

/// <summary>
/// What the gradients of the reconstruction error on groups of textures are to each other: for the first and the last weight, the
/// matrix of their inner products, divided by its trace. The gradient on a mixture of groups v is the mixture of their gradients, and
/// the square of its norm is vᵀAv. Owns its buffers: used by one thread at a time.
/// </summary>
internal sealed class GradientForm(ImageShape shape, float[] textures, int groups) : IDisposable
{
    /// <summary>Weights that gradients are taken of.</summary>
    public const int Tensors = 2;

    private readonly int _perGroup = textures.Length / shape.Size / groups;
    private readonly double[] _matrices = new double[Tensors * groups * groups];
    private readonly List<Kept> _kept = [];
    private float[] _gradient = [];

    /// <summary>Numbers that are kept of a model of a layout while its textures are shown.</summary>
    public static long KeptOf(WeightLayout layout, int groups) =>
        (long)groups * (layout.Tensors[First(layout)].Length + layout.Tensors[Last(layout)].Length);

    /// <summary>Finds all models' matrices, the first weight's in front; all zero where no gradient is. Models whose gradients are beyond any number get an error.</summary>
    /// <param name="runner">Has the models.</param>
    /// <param name="rows">Them.</param>
    /// <param name="use">Called with each model's matrices, which are the next model's afterwards.</param>
    public void Fill(ProbeRunner runner, IReadOnlyList<ModelRow> rows, Action<ModelRow, double[]> use)
    {
        WeightLayout layout = rows[0].Layout;
        int first = First(layout), last = Last(layout);
        while (_kept.Count < Tensors * rows.Count)
            _kept.Add(new Kept(groups));
        if (_gradient.Length < layout.Length)
            _gradient = new float[layout.Length];
        for (int group = 0; group < groups; group++)
        {
            foreach ((int start, int count) in ProbeWorker.Batches(group * _perGroup, _perGroup, runner.BatchSize))
            {
                runner.Show(textures, start, count);
                runner.FindGradients();
                for (int model = 0; model < rows.Count; model++)
                {
                    Span<float> gradient = _gradient.AsSpan(0, layout.Length);
                    runner.GetGradient(model, gradient);
                    float share = (float)count / _perGroup;
                    bool isFirst = start == group * _perGroup;
                    _kept[2 * model].Add(group, layout.Slice(gradient, first), share, isFirst);
                    _kept[(2 * model) + 1].Add(group, layout.Slice(gradient, last), share, isFirst);
                }
            }
        }

        int size = groups * groups;
        for (int model = 0; model < rows.Count; model++)
        {
            ModelRow row = rows[model];
            if (row.Error is not null)
                continue;
            if (_kept[2 * model].Fill(_matrices.AsSpan(0, size)) && _kept[(2 * model) + 1].Fill(_matrices.AsSpan(size, size)))
                use(row, _matrices);
            else
                row.Error = ProbePlan.TooLarge(layout);
        }
    }

    public void Dispose()
    {
        foreach (Kept kept in _kept)
            kept.Dispose();
    }

    private static int First(WeightLayout layout) => Enumerable.Range(0, layout.Tensors.Count).First(i => layout.Tensors[i].Rank >= 2);

    private static int Last(WeightLayout layout) => Enumerable.Range(0, layout.Tensors.Count).Last(i => layout.Tensors[i].Rank >= 2);

    /// <summary>One weight's gradients on all groups, in a tensor whose rows begin on a cache line.</summary>
    private sealed class Kept(int groups) : IDisposable
    {
        private Tensor? _rows;
        private int _length;
        private int _stride;

        public void Add(int group, ReadOnlySpan<float> gradient, float share, bool isFirst)
        {
            if (_length != gradient.Length)
            {
                _rows?.Dispose();
                _length = gradient.Length;
                _stride = (_length + StackTensor.Padding - 1) / StackTensor.Padding * StackTensor.Padding;
                _rows = TorchScope.Keep(() => zeros(groups, _stride, float32, CPU));
            }

            Span<float> row = MemoryMarshal.Cast<byte, float>(_rows!.bytes).Slice(group * _stride, _length);
            if (!isFirst)
                TensorPrimitives.MultiplyAdd(gradient, share, row, row);
            else
                TensorPrimitives.Multiply(gradient, share, row);
        }

        /// <returns>Whether all is finite.</returns>
        public bool Fill(Span<double> matrix)
        {
            using IDisposable frozen = no_grad();
            using Tensor turned = _rows!.t();
            using Tensor products = _rows.mm(turned);
            ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(products.bytes);
            double trace = 0;
            for (int i = 0; i < groups; i++)
            {
                for (int j = 0; j <= i; j++)
                    matrix[(i * groups) + j] = matrix[(j * groups) + i] = values[(i * groups) + j];
                trace += values[(i * groups) + i];
            }

            if (!double.IsFinite(trace))
                return false;
            if (trace > 0)
                TensorPrimitives.Divide(matrix, trace, matrix);
            else
                matrix.Clear();
            return true;
        }

        public void Dispose() => _rows?.Dispose();
    }
}
