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

        public static (Tensor Q, Tensor R) qr(Tensor input, QRMode mode = QRMode.Reduced)
        {
            var a = Matrices.Check("linalg.qr", input, square: false);
            RefuseGradient("torch.linalg.qr", a);
            long rows = a.Sizes[^2], columns = a.Sizes[^1], width = mode == QRMode.Complete ? rows : Math.Min(rows, columns);
            var q = mode == QRMode.R ? Tensor.Make(a.dtype, [0]) : Tensor.Make(a.dtype, [.. a.Sizes[..^2], rows, width]);
            var r = Tensor.Make(a.dtype, [.. a.Sizes[..^2], width, columns]);
            var packed = a.Packed();
            if (a.dtype == ScalarType.Float32)
                Decompose<float>(packed, q, r, mode);
            else
                Decompose<double>(packed, q, r, mode);
            Binary.DisposeCast(packed, a);
            return (q, r);
        }

        public static (Tensor, Tensor) eigh(Tensor input, char UPLO = 'L')
        {
            var a = Matrices.Check("linalg.eigh", input, square: true);
            RefuseGradient("torch.linalg.eigh", a);
            var values = Tensor.Make(a.dtype, a.Sizes[..^1]);
            var vectors = Tensor.Make(a.dtype, a.Sizes);
            var packed = a.Packed();
            if (a.dtype == ScalarType.Float32)
                Decompose<float>(packed, values, vectors, IsUpper(UPLO));
            else
                Decompose<double>(packed, values, vectors, IsUpper(UPLO));
            Binary.DisposeCast(packed, a);
            return (values, vectors);
        }

        public static Tensor eigvalsh(Tensor input, char UPLO = 'L')
        {
            var a = Matrices.Check("linalg.eigvalsh", input, square: true);
            var values = Matrices.Each(a, [a.Sizes[^1]], new EigenvaluesOf((int)a.Sizes[^1], IsUpper(UPLO)));
            // A·V = V·diag(λ): the gradient of λ is V·diag(g)·Vᵀ.
            return Recorded(values, a, "LinalgEighBackward0", [a], (grad, saved, sink) =>
            {
                var (_, vectors) = eigh(saved[0], UPLO);
                sink.Set(0, vectors.mul(grad.unsqueeze(-2)).matmul(vectors.transpose(-2, -1)));
            });
        }

        private static void Decompose<T>(Tensor a, Tensor q, Tensor r, QRMode mode) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            int rows = (int)a.Sizes[^2], columns = (int)a.Sizes[^1], width = (int)r.Sizes[^2];
            for (var i = 0; i < Shapes.Count(a.Sizes.AsSpan()[..^2]); i++)
            {
                var vectors = mode == QRMode.R ? default : q.Span<T>().Slice(i * rows * width, rows * width);
                Qr.Decompose<T>(
                    rows, columns, a.Span<T>().Slice(i * rows * columns, rows * columns), mode == QRMode.Complete, vectors,
                    r.Span<T>().Slice(i * width * columns, width * columns));
            }
        }

        private static void Decompose<T>(Tensor a, Tensor values, Tensor vectors, bool upper) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var n = (int)a.Sizes[^1];
            for (var i = 0; i < Shapes.Count(a.Sizes.AsSpan()[..^2]); i++)
            {
                SymmetricEigen.Decompose<T>(
                    n, a.Span<T>().Slice(i * n * n, n * n), values.Span<T>().Slice(i * n, n), vectors.Span<T>().Slice(i * n * n, n * n), upper);
            }
        }

        private static bool IsUpper(char part) => part switch
        {
            'L' or 'l' => false,
            'U' or 'u' => true,
            _ => throw Errors.Torch($"Expected UPLO argument to be 'L' or 'U', but got {part}"),
        };

        private readonly struct EigenvaluesOf(int n, bool upper) : Matrices.IFunction
        {
            public void Invoke<T>(ReadOnlySpan<T> a, Span<T> result) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
                SymmetricEigen.Values(n, a, result, upper);
        }

        private static Tensor Recorded(Tensor result, Tensor a, string name, Tensor[] saved, Action<Tensor, Tensor[], GradientSink> formula)
        {
            if (Engine.Records(a))
                result.Record(new FormulaNode(name, [.. saved.Select(t => new SavedTensor(t))], formula), a);
            return result;
        }

        private static void RefuseGradient(string member, Tensor a)
        {
            if (Engine.Records(a))
                throw Errors.NotSupported(member, "gradients through it are not supported; use it under no_grad or on a detached tensor.");
        }
    }
}
