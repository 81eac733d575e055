using System.Numerics;
using System.Numerics.Tensors;
using TorchSharp.Kernels;

namespace TorchSharp;

/// <summary>Reductions over dimensions, without history.</summary>
internal static class Reduction
{
    /// <summary>All dimensions where none is named, else those named, checked and in order.</summary>
    internal static int[] Dims(torch.Tensor x, ReadOnlySpan<long> dims)
    {
        if (dims.Length == 0)
            return [.. Enumerable.Range(0, x.Rank)];
        var result = new int[dims.Length];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = Shapes.Wrap(dims[i], x.Rank);
            if (Array.IndexOf(result, result[i], 0, i) >= 0)
                throw Errors.Torch($"dim {result[i]} appears multiple times in the list of dims");
        }
        if (x.Rank == 0)
            return [];
        Array.Sort(result);
        return result;
    }

    internal static long[] SizesWithout(torch.Tensor x, ReadOnlySpan<int> dims, bool keepDim)
    {
        var result = new List<long>(x.Rank);
        for (var d = 0; d < x.Rank; d++)
        {
            if (!dims.Contains(d))
                result.Add(x.Sizes[d]);
            else if (keepDim)
                result.Add(1);
        }
        return [.. result];
    }

    internal static long CountOf(torch.Tensor x, ReadOnlySpan<int> dims)
    {
        long count = 1;
        foreach (var d in dims)
            count *= x.Sizes[d];
        return count;
    }

    /// <summary>The tensor with the named dimensions last, packed: rows to reduce. It may be the tensor itself.</summary>
    internal static torch.Tensor Rows(torch.Tensor x, ReadOnlySpan<int> dims)
    {
        if (x.IsContiguous && IsTail(x, dims))
            return x;
        var order = new int[x.Rank];
        var at = 0;
        for (var d = 0; d < x.Rank; d++)
        {
            if (!dims.Contains(d))
                order[at++] = d;
        }
        foreach (var d in dims)
            order[at++] = d;
        using var moved = Views.Permute(x, order);
        return Factory.Clone(moved);
    }

    internal static torch.Tensor Sum(torch.Tensor x, ReadOnlySpan<int> dims, bool keepDim)
    {
        if (x.dtype == torch.ScalarType.Bool)
        {
            using var counted = Factory.Cast(x, torch.ScalarType.Int64);
            return Sum(counted, dims, keepDim);
        }
        var result = torch.Tensor.Make(x.dtype, SizesWithout(x, dims, keepDim));
        switch (x.dtype)
        {
            case torch.ScalarType.Float32:
                SumFloating<float>(x, dims, result);
                break;
            case torch.ScalarType.Float64:
                SumFloating<double>(x, dims, result);
                break;
            default:
                Each<long, long>(x, dims, result, static row => TensorPrimitives.Sum<long>(row));
                break;
        }
        return result;
    }

    /// <summary>A function of each row of what is reduced.</summary>
    internal static void Each<T, TResult>(torch.Tensor x, ReadOnlySpan<int> dims, torch.Tensor result, RowFunction<T, TResult> function)
        where T : unmanaged where TResult : unmanaged
    {
        var rows = Rows(x, dims);
        var length = (int)CountOf(x, dims);
        var from = rows.Span<T>();
        var to = result.Span<TResult>();
        for (var i = 0; i < to.Length; i++)
            to[i] = function(from.Slice(i * length, length));
        Binary.DisposeCast(rows, x);
    }

    /// <summary>As <see cref="Each"/>, for whichever floating-point type the tensor has, or integers.</summary>
    internal static void EachNumber<TFunction>(torch.Tensor x, ReadOnlySpan<int> dims, torch.Tensor result, TFunction function)
        where TFunction : struct, INumberRowFunction
    {
        switch (x.dtype)
        {
            case torch.ScalarType.Float32:
                Each<float, float>(x, dims, result, function.Reduce<float>);
                break;
            case torch.ScalarType.Float64:
                Each<double, double>(x, dims, result, function.Reduce<double>);
                break;
            case torch.ScalarType.Int64:
                Each<long, long>(x, dims, result, function.Reduce<long>);
                break;
            default:
                throw DType.Unsupported(x.dtype);
        }
    }

    /// <summary>The places of the largest or smallest elements; NaN counts as both, the first of equals wins.</summary>
    internal static torch.Tensor ArgExtreme(torch.Tensor x, ReadOnlySpan<int> dims, bool keepDim, bool largest)
    {
        if (CountOf(x, dims) == 0)
            throw Errors.Torch($"{(largest ? "argmax" : "argmin")}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.");
        var result = torch.Tensor.Make(torch.ScalarType.Int64, SizesWithout(x, dims, keepDim));
        switch (x.dtype)
        {
            case torch.ScalarType.Float32:
                Each<float, long>(x, dims, result, row => Extreme(row, largest));
                break;
            case torch.ScalarType.Float64:
                Each<double, long>(x, dims, result, row => Extreme(row, largest));
                break;
            case torch.ScalarType.Int64:
                Each<long, long>(x, dims, result, row => Extreme(row, largest));
                break;
            default:
                throw DType.Unsupported(x.dtype);
        }
        return result;
    }

    private static long Extreme<T>(ReadOnlySpan<T> row, bool largest) where T : unmanaged, INumber<T>
    {
        var best = 0;
        for (var i = 0; i < row.Length; i++)
        {
            if (T.IsNaN(row[i]))
                return i;
            if (largest ? row[i] > row[best] : row[i] < row[best])
                best = i;
        }
        return best;
    }

    private static void SumFloating<T>(torch.Tensor x, ReadOnlySpan<int> dims, torch.Tensor result) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (x.IsContiguous && dims.Length < x.Rank && dims.Length > 0 && dims[^1] == dims.Length - 1 && dims[0] == 0)
        {
            var columns = result.Count;
            Elementwise.SumOverRows<T>(columns == 0 ? 0 : x.Count / columns, columns, x.Span<T>(), result.Span<T>(), accumulate: false);
            return;
        }
        Each<T, T>(x, dims, result, static row => Elementwise.Sum(row));
    }

    private static bool IsTail(torch.Tensor x, ReadOnlySpan<int> dims)
    {
        for (var i = 0; i < dims.Length; i++)
        {
            if (dims[i] != x.Rank - dims.Length + i)
                return false;
        }
        return true;
    }

    internal delegate TResult RowFunction<T, TResult>(ReadOnlySpan<T> row);

    internal interface INumberRowFunction
    {
        T Reduce<T>(ReadOnlySpan<T> row) where T : unmanaged, INumber<T>;
    }
}
