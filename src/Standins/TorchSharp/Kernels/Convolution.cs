using System.Numerics;

namespace TorchSharp.Kernels;

/// <summary>Two-dimensional convolution (cross-correlation, as in PyTorch) over contiguous NCHW tensors, and its gradients.</summary>
internal static partial class Convolution
{
    /// <summary>output ← input ⋆ weight + bias. An empty <paramref name="bias"/> is none.</summary>
    public static void Forward<T>(in ConvolutionShape shape, ReadOnlySpan<T> input, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias, Span<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var s = shape;
        for (var i = 0; i < s.OutputLength; i++)
            output[i] = bias.IsEmpty ? T.Zero : bias[i / (s.OutHeight * s.OutWidth) % s.OutChannels];
        var taps = new Taps(s);
        while (taps.Next())
            output[taps.Output] += input[taps.Input] * weight[taps.Weight];
    }

    /// <summary>The gradient by the input, which is also the transposed convolution of <paramref name="gradOutput"/>.</summary>
    public static void BackwardInput<T>(in ConvolutionShape shape, ReadOnlySpan<T> gradOutput, ReadOnlySpan<T> weight, Span<T> gradInput)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        gradInput[..shape.InputLength].Clear();
        var taps = new Taps(shape);
        while (taps.Next())
            gradInput[taps.Input] += gradOutput[taps.Output] * weight[taps.Weight];
    }

    /// <summary>The gradient by the weight; added to what is there when <paramref name="accumulate"/> is set.</summary>
    public static void BackwardWeight<T>(in ConvolutionShape shape, ReadOnlySpan<T> input, ReadOnlySpan<T> gradOutput, Span<T> gradWeight, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!accumulate)
            gradWeight[..shape.WeightLength].Clear();
        var taps = new Taps(shape);
        while (taps.Next())
            gradWeight[taps.Weight] += input[taps.Input] * gradOutput[taps.Output];
    }

    /// <summary>The gradient by the bias: the sum over batch and space; added to what is there when <paramref name="accumulate"/> is set.</summary>
    public static void BackwardBias<T>(in ConvolutionShape shape, ReadOnlySpan<T> gradOutput, Span<T> gradBias, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Elementwise.SumOverChannels(shape.Batch, shape.OutChannels, shape.OutHeight * shape.OutWidth, gradOutput, gradBias, accumulate);

    /// <summary>Every (output, input, weight) triple of a convolution.</summary>
    private struct Taps(ConvolutionShape s)
    {
        private int _n, _co, _ci, _y, _x, _ky, _kx = -1;

        public int Output { get; private set; }

        public int Input { get; private set; }

        public int Weight { get; private set; }

        public bool Next()
        {
            if (s.OutputLength == 0 || s.WeightLength == 0)
                return false;
            var channels = s.InChannels / s.Groups;
            while (true)
            {
                if (++_kx == s.KernelWidth && (_kx = 0) == 0 && ++_ky == s.KernelHeight && (_ky = 0) == 0 && ++_x == s.OutWidth && (_x = 0) == 0
                    && ++_y == s.OutHeight && (_y = 0) == 0 && ++_ci == channels && (_ci = 0) == 0 && ++_co == s.OutChannels && (_co = 0) == 0 && ++_n == s.Batch)
                    return false;
                var iy = (_y * s.StrideH) + (_ky * s.DilationH) - s.PaddingH;
                var ix = (_x * s.StrideW) + (_kx * s.DilationW) - s.PaddingW;
                if ((uint)iy >= (uint)s.InHeight || (uint)ix >= (uint)s.InWidth)
                    continue;
                var group = _co / (s.OutChannels / s.Groups);
                Output = (((((_n * s.OutChannels) + _co) * s.OutHeight) + _y) * s.OutWidth) + _x;
                Input = (((((_n * s.InChannels) + (group * channels) + _ci) * s.InHeight) + iy) * s.InWidth) + ix;
                Weight = (((((_co * channels) + _ci) * s.KernelHeight) + _ky) * s.KernelWidth) + _kx;
                return true;
            }
        }
    }
}
