using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace MLNetModelSpace.Features;

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
