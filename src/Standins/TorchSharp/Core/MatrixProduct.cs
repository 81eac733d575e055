using System.Numerics;
using TorchSharp.Kernels;

namespace TorchSharp;

/// <summary>Products of matrices held in tensors; transposed views are multiplied as they lie.</summary>
internal static class MatrixProduct
{
    internal static torch.Tensor Mm(torch.Tensor a, torch.Tensor b)
    {
        if (a.Valid().Rank != 2)
            throw Errors.Torch($"self must be a matrix (got shape {Errors.Shape(a.Sizes)})");
        if (b.Valid().Rank != 2)
            throw Errors.Torch($"mat2 must be a matrix (got shape {Errors.Shape(b.Sizes)})");
        RequireSameType(a, b, "mm");
        if (a.Sizes[1] != b.Sizes[0])
            throw Errors.Torch($"mat1 and mat2 shapes cannot be multiplied ({Errors.X(a.Sizes)} and {Errors.X(b.Sizes)})");
        var result = torch.Tensor.Make(a.dtype, [a.Sizes[0], b.Sizes[1]]);
        Multiply(a, b, result);
        if (Engine.Records(a, b))
        {
            var node = new MmNode(b.requires_grad ? new SavedTensor(a) : default, a.requires_grad ? new SavedTensor(b) : default);
            node.Link(a, b);
            result.SetHistory(node);
        }
        return result;
    }

    internal static torch.Tensor Bmm(torch.Tensor a, torch.Tensor b)
    {
        if (a.Valid().Rank != 3)
            throw Errors.Torch($"batch1 must be a 3D tensor (got shape {Errors.Shape(a.Sizes)})");
        if (b.Valid().Rank != 3)
            throw Errors.Torch($"batch2 must be a 3D tensor (got shape {Errors.Shape(b.Sizes)})");
        RequireSameType(a, b, "bmm");
        if (a.Sizes[0] != b.Sizes[0] || a.Sizes[2] != b.Sizes[1])
        {
            throw Errors.Torch(
                $"Expected size for first two dimensions of batch2 tensor to be: [{a.Sizes[0]}, {a.Sizes[2]}] but got: [{b.Sizes[0]}, {b.Sizes[1]}]"
                + $" (bmm of shapes {Errors.Shape(a.Sizes)} and {Errors.Shape(b.Sizes)}).");
        }
        var result = torch.Tensor.Make(a.dtype, [a.Sizes[0], a.Sizes[1], b.Sizes[2]]);
        using (var work = new Work())
        {
            for (var i = 0; i < a.Sizes[0]; i++)
                Multiply(Matrix(a, i), Matrix(b, i), Matrix(result, i));
        }
        if (Engine.Records(a, b))
        {
            var node = new BmmNode(b.requires_grad ? new SavedTensor(a) : default, a.requires_grad ? new SavedTensor(b) : default);
            node.Link(a, b);
            result.SetHistory(node);
        }
        return result;
    }

    internal static torch.Tensor Matmul(torch.Tensor a, torch.Tensor b)
    {
        if (a.Valid().Rank == 0 || b.Valid().Rank == 0)
            throw Errors.Torch($"both arguments to matmul need to be at least 1D, but they are {a.Rank}D and {b.Rank}D");
        if (a.Rank == 2 && b.Rank == 2)
            return Mm(a, b);
        using var work = new Work();
        if (a.Rank == 1 && b.Rank == 1)
            return work.Return(Mm(a.view(1, -1), b.reshape(-1, 1)).reshape());
        if (b.Rank == 1)
            return work.Return(Matmul(a, b.unsqueeze(1)).squeeze(-1));
        if (a.Rank == 1)
            return work.Return(Matmul(a.unsqueeze(0), b).squeeze(-2));
        if (b.Rank == 2)
            return work.Return(Mm(a.reshape(-1, a.Sizes[^1]), b).reshape([.. a.Sizes[..^1], b.Sizes[1]]));
        var batch = Shapes.Broadcast(a.Sizes[..^2], b.Sizes[..^2]);
        var left = a.expand([.. batch, .. a.Sizes[^2..]]).reshape(-1, a.Sizes[^2], a.Sizes[^1]);
        var right = b.expand([.. batch, .. b.Sizes[^2..]]).reshape(-1, b.Sizes[^2], b.Sizes[^1]);
        return work.Return(Bmm(left, right).reshape([.. batch, a.Sizes[^2], b.Sizes[^1]]));
    }

