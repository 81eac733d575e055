using System.Numerics;
using TorchSharp.Kernels;

namespace TorchSharp;

/// <summary>Convolutions of two dimensions, forward and transposed, with their gradients.</summary>
internal static class Convolutions
{
    internal static torch.Tensor Forward(torch.Tensor x, torch.Tensor weight, torch.Tensor? bias, (long H, long W) stride, (long H, long W) padding, (long H, long W) dilation, long groups)
    {
        Check("conv2d", x.Valid(), weight.Valid(), bias?.Valid(), stride, dilation, groups);
        var batch = x.Rank == 4 ? x.Sizes[0] : 1;
        long[] plane = x.Sizes[^3..];
        if (plane[0] != weight.Sizes[1] * groups || weight.Sizes[0] % groups != 0)
        {
            throw Errors.Torch(
                $"Given groups={groups}, weight of size {Errors.Shape(weight.Sizes)}, expected input{Errors.Shape(x.Sizes)} to have {weight.Sizes[1] * groups}"
                + $" channels, but got {plane[0]} channels instead (conv2d)");
        }
        RequireBias("conv2d", bias, weight, weight.Sizes[0]);
        var shape = new ConvolutionShape(
            (int)batch, (int)plane[0], (int)plane[1], (int)plane[2], (int)weight.Sizes[0], (int)weight.Sizes[2], (int)weight.Sizes[3],
            (int)stride.H, (int)stride.W, (int)padding.H, (int)padding.W, (int)dilation.H, (int)dilation.W, (int)groups);
        RequireFits(shape, "conv2d");
        long[] sizes = [batch, shape.OutChannels, shape.OutHeight, shape.OutWidth];
        return Run(x, weight, bias, x.Rank == 4 ? sizes : sizes[1..], shape, transposed: false);
    }

    internal static torch.Tensor Transposed(
        torch.Tensor x, torch.Tensor weight, torch.Tensor? bias, (long H, long W) stride, (long H, long W) padding, (long H, long W) outputPadding,
        (long H, long W) dilation, long groups)
    {
        Check("conv_transpose2d", x.Valid(), weight.Valid(), bias?.Valid(), stride, dilation, groups);
        var batch = x.Rank == 4 ? x.Sizes[0] : 1;
        long[] plane = x.Sizes[^3..];
        if (plane[0] != weight.Sizes[0] || plane[0] % groups != 0)
        {
            throw Errors.Torch(
                $"Given transposed=1, weight of size {Errors.Shape(weight.Sizes)}, expected input{Errors.Shape(x.Sizes)} to have {weight.Sizes[0]}"
                + $" channels, but got {plane[0]} channels instead (conv_transpose2d)");
        }
        RequireBias("conv_transpose2d", bias, weight, weight.Sizes[1] * groups);
        if (outputPadding.H >= Math.Max(stride.H, dilation.H) || outputPadding.W >= Math.Max(stride.W, dilation.W))
            throw Errors.Torch("output padding must be smaller than either stride or dilation (conv_transpose2d)");
        var height = ((plane[1] - 1) * stride.H) - (2 * padding.H) + (dilation.H * (weight.Sizes[2] - 1)) + outputPadding.H + 1;
        var width = ((plane[2] - 1) * stride.W) - (2 * padding.W) + (dilation.W * (weight.Sizes[3] - 1)) + outputPadding.W + 1;
        // The convolution whose gradient by its input this is.
        var shape = new ConvolutionShape(
            (int)batch, (int)(weight.Sizes[1] * groups), (int)height, (int)width, (int)plane[0], (int)weight.Sizes[2], (int)weight.Sizes[3],
            (int)stride.H, (int)stride.W, (int)padding.H, (int)padding.W, (int)dilation.H, (int)dilation.W, (int)groups);
        if (height <= 0 || width <= 0)
            throw Errors.Torch($"Given input size per channel: ({plane[1]} x {plane[2]}). Calculated output size per channel: ({height} x {width}). Output size is too small (conv_transpose2d)");
        long[] sizes = [batch, shape.InChannels, height, width];
        return Run(x, weight, bias, x.Rank == 4 ? sizes : sizes[1..], shape, transposed: true);
    }

    private static torch.Tensor Run(torch.Tensor x, torch.Tensor weight, torch.Tensor? bias, long[] sizes, in ConvolutionShape shape, bool transposed)
    {
        var result = torch.Tensor.Make(x.dtype, sizes);
        var (input, kernel, shift) = (x.Packed(), weight.Packed(), bias?.Packed());
        if (x.dtype == torch.ScalarType.Float32)
            Forward<float>(input, kernel, shift, result, shape, transposed);
        else
            Forward<double>(input, kernel, shift, result, shape, transposed);
        if (Engine.Records(x, weight, bias))
        {
            var node = new ConvolutionNode(
                weight.requires_grad ? new SavedTensor(input) : default, x.requires_grad ? new SavedTensor(kernel) : default, x.Sizes, weight.Sizes, x.dtype,
                shape, transposed);
            node.Link(x, weight, bias);
            result.SetHistory(node);
        }
        Binary.DisposeCast(input, x);
        Binary.DisposeCast(kernel, weight);
        if (shift is not null)
            Binary.DisposeCast(shift, bias!);
        return result;
    }

