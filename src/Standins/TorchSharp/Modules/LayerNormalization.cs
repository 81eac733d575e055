namespace TorchSharp;

/// <summary>Layer normalisation.</summary>
internal static class LayerNormalization
{
    internal static torch.Tensor Apply(torch.Tensor x, long[] shape, torch.Tensor? weight, torch.Tensor? bias, double eps)
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
}
