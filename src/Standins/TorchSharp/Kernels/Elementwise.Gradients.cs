using System.Numerics;
using System.Runtime.InteropServices;

namespace TorchSharp.Kernels;

/// <content>Gradients of the elementwise functions, from the gradient of the result and from whichever of input and result is cheaper.</content>
internal static partial class Elementwise
{
    /// <summary>gradInput ← gradOutput where the result (or the input) is above zero, else 0.</summary>
    public static void ReluBackward<T>(ReadOnlySpan<T> gradOutput, ReadOnlySpan<T> result, Span<T> gradInput)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckLengths(gradOutput.Length, result.Length, gradInput.Length);
        var g = MemoryMarshal.Cast<T, Vector<T>>(gradOutput);
        var y = MemoryMarshal.Cast<T, Vector<T>>(result)[..g.Length];
        var d = MemoryMarshal.Cast<T, Vector<T>>(gradInput)[..g.Length];
        for (var i = 0; i < g.Length; i++)
            d[i] = Vector.ConditionalSelect(Vector.LessThanOrEqual(y[i], Vector<T>.Zero), Vector<T>.Zero, g[i]);
        for (var i = g.Length * Vector<T>.Count; i < gradOutput.Length; i++)
            gradInput[i] = result[i] <= T.Zero ? T.Zero : gradOutput[i];
    }

    /// <summary>gradInput ← gradOutput · y · (1 − y), with y the sigmoid.</summary>
    public static void SigmoidBackward<T>(ReadOnlySpan<T> gradOutput, ReadOnlySpan<T> result, Span<T> gradInput)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckLengths(gradOutput.Length, result.Length, gradInput.Length);
        var g = MemoryMarshal.Cast<T, Vector<T>>(gradOutput);
        var y = MemoryMarshal.Cast<T, Vector<T>>(result)[..g.Length];
        var d = MemoryMarshal.Cast<T, Vector<T>>(gradInput)[..g.Length];
        for (var i = 0; i < g.Length; i++)
            d[i] = g[i] * (Vector<T>.One - y[i]) * y[i];
        for (var i = g.Length * Vector<T>.Count; i < gradOutput.Length; i++)
            gradInput[i] = gradOutput[i] * (T.One - result[i]) * result[i];
    }

    /// <summary>gradInput ← gradOutput · (1 − y²), with y the hyperbolic tangent.</summary>
    public static void TanhBackward<T>(ReadOnlySpan<T> gradOutput, ReadOnlySpan<T> result, Span<T> gradInput)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckLengths(gradOutput.Length, result.Length, gradInput.Length);
        var g = MemoryMarshal.Cast<T, Vector<T>>(gradOutput);
        var y = MemoryMarshal.Cast<T, Vector<T>>(result)[..g.Length];
        var d = MemoryMarshal.Cast<T, Vector<T>>(gradInput)[..g.Length];
        for (var i = 0; i < g.Length; i++)
            d[i] = g[i] * (Vector<T>.One - (y[i] * y[i]));
        for (var i = g.Length * Vector<T>.Count; i < gradOutput.Length; i++)
            gradInput[i] = gradOutput[i] * (T.One - (result[i] * result[i]));
    }

    /// <summary>gradInput ← gradOutput / (2 y), with y the square root.</summary>
    public static void SqrtBackward<T>(ReadOnlySpan<T> gradOutput, ReadOnlySpan<T> result, Span<T> gradInput)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckLengths(gradOutput.Length, result.Length, gradInput.Length);
        var g = MemoryMarshal.Cast<T, Vector<T>>(gradOutput);
        var y = MemoryMarshal.Cast<T, Vector<T>>(result)[..g.Length];
        var d = MemoryMarshal.Cast<T, Vector<T>>(gradInput)[..g.Length];
        for (var i = 0; i < g.Length; i++)
            d[i] = g[i] / (y[i] + y[i]);
        for (var i = g.Length * Vector<T>.Count; i < gradOutput.Length; i++)
            gradInput[i] = gradOutput[i] / (result[i] + result[i]);
    }

    private static void CheckLengths(int x, int y, int result)
    {
        if (x != y || x > result)
            throw new ArgumentException($"Spans of {x} and {y} elements with a result of {result}.");
    }
}
