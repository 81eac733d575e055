using System.Numerics;
using TorchSharp.Kernels;

namespace TorchSharp;

/// <summary>Batch normalisation of channels, (x − mean)/√(variance + eps)·weight + bias, with its gradient in closed form.</summary>
internal static class BatchNormalization
{
    internal static torch.Tensor Apply(
        torch.Tensor x, torch.Tensor? runningMean, torch.Tensor? runningVar, torch.Tensor? weight, torch.Tensor? bias, bool training, double momentum, double eps)
    {
        if (x.Valid().Rank < 2)
            throw Errors.Torch($"batch_norm: expected 2D or larger input (got {x.Rank}D input)");
        var channels = x.Sizes[1];
        foreach (var (given, what) in new[] { (runningMean, "running_mean"), (runningVar, "running_var"), (weight, "weight"), (bias, "bias") })
        {
            if (given is not null && given.Valid().Count != channels)
                throw Errors.Torch($"batch_norm: {what} should contain {channels} elements not {given.Count}");
            if (given is not null && given.dtype != x.dtype)
                throw Errors.Torch($"batch_norm: expected {what} of type {DType.NameOf(x.dtype)}, as its input, but found {DType.NameOf(given.dtype)}");
        }
        var count = channels == 0 ? 0 : x.Count / channels;
        if (training && count <= 1)
            throw new ArgumentException($"Expected more than 1 value per channel when training, got input size {Errors.Shape(x.Sizes)}");
        if (!x.IsFloating)
            throw Errors.NotSupported("batch_norm", $"tensors of {x.dtype} are not supported.");
        var shape = new ChannelNormalization((int)x.Sizes[0], (int)channels, (int)(x.Sizes[0] == 0 ? 0 : count / x.Sizes[0]));
        return x.dtype == torch.ScalarType.Float32
            ? Run<float>(x, shape, runningMean, runningVar, weight, bias, training, momentum, eps)
            : Run<double>(x, shape, runningMean, runningVar, weight, bias, training, momentum, eps);
    }

    /// <summary>A parameter's values, or what stands for one that is absent.</summary>
    internal static double[] Values<T>(torch.Tensor? parameter, int channels, double absent) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var result = new double[channels];
        if (parameter is null)
        {
            Array.Fill(result, absent);
            return result;
        }
        var packed = parameter.Packed();
        var values = packed.Span<T>();
        for (var c = 0; c < channels; c++)
            result[c] = double.CreateTruncating(values[c]);
        Binary.DisposeCast(packed, parameter);
        return result;
    }

    internal static torch.Tensor OfValues<T>(ReadOnlySpan<double> values, torch.ScalarType type) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var result = torch.Tensor.Make(type, [values.Length]);
        var span = result.Span<T>();
        for (var c = 0; c < values.Length; c++)
            span[c] = T.CreateTruncating(values[c]);
        return result;
    }

    private static torch.Tensor Run<T>(
        torch.Tensor x, ChannelNormalization shape, torch.Tensor? runningMean, torch.Tensor? runningVar, torch.Tensor? weight, torch.Tensor? bias, bool training,
        double momentum, double eps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var input = x.Packed();
        var (mean, scale) = (new double[shape.Channels], new double[shape.Channels]);
        if (training)
        {
            shape.Statistics<T>(input.Span<T>(), mean, scale);
            Update<T>(runningMean, mean, momentum, 1);
            Update<T>(runningVar, scale, momentum, shape.Count / (double)(shape.Count - 1));
        }
        else
        {
            mean = Values<T>(runningMean, shape.Channels, 0);
            scale = Values<T>(runningVar, shape.Channels, 1);
        }
        var (factor, shift) = (Values<T>(weight, shape.Channels, 1), Values<T>(bias, shape.Channels, 0));
        for (var c = 0; c < scale.Length; c++)
        {
            scale[c] = 1 / Math.Sqrt(scale[c] + eps);
            factor[c] *= scale[c];
            shift[c] -= mean[c] * factor[c];
        }
        var result = torch.Tensor.Make(x.dtype, x.Sizes);
        shape.Scale<T>(input.Span<T>(), factor, shift, result.Span<T>());
        if (Engine.Records(x, weight, bias))
        {
            var node = new BatchNormNode(new SavedTensor(input), shape, mean, scale, factor, weight?.Sizes, bias?.Sizes, training);
            node.Link(x, weight, bias);
            result.SetHistory(node);
        }
        Binary.DisposeCast(input, x);
        return result;
    }

    private static void Update<T>(torch.Tensor? running, double[] value, double momentum, double scale) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (running is null)
            return;
        using (torch.no_grad())
        {
            using var now = OfValues<T>(value, running.dtype);
            running.mul_(1 - momentum).add_(now.mul_(momentum * scale));
        }
    }
}

/// <summary>
/// With n elements a channel, g the gradient and d = x − mean: bias gets Σg, weight Σg·d·s, where s = 1/√(variance + eps); x gets weight·s·g where mean and variance
/// are given, and weight·s·(g − Σg/n − d·s²·Σ(g·d)/n) where they are the batch's own.
/// </summary>
internal sealed class BatchNormNode(
    SavedTensor input, ChannelNormalization shape, double[] mean, double[] scale, double[] factor, long[]? weightSizes, long[]? biasSizes, bool training) : Node
{
    private SavedTensor _input = input;

    internal override string Name => "NativeBatchNormBackward0";

    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        if (grad.dtype == torch.ScalarType.Float32)
            Run<float>(grad, sink);
        else
            Run<double>(grad, sink);
    }

    protected override void FreeSaved() => _input.Free();

    private void Run<T>(torch.Tensor grad, GradientSink sink) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (x, g) = (_input.Unpack(this), grad.Packed());
        var (sums, deviations) = (new double[shape.Channels], new double[shape.Channels]);
        shape.GradientSums<T>(g.Span<T>(), x.Span<T>(), mean, sums, deviations);
        if (sink.Needs(2))
            sink.Set(2, Shaped<T>(sums, grad.dtype, biasSizes!));
        if (sink.Needs(1))
        {
            var weight = new double[shape.Channels];
            for (var c = 0; c < weight.Length; c++)
                weight[c] = deviations[c] * scale[c];
            sink.Set(1, Shaped<T>(weight, grad.dtype, weightSizes!));
        }
        if (sink.Needs(0))
            sink.Set(0, ByInput<T>(g, x, sums, deviations));
        Binary.DisposeCast(g, grad);
    }

    private torch.Tensor ByInput<T>(torch.Tensor g, torch.Tensor x, double[] sums, double[] deviations) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (slope, shift) = (new double[shape.Channels], new double[shape.Channels]);
        for (var c = 0; c < slope.Length && training; c++)
        {
            slope[c] = -factor[c] * scale[c] * scale[c] * deviations[c] / shape.Count;
            shift[c] = (-slope[c] * mean[c]) - (factor[c] * sums[c] / shape.Count);
        }
        var result = torch.Tensor.Make(x.dtype, x.Sizes);
        if (training)
            shape.Combine<T>(g.Span<T>(), x.Span<T>(), factor, slope, shift, result.Span<T>());
        else
            shape.Scale<T>(g.Span<T>(), factor, shift, result.Span<T>());
        return result;
    }

    private static torch.Tensor Shaped<T>(double[] values, torch.ScalarType type, long[] sizes) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var flat = BatchNormalization.OfValues<T>(values, type);
        if (sizes.Length == 1)
            return flat;
        using (flat)
            return flat.reshape(sizes);
    }
}
