namespace TorchSharp;

/// <summary>Arithmetic of sizes and strides.</summary>
internal static class Shapes
{
    internal static readonly long[] Scalar = [];

    internal static long Count(ReadOnlySpan<long> sizes)
    {
        long count = 1;
        foreach (var size in sizes)
            count = checked(count * size);
        return count;
    }

    internal static long[] ContiguousStrides(ReadOnlySpan<long> sizes)
    {
        if (sizes.Length == 0)
            return Scalar;
        var strides = new long[sizes.Length];
        long step = 1;
        for (var i = sizes.Length - 1; i >= 0; i--)
        {
            strides[i] = step;
            step *= Math.Max(1, sizes[i]);
        }
        return strides;
    }

    internal static bool IsContiguous(ReadOnlySpan<long> sizes, ReadOnlySpan<long> strides)
    {
        long step = 1;
        for (var i = sizes.Length - 1; i >= 0; i--)
        {
            if (sizes[i] == 0)
                return true;
            if (sizes[i] != 1 && strides[i] != step)
                return false;
            step *= sizes[i];
        }
        return true;
    }

    /// <summary>Counts a negative dimension from the end.</summary>
    internal static int Wrap(long dim, int rank)
    {
        var limit = Math.Max(rank, 1);
        if (dim < -limit || dim >= limit)
            throw Errors.Torch($"Dimension out of range (expected to be in range of [{-limit}, {limit - 1}], but got {dim})");
        return (int)(dim < 0 ? dim + limit : dim);
    }

    internal static bool Same(torch.Tensor a, torch.Tensor b) => ReferenceEquals(a.Sizes, b.Sizes) || a.Sizes.AsSpan().SequenceEqual(b.Sizes);

    internal static long[] Broadcast(long[] a, long[] b)
    {
        if (ReferenceEquals(a, b) || a.AsSpan().SequenceEqual(b))
            return a;
        var rank = Math.Max(a.Length, b.Length);
        var result = new long[rank];
        for (var i = 1; i <= rank; i++)
        {
            var x = i <= a.Length ? a[^i] : 1;
            var y = i <= b.Length ? b[^i] : 1;
            if (x != y && x != 1 && y != 1)
            {
                throw Errors.Torch(
                    $"The size of tensor a ({x}) must match the size of tensor b ({y}) at non-singleton dimension {rank - i}"
                    + $" (shapes {Errors.Shape(a)} and {Errors.Shape(b)})");
            }
            result[^i] = x == 1 ? y : x;
        }
        return result.AsSpan().SequenceEqual(a) ? a : result.AsSpan().SequenceEqual(b) ? b : result;
    }

    /// <summary>Strides that walk a tensor as if it had the given sizes, repeating along dimensions of size 1.</summary>
    internal static long[] ExpandStrides(torch.Tensor tensor, long[] sizes)
    {
        var strides = new long[sizes.Length];
        for (var i = 1; i <= tensor.Rank; i++)
            strides[^i] = tensor.Sizes[^i] == 1 && sizes[^i] != 1 ? 0 : tensor.Strides[^i];
        return strides;
    }

    /// <summary>Fills in a size of -1 and checks the number of elements.</summary>
    internal static long[] Infer(ReadOnlySpan<long> wanted, long count)
    {
        var sizes = wanted.ToArray();
        var unknown = -1;
        long known = 1;
        for (var i = 0; i < sizes.Length; i++)
        {
            if (sizes[i] == -1)
                unknown = unknown < 0 ? i : throw Errors.Torch("only one dimension can be inferred");
            else if (sizes[i] < 0)
                throw Errors.Torch($"invalid shape dimension {sizes[i]}");
            else
                known *= sizes[i];
        }
        if (unknown >= 0 && known > 0 && count % known == 0)
            sizes[unknown] = count / known;
        else if (unknown >= 0 || known != count)
            throw Errors.Torch($"shape '{Errors.Shape(wanted)}' is invalid for input of size {count}");
        return sizes;
    }

    /// <summary>Strides that give the same elements another shape without copying, where there are such.</summary>
    internal static long[]? ViewStrides(torch.Tensor tensor, long[] sizes)
    {
        if (tensor.IsContiguous || tensor.Count == 0)
            return ContiguousStrides(sizes);
        var result = new long[sizes.Length];
        var next = sizes.Length - 1;
        long chunk = 1, filled = 1;
        var baseStride = tensor.Strides[^1];
        for (var d = tensor.Rank - 1; d >= 0; d--)
        {
            chunk *= tensor.Sizes[d];
            var ends = d == 0 || (tensor.Sizes[d - 1] != 1 && tensor.Strides[d - 1] != chunk * baseStride);
            if (!ends)
                continue;
            while (next >= 0 && (filled < chunk || sizes[next] == 1))
            {
                result[next] = filled * baseStride;
                filled *= sizes[next--];
            }
            if (filled != chunk)
                return null;
            if (d > 0)
                (chunk, filled, baseStride) = (1, 1, tensor.Strides[d - 1]);
        }
        return next == -1 ? result : null;
    }
}
