using System.Numerics;
using TorchSharp.LinearAlgebra;

namespace TorchSharp;

public static partial class torch
{
    public static partial class linalg
    {
        public static Tensor inv(Tensor input)
        {
            var a = Matrices.Check("linalg.inv", input, square: true);
            var result = Matrices.Each(a, a.Sizes.AsSpan()[^2..], new InverseOf((int)a.Sizes[^1]));
            // d(A⁻¹) = -A⁻¹·dA·A⁻¹.
            return Recorded(result, a, "LinalgInvExBackward0", [result], (grad, saved, sink) =>
            {
                var transposed = saved[0].transpose(-2, -1);
                sink.Set(0, transposed.matmul(grad).matmul(transposed).neg());
            });
        }

        public static (Tensor, Tensor) slogdet(Tensor input)
        {
            var a = Matrices.Check("linalg.slogdet", input, square: true);
            var n = (int)a.Sizes[^1];
            var sign = Matrices.Each(a, [], new SignOf(n));
            var logarithm = Matrices.Each(a, [], new LogDeterminantOf(n));
            return (sign, Recorded(logarithm, a, "LinalgSlogdetBackward0", [a], (grad, saved, sink) =>
                sink.Set(0, inv(saved[0]).transpose(-2, -1).mul(grad.unsqueeze(-1).unsqueeze(-1)))));
        }

        public static Tensor norm(Tensor input, long[]? dims = null, bool keepdim = false) => Norms.Vector(input, 2, dims ?? [], keepdim);

        /// <summary>The norm of vectors over one dimension, of matrices over two; over all dimensions of a vector or a matrix where none is named.</summary>
        public static Tensor norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false)
        {
            if (dims is { Length: 2 } || (dims is null && input.Valid().Rank == 2))
                return matrix_norm(input, ord, dims, keepdim);
            if (dims is null && input.Valid().Rank > 2)
                throw Errors.Torch($"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {input.Rank}D.");
            return Norms.Vector(input, ord, dims ?? [], keepdim);
        }

        public static Tensor norm(Tensor input, string ord, long[]? dims = null, bool keepdim = false) => matrix_norm(input, ord, dims, keepdim);

        public static Tensor matrix_norm(Tensor input, string ord = "fro", long[]? dims = null, bool keepdim = false)
        {
            if (ord == "fro")
                return Norms.Vector(input, 2, dims ?? [-2, -1], keepdim);
            if (ord != "nuc")
                throw Errors.Torch($"linalg.matrix_norm: Order {ord} not supported.");
            using var work = new Work();
            var values = svdvals(Last(input, dims)).sum(-1);
            return work.Return(keepdim ? Kept(values, input, dims) : values);
        }

        /// <summary>2 and -2 are the largest and the smallest singular value; 1 and ∞ the largest sums of a column and of a row.</summary>
        public static Tensor matrix_norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false)
        {
            using var work = new Work();
            var a = Last(input, dims);
            var result = ord switch
            {
                2 => svdvals(a).amax(-1),
                -2 => svdvals(a).amin(-1),
                1 => a.abs().sum(-2).amax(-1),
                -1 => a.abs().sum(-2).amin(-1),
                double.PositiveInfinity => a.abs().sum(-1).amax(-1),
                double.NegativeInfinity => a.abs().sum(-1).amin(-1),
                _ => throw Errors.Torch($"linalg.matrix_norm: Order {ord} not supported."),
            };
            return work.Return(keepdim ? Kept(result, input, dims) : result);
        }

        private static Tensor Last(Tensor input, long[]? dims)
        {
            if (dims is null)
                return Matrices.Check("linalg.matrix_norm", input, square: false);
            if (dims.Length != 2)
                throw Errors.Torch("linalg.matrix_norm: dim must be a 2-tuple.");
            var (a, b) = (Shapes.Wrap(dims[0], input.Valid().Rank), Shapes.Wrap(dims[1], input.Rank));
            long[] order = [.. Enumerable.Range(0, input.Rank).Where(d => d != a && d != b), a, b];
            return input.permute(order);
        }

        private static Tensor Kept(Tensor values, Tensor input, long[]? dims)
        {
            var sizes = (long[])input.Sizes.Clone();
            foreach (var dim in dims ?? [-2, -1])
                sizes[Shapes.Wrap(dim, input.Rank)] = 1;
            return values.reshape(sizes);
        }

        private readonly struct InverseOf(int n) : Matrices.IFunction
        {
            public void Invoke<T>(ReadOnlySpan<T> a, Span<T> result) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Lu.Inverse(n, a, result);
        }

        private readonly struct SignOf(int n) : Matrices.IFunction
        {
            public void Invoke<T>(ReadOnlySpan<T> a, Span<T> result) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
                result[0] = Lu.SignAndLogDeterminant(n, a).Sign;
        }

        private readonly struct LogDeterminantOf(int n) : Matrices.IFunction
        {
            public void Invoke<T>(ReadOnlySpan<T> a, Span<T> result) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
                result[0] = Lu.SignAndLogDeterminant(n, a).LogAbsDet;
        }
    }
}
