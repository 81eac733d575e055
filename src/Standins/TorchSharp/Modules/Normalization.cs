using System.Numerics;

namespace TorchSharp;

/// <summary>Batch and layer normalisation.</summary>
internal static class Normalization
{
    internal static torch.Tensor Batch(
        torch.Tensor x, torch.Tensor? runningMean, torch.Tensor? runningVar, torch.Tensor? weight, torch.Tensor? bias, bool training, double momentum, double eps)
    {
        if (x.Valid().Rank < 2)
            throw Errors.Torch($"batch_norm: expected 2D or larger input (got {x.Rank}D input)");
        var channels = x.Sizes[1];
        foreach (var (given, what) in new[] { (runningMean, "running_mean"), (runningVar, "running_var"), (weight, "weight"), (bias, "bias") })
        {
            if (given is not null && given.Count != channels)
                throw Errors.Torch($"batch_norm: {what} should contain {channels} elements not {given.Count}");
        }
        var count = channels == 0 ? 0 : x.Count / channels;
        if (training && count <= 1)
            throw new ArgumentException($"Expected more than 1 value per channel when training, got input size {Errors.Shape(x.Sizes)}");
        long[] axes = [0, .. Enumerable.Range(2, x.Rank - 2).Select(d => (long)d)];
        var shape = new long[x.Rank];
        Array.Fill(shape, 1);
        shape[1] = channels;
        using var work = new Work();
        torch.Tensor mean, variance;
        if (training)
        {
            mean = x.mean(axes, keepdim: true);
            variance = x.var(axes, unbiased: false, keepdim: true);
            Update(runningMean, mean, momentum, 1);
            Update(runningVar, variance, momentum, count / (double)(count - 1));
        }
        else
        {
            mean = runningMean!.reshape(shape);
            variance = runningVar!.reshape(shape);
        }
        var result = x.sub(mean).mul(variance.add(eps).rsqrt());
        if (weight is not null)
            result = result.mul(weight.reshape(shape));
        return work.Return(bias is null ? result : result.add(bias.reshape(shape)));
    }

    internal static torch.Tensor Layer(torch.Tensor x, long[] shape, torch.Tensor? weight, torch.Tensor? bias, double eps)
    {
        if (shape.Length == 0 || shape.Length > x.Valid().Rank || !x.Sizes.AsSpan()[^shape.Length..].SequenceEqual(shape))
            throw Errors.Torch($"Given normalized_shape={Errors.Shape(shape)}, expected input with shape [*, {string.Join(", ", shape)}], but got input of size{Errors.Shape(x.Sizes)}");
        long[] axes = [.. Enumerable.Range(x.Rank - shape.Length, shape.Length).Select(d => (long)d)];
        using var work = new Work();
        var mean = x.mean(axes, keepdim: true);
        var result = x.sub(mean).mul(x.var(axes, unbiased: false, keepdim: true).add(eps).rsqrt());
        if (weight is not null)
            result = result.mul(weight);
        return work.Return(bias is null ? result : result.add(bias));
    }

    private static void Update(torch.Tensor? running, torch.Tensor value, double momentum, double scale)
    {
        if (running is null)
            return;
        using (torch.no_grad())
        {
            using var now = value.reshape(-1).mul(momentum * scale);
            running.mul_(1 - momentum).add_(now);
        }
    }
}
