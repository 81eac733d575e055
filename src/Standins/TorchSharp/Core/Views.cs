namespace TorchSharp;

/// <summary>Other geometries over the same elements, without history.</summary>
internal static class Views
{
    internal static torch.Tensor Permute(torch.Tensor x, ReadOnlySpan<int> order)
    {
        var (sizes, strides) = (new long[order.Length], new long[order.Length]);
        for (var i = 0; i < order.Length; i++)
            (sizes[i], strides[i]) = (x.Sizes[order[i]], x.Strides[order[i]]);
        return x.View(sizes, strides, x.Offset);
    }

    internal static torch.Tensor Transpose(torch.Tensor x, int dim0, int dim1)
    {
        if (x.Rank == 0)
            return x.Alias();
        var (sizes, strides) = ((long[])x.Sizes.Clone(), (long[])x.Strides.Clone());
        (sizes[dim0], sizes[dim1]) = (sizes[dim1], sizes[dim0]);
        (strides[dim0], strides[dim1]) = (strides[dim1], strides[dim0]);
        return x.View(sizes, strides, x.Offset);
    }

    /// <summary>A view of the given sizes, or a copy where the strides do not allow one.</summary>
    internal static torch.Tensor Reshape(torch.Tensor x, long[] sizes)
    {
        if (Shapes.ViewStrides(x, sizes) is { } strides)
            return x.View(sizes, strides, x.Offset);
        var copy = Factory.Clone(x);
        var result = copy.View(sizes, Shapes.ContiguousStrides(sizes), 0);
        copy.Dispose();
        return result;
    }

    internal static torch.Tensor Slice(torch.Tensor x, int dim, long start, long length, long step)
    {
        var (sizes, strides) = ((long[])x.Sizes.Clone(), (long[])x.Strides.Clone());
        sizes[dim] = length;
        strides[dim] *= step;
        return x.View(sizes, strides, x.Offset + (int)(start * x.Strides[dim]));
    }

    /// <summary>The elements of a matrix with equal row and column.</summary>
    internal static torch.Tensor Diagonal(torch.Tensor x) =>
        x.View([Math.Min(x.Sizes[0], x.Sizes[1])], [x.Strides[0] + x.Strides[1]], x.Offset);
}

internal sealed class ReshapeNode(long[] sizes) : Node
{
    internal override string Name => "ViewBackward0";

    internal override void Backward(torch.Tensor grad, GradientSink sink) => sink.Set(0, Views.Reshape(grad, sizes));
}

internal sealed class PermuteNode(int[] order) : Node
{
    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        var inverse = new int[order.Length];
        for (var i = 0; i < order.Length; i++)
            inverse[order[i]] = i;
        sink.Set(0, Views.Permute(grad, inverse));
    }
}

internal sealed class TransposeNode(int dim0, int dim1) : Node
{
    internal override void Backward(torch.Tensor grad, GradientSink sink) => sink.Set(0, Views.Transpose(grad, dim0, dim1));
}

internal sealed class ExpandNode(long[] sizes) : Node
{
    internal override void Backward(torch.Tensor grad, GradientSink sink) => sink.Set(0, Pointwise.SumTo(grad, sizes));
}

internal sealed class SliceNode(long[] sizes, int dim, long start, long length, long step) : Node
{
    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        var whole = Factory.Full(grad.dtype, sizes, 0.0);
        Strided.Copy(grad, Views.Slice(whole, dim, start, length, step));
        sink.Set(0, whole);
    }
}

internal sealed class CastNode(torch.ScalarType type) : Node
{
    internal override string Name => "ToCopyBackward0";

    internal override void Backward(torch.Tensor grad, GradientSink sink) => sink.Set(0, Factory.Cast(grad, type));
}

internal sealed class CloneNode : Node
{
    internal override void Backward(torch.Tensor grad, GradientSink sink) => sink.Set(0, grad);
}
