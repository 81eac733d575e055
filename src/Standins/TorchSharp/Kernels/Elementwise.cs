using System.Numerics;
using System.Numerics.Tensors;

namespace TorchSharp.Kernels;

/// <summary>
/// Element by element over spans of one length. Every destination may be one of the sources (exactly, not shifted).
/// The names and the treatment of NaN are PyTorch's.
/// </summary>
internal static partial class Elementwise
{
    /// <summary>
    /// Single precision by way of double: the gradient is 1 − tanh², so that near ±1 a unit in the last place is a large part of it.
    /// </summary>
    public static void Tanh<T>(ReadOnlySpan<T> x, Span<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) != typeof(float))
        {
            TensorPrimitives.Tanh(x, result);
            return;
        }

        Span<double> wide = stackalloc double[Math.Min(x.Length, 256)];
        for (int start = 0; start < x.Length; start += wide.Length)
        {
            Span<double> chunk = wide[..Math.Min(wide.Length, x.Length - start)];
            TensorPrimitives.ConvertTruncating(x.Slice(start, chunk.Length), chunk);
            TensorPrimitives.Tanh<double>(chunk, chunk);
            TensorPrimitives.ConvertTruncating<double, T>(chunk, result.Slice(start, chunk.Length));
        }
    }

    public static void Sigmoid<T>(ReadOnlySpan<T> x, Span<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Sigmoid(x, result);

    /// <summary>max(x, 0); NaN stays NaN.</summary>
    public static void Relu<T>(ReadOnlySpan<T> x, Span<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Max(x, T.Zero, result);
}
