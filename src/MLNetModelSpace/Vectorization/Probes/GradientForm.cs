using TorchSharp;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace MLNetModelSpace;

/// <summary>
/// What the gradients of the reconstruction error on groups of textures are to each other: for the first and the last weight, the
/// matrix of their inner products, divided by its trace. The gradient on a mixture of groups v is the mixture of their gradients, and
/// the square of its norm is vᵀAv. Owns its buffers.
/// </summary>
internal sealed class GradientForm(ImageShape shape, float[] textures, int groups)
{
    /// <summary>Weights that gradients are taken of.</summary>
    public const int Tensors = 2;

    private readonly int _perGroup = textures.Length / shape.Size / groups;
    private readonly float[]?[] _first = new float[]?[groups];
    private readonly float[]?[] _last = new float[]?[groups];
    private float[] _gradient = [];
    private float[] _part = [];

    /// <summary>Numbers that <see cref="Fill"/> gives: a symmetric matrix for each of the weights.</summary>
    public int Length => Tensors * groups * groups;

    /// <summary>Fills in the matrices, the first weight's in front; all zero where no gradient is.</summary>
    /// <returns>Whether all of it is finite.</returns>
    public bool Fill(RunnableModel model, nn.Module<Tensor, Tensor> module, WeightLayout layout, Span<double> destination)
    {
        if (_gradient.Length < layout.Length)
            (_gradient, _part) = (new float[layout.Length], new float[layout.Length]);
        int first = Enumerable.Range(0, layout.Tensors.Count).First(i => layout.Tensors[i].Rank >= 2);
        int last = Enumerable.Range(0, layout.Tensors.Count).Last(i => layout.Tensors[i].Rank >= 2);
        for (int group = 0; group < groups; group++)
        {
            Span<float> gradient = _gradient.AsSpan(0, layout.Length);
            model.MeanGradient(module, textures, group * _perGroup, _perGroup, gradient, _part.AsSpan(0, layout.Length));
            Keep(ref _first[group], layout.Slice(gradient, first));
            Keep(ref _last[group], layout.Slice(gradient, last));
        }

        int size = groups * groups;
        return FillOne(_first, layout.Tensors[first].Length, destination[..size]) && FillOne(_last, layout.Tensors[last].Length, destination.Slice(size, size));
    }

    private static void Keep(ref float[]? kept, ReadOnlySpan<float> values)
    {
        if (kept is null || kept.Length < values.Length)
            kept = new float[values.Length];
        values.CopyTo(kept);
    }

    private bool FillOne(float[]?[] gradients, int length, Span<double> matrix)
    {
        double trace = 0;
        for (int i = 0; i < groups; i++)
        {
            for (int j = 0; j <= i; j++)
                matrix[(i * groups) + j] = matrix[(j * groups) + i] = TensorPrimitives.Dot<float>(gradients[i].AsSpan(0, length), gradients[j].AsSpan(0, length));
            trace += matrix[(i * groups) + i];
        }

        if (!double.IsFinite(trace))
            return false;
        if (trace > 0)
            TensorPrimitives.Divide(matrix, trace, matrix);
        else
            matrix.Clear();
        return true;
    }
}
