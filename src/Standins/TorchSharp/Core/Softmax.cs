using System.Numerics;
using System.Numerics.Tensors;

namespace TorchSharp;

/// <summary>Softmax and its logarithm over one dimension.</summary>
internal static class SoftmaxFunction
{
    internal static torch.Tensor Apply(torch.Tensor x, long dim, bool log)
    {
        x.RequireFloating(log ? "log_softmax()" : "softmax()");
        var d = Shapes.Wrap(dim, x.Rank);
        var result = Factory.Clone(x);
        if (x.Count > 0)
        {
            var inner = x.Rank == 0 ? 1 : (int)Shapes.Count(x.Sizes.AsSpan()[(d + 1)..]);
            var length = x.Rank == 0 ? 1 : (int)x.Sizes[d];
            if (x.dtype == torch.ScalarType.Float32)
                Run(result.Span<float>(), length, inner, log);
            else
                Run(result.Span<double>(), length, inner, log);
        }
        if (Engine.Records(x))
            result.Record(new SoftmaxNode(new SavedTensor(result), d, log), x);
        return result;
    }

    private static void Run<T>(Span<T> values, int length, int inner, bool log) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> row = inner == 1 ? default : new T[length];
        for (var block = 0; block < values.Length; block += length * inner)
        {
            for (var j = 0; j < inner; j++)
            {
                if (inner == 1)
                {
                    Row(values.Slice(block, length), log);
                    continue;
                }
                for (var i = 0; i < length; i++)
                    row[i] = values[block + (i * inner) + j];
                Row(row, log);
                for (var i = 0; i < length; i++)
                    values[block + (i * inner) + j] = row[i];
            }
        }
    }

    private static void Row<T>(Span<T> row, bool log) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TensorPrimitives.Subtract(row, TensorPrimitives.Max<T>(row), row);
        if (log)
        {
            var total = T.Zero;
            foreach (var x in row)
                total += T.Exp(x);
            TensorPrimitives.Subtract(row, T.Log(total), row);
            return;
        }
        TensorPrimitives.Exp(row, row);
        TensorPrimitives.Divide(row, TensorPrimitives.Sum<T>(row), row);
    }
}

internal sealed class SoftmaxNode(SavedTensor result, int dim, bool log) : Node
{
    private SavedTensor _result = result;

    internal override string Name => log ? "LogSoftmaxBackward0" : "SoftmaxBackward0";

    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        var y = _result.Unpack(this);
        var dims = Reduction.Dims(y, [dim]);
        if (log)
        {
            sink.Set(0, grad.sub(y.exp().mul(Reduction.Sum(grad, dims, keepDim: true))));
            return;
        }
        var product = grad.mul(y);
        sink.Set(0, product.sub(y.mul(Reduction.Sum(product, dims, keepDim: true))));
    }

    protected override void FreeSaved() => _result.Free();
}

/// <summary>Vector norms over dimensions.</summary>
internal static class Norms
{
    internal static torch.Tensor Vector(torch.Tensor x, double p, ReadOnlySpan<long> dims, bool keepDim)
    {
        x.RequireFloating("norm()");
        var over = Reduction.Dims(x, dims);
        long[] axes = [.. over.Select(d => (long)d)];
        if (p == 2)
            return Euclidean(x, over, keepDim);
        using var work = new Work();
        var size = x.abs();
        if (double.IsPositiveInfinity(p))
            return work.Return(size.amax(axes, keepDim));
        if (double.IsNegativeInfinity(p))
            return work.Return(size.amin(axes, keepDim));
        if (p == 0)
            return work.Return(size.ne(0).To(x.dtype).Summed(axes, keepDim, null));
        return work.Return(p == 1 ? size.Summed(axes, keepDim, null) : size.pow(p).Summed(axes, keepDim, null).pow(1 / p));
    }

    private static torch.Tensor Euclidean(torch.Tensor x, int[] over, bool keepDim)
    {
        var result = torch.Tensor.Make(x.dtype, Reduction.SizesWithout(x, over, keepDim));
        if (x.dtype == torch.ScalarType.Float32)
            Reduction.Each<float, float>(x, over, result, static row => (float)Math.Sqrt(SumOfSquares(row)));
        else
            Reduction.Each<double, double>(x, over, result, static row => Math.Sqrt(TensorPrimitives.SumOfSquares(row)));
        if (Engine.Records(x))
            result.Record(new NormNode(new SavedTensor(x), new SavedTensor(result), over), x);
        return result;
    }

    // In blocks, so that long rows lose no accuracy.
    private static double SumOfSquares(ReadOnlySpan<float> row)
    {
        var total = 0.0;
        for (; row.Length > 0; row = row[Math.Min(row.Length, 1024)..])
            total += TensorPrimitives.SumOfSquares(row[..Math.Min(row.Length, 1024)]);
        return total;
    }
}

/// <summary>x/‖x‖ times the gradient, and 0 where the norm is 0.</summary>
internal sealed class NormNode(SavedTensor input, SavedTensor result, int[] dims) : Node
{
    private SavedTensor _input = input;
    private SavedTensor _result = result;

    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        var x = _input.Unpack(this);
        var kept = (long[])x.Sizes.Clone();
        foreach (var d in dims)
            kept[d] = 1;
        var norm = _result.Unpack(this).reshape(kept);
        sink.Set(0, x.mul(grad.reshape(kept).div(norm).masked_fill(norm.eq(0), 0)));
    }

    protected override void FreeSaved()
    {
        _input.Free();
        _result.Free();
    }
}