    /// <summary>result ← a·b for matrices of one type; the result is packed.</summary>
    internal static void Multiply(torch.Tensor a, torch.Tensor b, torch.Tensor result)
    {
        switch (a.dtype)
        {
            case torch.ScalarType.Float32:
                Multiply<float>(a, b, result);
                break;
            case torch.ScalarType.Float64:
                Multiply<double>(a, b, result);
                break;
            default:
                throw Errors.NotSupported("matmul", $"matrices of {a.dtype} are not supported.");
        }
    }

    /// <summary>A view of one matrix of a batch.</summary>
    internal static torch.Tensor Matrix(torch.Tensor batch, int index) =>
        batch.View(batch.Sizes[1..], batch.Strides[1..], batch.Offset + (int)(index * batch.Strides[0]));

    internal static void RequireSameType(torch.Tensor a, torch.Tensor b, string operation)
    {
        if (a.dtype != b.dtype)
            throw Errors.Torch($"expected m1 and m2 to have the same dtype, but got: {DType.NameOf(a.dtype)} != {DType.NameOf(b.dtype)} ({operation})");
    }

    private static void Multiply<T>(torch.Tensor a, torch.Tensor b, torch.Tensor result) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int m = (int)a.Sizes[0], k = (int)a.Sizes[1], n = (int)b.Sizes[1];
        if (k == 0)
        {
            result.Span<T>().Clear();
            return;
        }
        var (x, transA, lda) = Layout(a);
        var (y, transB, ldb) = Layout(b);
        Gemm.Multiply(transA, transB, m, n, k, T.One, x.Raw<T>(), lda, y.Raw<T>(), ldb, T.Zero, result.Span<T>(), n);
        Binary.DisposeCast(x, a);
        Binary.DisposeCast(y, b);
    }

    private static (torch.Tensor Tensor, bool Transposed, int Step) Layout(torch.Tensor x)
    {
        long rows = x.Sizes[0], columns = x.Sizes[1], down = x.Strides[0], across = x.Strides[1];
        if ((across == 1 || columns == 1) && (down >= columns || rows == 1))
            return (x, false, (int)Math.Max(down, columns));
        if ((down == 1 || rows == 1) && (across >= rows || columns == 1))
            return (x, true, (int)Math.Max(across, rows));
        return (Factory.Clone(x), false, (int)columns);
    }
}

internal sealed class MmNode(SavedTensor a, SavedTensor b) : Node
{
    private SavedTensor _a = a;
    private SavedTensor _b = b;

    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        if (sink.Needs(0))
            sink.Set(0, MatrixProduct.Mm(grad, _b.Unpack(this).t()));
        if (sink.Needs(1))
            sink.Set(1, MatrixProduct.Mm(_a.Unpack(this).t(), grad));
    }

    protected override void FreeSaved()
    {
        _a.Free();
        _b.Free();
    }
}

internal sealed class BmmNode(SavedTensor a, SavedTensor b) : Node
{
    private SavedTensor _a = a;
    private SavedTensor _b = b;

    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        if (sink.Needs(0))
            sink.Set(0, MatrixProduct.Bmm(grad, _b.Unpack(this).transpose(1, 2)));
        if (sink.Needs(1))
            sink.Set(1, MatrixProduct.Bmm(_a.Unpack(this).transpose(1, 2), grad));
    }

    protected override void FreeSaved()
    {
        _a.Free();
        _b.Free();
    }
}

/// <summary>y = x·Wᵀ + b over the last dimension.</summary>
internal static class LinearProduct
{
    internal static torch.Tensor Apply(torch.Tensor x, torch.Tensor weight, torch.Tensor? bias)
    {
        Check(x.Valid(), weight.Valid(), bias?.Valid());
        var sizes = (long[])x.Sizes.Clone();
        sizes[^1] = weight.Sizes[0];
        var result = torch.Tensor.Make(x.dtype, sizes);
        var (input, kernel) = (x.Packed(), weight.Packed());
        var shift = bias?.Packed();
        if (x.dtype == torch.ScalarType.Float32)
            Forward<float>(input, kernel, shift, result);
        else
            Forward<double>(input, kernel, shift, result);
        if (Engine.Records(x, weight, bias))
        {
            var node = new LinearNode(
                weight.requires_grad ? new SavedTensor(input) : default, x.requires_grad ? new SavedTensor(kernel) : default, x.Sizes, weight.Sizes, x.dtype);
            node.Link(x, weight, bias);
            result.SetHistory(node);
        }
        Binary.DisposeCast(input, x);
        Binary.DisposeCast(kernel, weight);
        if (shift is not null)
            Binary.DisposeCast(shift, bias!);
        return result;
    }