    private static void Forward<T>(torch.Tensor x, torch.Tensor weight, torch.Tensor? bias, torch.Tensor y, in ConvolutionShape shape, bool transposed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var shift = bias is null ? default : bias.Span<T>();
        if (!transposed)
        {
            Convolution.Forward<T>(shape, x.Span<T>(), weight.Span<T>(), shift, y.Span<T>());
            return;
        }
        Convolution.BackwardInput<T>(shape, x.Span<T>(), weight.Span<T>(), y.Span<T>(), shift);
    }

    private static void Check(
        string operation, torch.Tensor x, torch.Tensor weight, torch.Tensor? bias, (long H, long W) stride, (long H, long W) dilation, long groups)
    {
        if (x.Rank is not (3 or 4))
            throw Errors.Torch($"Expected 3D (unbatched) or 4D (batched) input to {operation}, but got input of size: {Errors.Shape(x.Sizes)}");
        if (weight.Rank != 4)
            throw Errors.Torch($"Expected a 4D weight for {operation}, but got weight of size: {Errors.Shape(weight.Sizes)}");
        if (stride.H <= 0 || stride.W <= 0)
            throw Errors.Torch("non-positive stride is not supported");
        if (dilation.H <= 0 || dilation.W <= 0)
            throw Errors.Torch("dilation should be greater than zero");
        if (groups <= 0)
            throw Errors.Torch("non-positive groups is not supported");
        if (x.dtype != weight.dtype || (bias is not null && bias.dtype != x.dtype))
            throw Errors.Torch($"Input type ({DType.NameOf(x.dtype)}) and weight type ({DType.NameOf(weight.dtype)}) and bias type should be the same ({operation})");
        if (!x.IsFloating)
            throw Errors.NotSupported(operation, $"tensors of {x.dtype} are not supported.");
    }

    private static void RequireBias(string operation, torch.Tensor? bias, torch.Tensor weight, long channels)
    {
        if (bias is not null && !bias.Sizes.AsSpan().SequenceEqual([channels]))
        {
            throw Errors.Torch(
                $"Given weight of size {Errors.Shape(weight.Sizes)}, expected bias to be 1-dimensional with {channels} elements, "
                + $"but got bias of size {Errors.Shape(bias.Sizes)} instead ({operation})");
        }
    }

    private static void RequireFits(in ConvolutionShape shape, string operation)
    {
        int height = shape.InHeight + (2 * shape.PaddingH), width = shape.InWidth + (2 * shape.PaddingW);
        int kernelHeight = (shape.DilationH * (shape.KernelHeight - 1)) + 1, kernelWidth = (shape.DilationW * (shape.KernelWidth - 1)) + 1;
        if (kernelHeight > height || kernelWidth > width)
        {
            throw Errors.Torch(
                $"Calculated padded input size per channel: ({height} x {width}). Kernel size: ({kernelHeight} x {kernelWidth}). "
                + $"Kernel size can't be greater than actual input size ({operation})");
        }
    }
}

/// <summary>A convolution, or the transposed one, which swaps the roles of input and output.</summary>
internal sealed class ConvolutionNode(
    SavedTensor input, SavedTensor weight, long[] inputSizes, long[] weightSizes, torch.ScalarType type, ConvolutionShape shape, bool transposed) : Node
{
    private SavedTensor _input = input;
    private SavedTensor _weight = weight;

    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        if (type == torch.ScalarType.Float32)
            Run<float>(grad, sink);
        else
            Run<double>(grad, sink);
    }

    protected override void FreeSaved()
    {
        _input.Free();
        _weight.Free();
    }

    private void Run<T>(torch.Tensor grad, GradientSink sink) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var g = grad.Packed();
        if (sink.Needs(2))
        {
            var channels = transposed ? shape.InChannels : shape.OutChannels;
            var space = transposed ? shape.InHeight * shape.InWidth : shape.OutHeight * shape.OutWidth;
            var shift = torch.Tensor.Make(type, [channels]);
            Elementwise.SumOverChannels<T>(shape.Batch, channels, space, g.Span<T>(), shift.Span<T>(), accumulate: false);
            sink.Set(2, shift);
        }
        if (sink.Needs(1))
        {
            var x = _input.Unpack(this);
            var kernel = torch.Tensor.Make(type, weightSizes);
            var (source, target) = transposed ? (g, x) : (x, g);
            Convolution.BackwardWeight<T>(shape, source.Span<T>(), target.Span<T>(), kernel.Span<T>(), accumulate: false);
            sink.Set(1, kernel);
        }
        if (sink.Needs(0))
        {
            var kernel = _weight.Unpack(this);
            var x = torch.Tensor.Make(type, inputSizes);
            if (transposed)
                Convolution.Forward<T>(shape, g.Span<T>(), kernel.Span<T>(), default, x.Span<T>());
            else
                Convolution.BackwardInput<T>(shape, g.Span<T>(), kernel.Span<T>(), x.Span<T>());
            sink.Set(0, x);
        }
    }
}
