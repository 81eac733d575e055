using System.Numerics;

namespace TorchSharp.Kernels;

/// <content>Large convolutions on several threads: each takes some images, or for the gradient by the weight some channels of the result.</content>
internal static unsafe partial class Convolution
{
    private static long Work(in ConvolutionShape shape) => (long)shape.WeightLength * shape.Batch * shape.OutHeight * shape.OutWidth;

    private static void ForwardInParts<T>(in ConvolutionShape shape, ReadOnlySpan<T> input, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias, Span<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var whole = shape;
        fixed (T* inputs = input, weights = weight, biases = bias, outputs = output)
        {
            T* x = inputs, w = weights, b = biases, y = outputs;
            var biasLength = bias.Length;
            Threads.For(shape.Batch, 1, (from, to) =>
            {
                var part = whole with { Batch = to - from };
                ForwardByPlanes(
                    part, new ReadOnlySpan<T>(x + ((long)from * (part.InputLength / part.Batch)), part.InputLength), new ReadOnlySpan<T>(w, part.WeightLength),
                    new ReadOnlySpan<T>(b, biasLength), new Span<T>(y + ((long)from * (part.OutputLength / part.Batch)), part.OutputLength));
            });
        }
    }

    private static void BackwardInputInParts<T>(
        in ConvolutionShape shape, ReadOnlySpan<T> gradOutput, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias, Span<T> gradInput)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var whole = shape;
        fixed (T* gradOutputs = gradOutput, weights = weight, biases = bias, gradInputs = gradInput)
        {
            T* g = gradOutputs, w = weights, b = biases, x = gradInputs;
            var biasLength = bias.Length;
            Threads.For(shape.Batch, 1, (from, to) =>
            {
                var part = whole with { Batch = to - from };
                BackwardInputByPhases(
                    part, new ReadOnlySpan<T>(g + ((long)from * (part.OutputLength / part.Batch)), part.OutputLength), new ReadOnlySpan<T>(w, part.WeightLength),
                    new ReadOnlySpan<T>(b, biasLength), new Span<T>(x + ((long)from * (part.InputLength / part.Batch)), part.InputLength));
            });
        }
    }

    private static void BackwardWeightInParts<T>(in ConvolutionShape shape, ReadOnlySpan<T> input, ReadOnlySpan<T> gradOutput, Span<T> gradWeight)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var whole = shape;
        fixed (T* inputs = input, gradOutputs = gradOutput, gradWeights = gradWeight)
        {
            T* x = inputs, g = gradOutputs, w = gradWeights;
            Threads.For(shape.OutChannels, ContractRows, (from, to) =>
                BackwardWeightByPlanes(
                    whole, new ReadOnlySpan<T>(x, whole.InputLength), new ReadOnlySpan<T>(g, whole.OutputLength), new Span<T>(w, whole.WeightLength), from, to - from));
        }
    }
}