    private static void Forward<T>(torch.Tensor x, torch.Tensor weight, torch.Tensor? bias, torch.Tensor y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int inputs = (int)weight.Sizes[1], outputs = (int)weight.Sizes[0];
        var result = y.Span<T>();
        var rows = outputs == 0 ? 0 : result.Length / outputs;
        var shift = bias is null ? default : bias.Span<T>();
        Gemm.Multiply(
            false, true, rows, outputs, inputs, T.One, x.Span<T>(), inputs, weight.Span<T>(), inputs, bias is null ? T.Zero : T.One, result, outputs, shift);
    }

    private static void Check(torch.Tensor x, torch.Tensor weight, torch.Tensor? bias)
    {
        if (weight.Rank != 2)
            throw Errors.Torch($"linear: weight must be a matrix, but got shape {Errors.Shape(weight.Sizes)}");
        if (x.Rank == 0)
            throw Errors.Torch("linear: both arguments to linear need to be at least 1D, but they are 0D and 2D");
        if (x.dtype != weight.dtype || (bias is not null && bias.dtype != x.dtype))
            throw Errors.Torch($"mat1 and mat2 must have the same dtype, but got {DType.NameOf(x.dtype)} and {DType.NameOf(weight.dtype)} (linear)");
        if (!x.IsFloating)
            throw Errors.NotSupported("linear", $"tensors of {x.dtype} are not supported.");
        if (x.Sizes[^1] != weight.Sizes[1])
        {
            throw Errors.Torch(
                $"mat1 and mat2 shapes cannot be multiplied ({Shapes.Count(x.Sizes.AsSpan()[..^1])}x{x.Sizes[^1]} and {weight.Sizes[1]}x{weight.Sizes[0]})"
                + $" (linear of input {Errors.Shape(x.Sizes)} and weight {Errors.Shape(weight.Sizes)})");
        }
        if (bias is not null && !bias.Sizes.AsSpan().SequenceEqual([weight.Sizes[0]]))
        {
            throw Errors.Torch(
                $"The expanded size of the tensor ({weight.Sizes[0]}) must match the existing size ({Errors.X(bias.Sizes)}) at non-singleton dimension 1"
                + $" (linear of weight {Errors.Shape(weight.Sizes)} and bias {Errors.Shape(bias.Sizes)})");
        }
    }
}

internal sealed class LinearNode(SavedTensor input, SavedTensor weight, long[] inputSizes, long[] weightSizes, torch.ScalarType type) : Node
{
    private SavedTensor _input = input;
    private SavedTensor _weight = weight;

    internal override string Name => "AddmmBackward0";

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
        int inputs = (int)weightSizes[1], outputs = (int)weightSizes[0], rows = outputs == 0 ? 0 : g.Count / outputs;
        if (sink.Needs(2))
        {
            var shift = torch.Tensor.Make(type, [outputs]);
            Elementwise.SumOverRows<T>(rows, outputs, g.Span<T>(), shift.Span<T>(), accumulate: false);
            sink.Set(2, shift);
        }
        if (sink.Needs(1))
        {
            var x = _input.Unpack(this);
            var kernel = torch.Tensor.Make(type, weightSizes);
            if (rows == 0)
                kernel.Span<T>().Clear();
            else
                Gemm.Multiply(true, false, outputs, inputs, rows, T.One, g.Span<T>(), outputs, x.Span<T>(), inputs, T.Zero, kernel.Span<T>(), inputs);
            sink.Set(1, kernel);
        }
        if (sink.Needs(0))
        {
            var weight = _weight.Unpack(this);
            var x = torch.Tensor.Make(type, inputSizes);
            Gemm.Multiply(false, false, rows, inputs, outputs, T.One, g.Span<T>(), outputs, weight.Span<T>(), inputs, T.Zero, x.Span<T>(), inputs);
            sink.Set(0, x);
        }
    }
}
