using System.Numerics;
using TorchSharp.LinearAlgebra;

namespace TorchSharp;

public static partial class torch
{
    public static partial class linalg
    {
        public static (Tensor U, Tensor S, Tensor Vh) svd(Tensor input, bool fullMatrices = true)
        {
            var a = Matrices.Check("linalg.svd", input, square: false);
            RefuseGradient("torch.linalg.svd", a);
            long rows = a.Sizes[^2], columns = a.Sizes[^1], rank = Math.Min(rows, columns);
            var u = Tensor.Make(a.dtype, [.. a.Sizes[..^2], rows, fullMatrices ? rows : rank]);
            var s = Tensor.Make(a.dtype, [.. a.Sizes[..^2], rank]);
            var vh = Tensor.Make(a.dtype, [.. a.Sizes[..^2], fullMatrices ? columns : rank, columns]);
            var packed = a.Packed();
            if (a.dtype == ScalarType.Float32)
                Decompose<float>(packed, u, s, vh, fullMatrices);
            else
                Decompose<double>(packed, u, s, vh, fullMatrices);
            Binary.DisposeCast(packed, a);
            return (u, s, vh);
        }

        private static void Decompose<T>(Tensor a, Tensor u, Tensor s, Tensor vh, bool full) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            int rows = (int)a.Sizes[^2], columns = (int)a.Sizes[^1], rank = Math.Min(rows, columns);
            int sizeU = (int)(u.Sizes[^1] * rows), sizeV = (int)(vh.Sizes[^2] * columns);
            for (var i = 0; i < Shapes.Count(a.Sizes.AsSpan()[..^2]); i++)
            {
                Svd.Decompose<T>(
                    rows, columns, a.Span<T>().Slice(i * rows * columns, rows * columns), full, u.Span<T>().Slice(i * sizeU, sizeU),
                    s.Span<T>().Slice(i * rank, rank), vh.Span<T>().Slice(i * sizeV, sizeV));
            }
        }

        private static void RefuseGradient(string member, Tensor a)
        {
            if (Engine.Records(a))
                throw Errors.NotSupported(member, "gradients through it are not supported; use it under no_grad or on a detached tensor.");
        }
    }
}
