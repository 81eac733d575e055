namespace TorchSharp;

/// <summary>Tensors put together.</summary>
internal static class Joining
{
    internal static torch.Tensor Cat(IList<torch.Tensor> given, long dim)
    {
        if (given.Count == 0)
            throw Errors.Torch("torch.cat(): expected a non-empty list of Tensors");
        // As in PyTorch, empty vectors join with anything.
        var tensors = given.Where(t => !(t.Valid().Rank == 1 && t.Count == 0)).ToArray();
        if (tensors.Length == 0)
            return given[0].alias();
        var first = tensors[0];
        var d = Shapes.Wrap(dim, first.Rank);
        if (first.Rank == 0)
            throw Errors.Torch("zero-dimensional tensor (at position 0) cannot be concatenated");
        var sizes = (long[])first.Sizes.Clone();
        sizes[d] = 0;
        var type = first.dtype;
        for (var i = 0; i < tensors.Length; i++)
        {
            RequireFits(first, tensors[i], d, i);
            sizes[d] += tensors[i].Sizes[d];
            type = DType.Promote(type, tensors[i].dtype);
        }
        using var work = new Work();
        var parts = tensors.Select(t => t.To(type)).ToArray();
        var result = torch.Tensor.Make(type, sizes);
        long start = 0;
        foreach (var part in parts)
        {
            Strided.Copy(part, Views.Slice(result, d, start, part.Sizes[d], 1));
            start += part.Sizes[d];
        }
        if (Engine.Records(parts))
        {
            var node = new CatNode([.. parts.Select(p => p.Sizes[d])], d);
            node.Link(parts);
            result.SetHistory(node);
        }
        return work.Return(result);
    }

    internal static torch.Tensor Stack(IList<torch.Tensor> tensors, long dim)
    {
        if (tensors.Count == 0)
            throw Errors.Torch("stack expects a non-empty TensorList");
        var d = Shapes.Wrap(dim, tensors[0].Valid().Rank + 1);
        using var work = new Work();
        for (var i = 0; i < tensors.Count; i++)
        {
            if (!Shapes.Same(tensors[i].Valid(), tensors[0]))
                throw Errors.Torch($"stack expects each tensor to be equal size, but got {Errors.Shape(tensors[0].Sizes)} at entry 0 and {Errors.Shape(tensors[i].Sizes)} at entry {i}");
        }
        return work.Return(Cat([.. tensors.Select(t => t.unsqueeze(d))], d));
    }

    private static void RequireFits(torch.Tensor first, torch.Tensor other, int dim, int position)
    {
        if (other.Rank != first.Rank)
            throw Errors.Torch($"Tensors must have same number of dimensions: got {first.Rank} and {other.Rank} (cat of {Errors.Shape(first.Sizes)} and {Errors.Shape(other.Sizes)})");
        for (var i = 0; i < first.Rank; i++)
        {
            if (i != dim && other.Sizes[i] != first.Sizes[i])
            {
                throw Errors.Torch(
                    $"Sizes of tensors must match except in dimension {dim}. Expected size {first.Sizes[i]} but got size {other.Sizes[i]} for tensor number {position}"
                    + $" in the list (cat of {Errors.Shape(first.Sizes)} and {Errors.Shape(other.Sizes)}).");
            }
        }
    }
}
