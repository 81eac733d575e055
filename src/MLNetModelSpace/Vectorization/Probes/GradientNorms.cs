using TorchSharp;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace MLNetModelSpace;

/// <summary>
/// How far a model is from a minimum of the reconstruction error on a group of images: the gradient of the mean squared error by the
/// parameters, as log₁₀ of its norm. Training stops where the gradient on its own data has all but vanished; on other data it has not,
/// and that shows where the error itself, near zero everywhere, says little. Owns its buffers.
/// </summary>
internal sealed class GradientNorms(ProbeVectorization vectorization)
{
    /// <summary>Where a norm is zero, or a layer has no bias.</summary>
    private const double Floor = -12;

    private static readonly string[] s_names = ["error", "gradient", "gradient first weight", "gradient first bias", "gradient last weight", "gradient last bias"];

    private readonly ImageShape _shape = vectorization.Plan.Shape;
    private float[] _gradient = [];
    private float[] _part = [];

    /// <summary>What a group's numbers are called, after its name.</summary>
    public static IReadOnlyList<string> Names => s_names;

    /// <summary>Fills in the numbers, group by group.</summary>
    /// <param name="model">How the model is run.</param>
    /// <param name="module">The model.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="squares">Squared errors of every pixel of every probe.</param>
    /// <param name="destination">Receives as many numbers as there are names, for each group.</param>
    /// <returns>Whether all gradients are finite.</returns>
    public bool Fill(RunnableModel model, nn.Module<Tensor, Tensor> module, WeightLayout layout, ReadOnlySpan<float> squares, Span<float> destination)
    {
        if (_gradient.Length < layout.Length)
            (_gradient, _part) = (new float[layout.Length], new float[layout.Length]);
        Span<float> gradient = _gradient.AsSpan(0, layout.Length);
        int[] weights = [.. Tensors(layout, tensor => tensor.Rank >= 2)];
        int[] biases = [.. Tensors(layout, tensor => tensor.Rank < 2)];
        foreach ((_, int start, int count) in vectorization.ProbeGroups)
        {
            model.MeanGradient(module, vectorization.Probes.Values, start, count, gradient, _part.AsSpan(0, layout.Length));
            double norm = TensorPrimitives.Norm<float>(gradient);
            if (!double.IsFinite(norm))
                return false;
            double error = TensorPrimitives.Sum(squares.Slice(start * _shape.Size, count * _shape.Size)) / ((double)count * _shape.Size);
            ReadOnlySpan<double> numbers =
            [
                Log(error), Log(norm), Log(NormOf(layout, gradient, weights, 0)), Log(NormOf(layout, gradient, biases, 0)),
                Log(NormOf(layout, gradient, weights, weights.Length - 1)), Log(NormOf(layout, gradient, biases, biases.Length - 1)),
            ];
            FeatureColumns.Narrow(numbers, destination);
            destination = destination[numbers.Length..];
        }

        return true;
    }

    private static IEnumerable<int> Tensors(WeightLayout layout, Func<TensorLayout, bool> which) =>
        Enumerable.Range(0, layout.Tensors.Count).Where(i => which(layout.Tensors[i]));

    private static double NormOf(WeightLayout layout, ReadOnlySpan<float> gradient, int[] tensors, int index) =>
        index < 0 || index >= tensors.Length ? 0 : TensorPrimitives.Norm(layout.Slice(gradient, tensors[index]));

    private static double Log(double value) => value > 0 ? Math.Max(Floor, Math.Log10(value)) : Floor;
}
