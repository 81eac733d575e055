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

/// <summary>
/// How far a model is from a minimum of the reconstruction error on a group of images: the gradient of the mean squared error by the
/// parameters, as log₁₀ of its norm. Training stops where the gradient on its own data has all but vanished; on other data it has not,
/// and that shows where the error itself, near zero everywhere, says little. Owns its buffers.
/// </summary>
internal sealed class GradientNorms
{
    /// <summary>Where a norm is zero, or a layer has no bias.</summary>
    private const double Floor = -12;

    private static readonly string[] s_names = ["error", "gradient", "gradient first weight", "gradient first bias", "gradient last weight", "gradient last bias"];

    private readonly List<float[]> _gradients = [];
    private float[] _part = [];
    private WeightLayout? _layout;
    private int[] _weights = [];
    private int[] _biases = [];

    /// <summary>What a group's numbers are called, after its name.</summary>
    public static IReadOnlyList<string> Names => s_names;

    /// <summary>Adds the gradient on some images of a group to a model's.</summary>
    /// <param name="runner">Has found it.</param>
    /// <param name="model">Which one.</param>
    /// <param name="layout">Of its weights.</param>
    /// <param name="share">Of the group's images.</param>
    /// <param name="first">Whether they are the group's first.</param>
    public void Add(ProbeRunner runner, int model, WeightLayout layout, float share, bool first)
    {
        while (_gradients.Count <= model)
            _gradients.Add([]);
        if (_gradients[model].Length < layout.Length)
            _gradients[model] = new float[layout.Length];
        Span<float> gradient = _gradients[model].AsSpan(0, layout.Length);
        if (first)
        {
            runner.GetGradient(model, gradient);
            if (share < 1)
                TensorPrimitives.Multiply(gradient, share, gradient);
            return;
        }

        if (_part.Length < layout.Length)
            _part = new float[layout.Length];
        Span<float> part = _part.AsSpan(0, layout.Length);
        runner.GetGradient(model, part);
        TensorPrimitives.MultiplyAdd(part, share, gradient, gradient);
    }

    /// <summary>Fills in a group's numbers of a model.</summary>
    /// <param name="model">Which one.</param>
    /// <param name="layout">Of its weights.</param>
    /// <param name="error">The group's mean squared error.</param>
    /// <param name="destination">Receives as many numbers as there are names.</param>
    /// <returns>Whether the gradient is finite.</returns>
    public bool Fill(int model, WeightLayout layout, double error, Span<float> destination)
    {
        if (!ReferenceEquals(layout, _layout))
        {
            _layout = layout;
            _weights = [.. Tensors(layout, tensor => tensor.Rank >= 2)];
            _biases = [.. Tensors(layout, tensor => tensor.Rank < 2)];
        }

        ReadOnlySpan<float> gradient = _gradients[model].AsSpan(0, layout.Length);
        double norm = TensorPrimitives.Norm(gradient);
        if (!double.IsFinite(norm))
            return false;
        ReadOnlySpan<double> numbers =
        [
            Log(error), Log(norm), Log(NormOf(layout, gradient, _weights, 0)), Log(NormOf(layout, gradient, _biases, 0)),
            Log(NormOf(layout, gradient, _weights, _weights.Length - 1)), Log(NormOf(layout, gradient, _biases, _biases.Length - 1)),
        ];
        FeatureColumns.Narrow(numbers, destination);
        return true;
    }

    private static IEnumerable<int> Tensors(WeightLayout layout, Func<TensorLayout, bool> which) =>
        Enumerable.Range(0, layout.Tensors.Count).Where(i => which(layout.Tensors[i]));

    private static double NormOf(WeightLayout layout, ReadOnlySpan<float> gradient, int[] tensors, int index) =>
        index < 0 || index >= tensors.Length ? 0 : TensorPrimitives.Norm(layout.Slice(gradient, tensors[index]));

    private static double Log(double value) => value > 0 ? Math.Max(Floor, Math.Log10(value)) : Floor;
}
