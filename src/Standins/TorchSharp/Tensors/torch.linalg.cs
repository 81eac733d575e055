using System.Numerics;
using TorchSharp.LinearAlgebra;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Linear algebra on matrices, or on the last two dimensions of batches of them.</summary>
    public static partial class linalg
    {
        /// <summary>How much of Q a QR decomposition gives.</summary>
        public enum QRMode
        {
            Reduced = 0,
            Complete = 1,
            R = 2,
        }

        public static Tensor svdvals(Tensor input)
        {
            var a = Matrices.Check("linalg.svdvals", input, square: false);
            var (rows, columns) = ((int)a.Sizes[^2], (int)a.Sizes[^1]);
            var values = Matrices.Each(a, [Math.Min(rows, columns)], new SingularValuesOf(rows, columns));
            if (Engine.Records(a))
                values.Record(new SingularValuesNode(new SavedTensor(a)), a);
            return values;
        }

        private readonly struct SingularValuesOf(int rows, int columns) : Matrices.IFunction
        {
            public void Invoke<T>(ReadOnlySpan<T> a, Span<T> result) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
                Svd.SingularValues(rows, columns, a, result);
        }
    }
}

/// <summary>Functions of each matrix of a batch.</summary>
internal static class Matrices
{
    internal interface IFunction
    {
        void Invoke<T>(ReadOnlySpan<T> a, Span<T> result) where T : unmanaged, IBinaryFloatingPointIeee754<T>;
    }

    internal static torch.Tensor Check(string operation, torch.Tensor x, bool square)
    {
        if (x.Valid().Rank < 2)
            throw Errors.Torch($"{operation}: The input tensor A must have at least 2 dimensions.");
        if (!x.IsFloating)
            throw Errors.Torch($"{operation}: Expected a floating point or complex tensor as input. Got {DType.NameOf(x.dtype)}");
        if (square && x.Sizes[^1] != x.Sizes[^2])
            throw Errors.Torch($"{operation}: A must be batches of square matrices, but they are {x.Sizes[^2]} by {x.Sizes[^1]} matrices");
        return x;
    }

    /// <summary>The function's results, of the given sizes each, for every matrix.</summary>
    internal static torch.Tensor Each<TFunction>(torch.Tensor a, ReadOnlySpan<long> sizes, TFunction function) where TFunction : struct, IFunction
    {
        var result = torch.Tensor.Make(a.dtype, [.. a.Sizes[..^2], .. sizes]);
        var packed = a.Packed();
        if (a.dtype == torch.ScalarType.Float32)
            Run<float, TFunction>(packed, result, (int)Shapes.Count(sizes), function);
        else
            Run<double, TFunction>(packed, result, (int)Shapes.Count(sizes), function);
        Binary.DisposeCast(packed, a);
        return result;
    }

    private static void Run<T, TFunction>(torch.Tensor a, torch.Tensor result, int length, TFunction function)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> where TFunction : struct, IFunction
    {
        var size = (int)(a.Sizes[^1] * a.Sizes[^2]);
        var batch = (int)Shapes.Count(a.Sizes.AsSpan()[..^2]);
        for (var i = 0; i < batch; i++)
            function.Invoke<T>(a.Span<T>().Slice(i * size, size), result.Span<T>().Slice(i * length, length));
    }
}

/// <summary>A = U·diag(s)·Vᵀ: the gradient of s is U·diag(g)·Vᵀ.</summary>
internal sealed class SingularValuesNode(SavedTensor input) : Node
{
    private SavedTensor _input = input;

    internal override string Name => "LinalgSvdBackward0";

    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        var a = _input.Unpack(this);
        var (u, _, vh) = torch.linalg.svd(a, fullMatrices: false);
        sink.Set(0, u.mul(grad.unsqueeze(-2)).matmul(vh));
    }

    protected override void FreeSaved() => _input.Free();
}
