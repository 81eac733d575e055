using System.Numerics;
using System.Numerics.Tensors;

namespace TorchSharp.Kernels;

/// <summary>The matrix product C ← α·op(A)·op(B) + β·C.</summary>
internal static partial class Gemm
{
    /// <summary>
    /// C ← α·op(A)·op(B) + β·C over row-major matrices: op(A) is <paramref name="m"/>×<paramref name="k"/>, op(B) is
    /// <paramref name="k"/>×<paramref name="n"/>, C is <paramref name="m"/>×<paramref name="n"/>. With <paramref name="beta"/> = 0, C is not read.
    /// </summary>
    /// <param name="lda">Elements from one stored row of A to the next; likewise <paramref name="ldb"/> and <paramref name="ldc"/>.</param>
    public static void Multiply<T>(
        bool transA, bool transB, int m, int n, int k, T alpha, ReadOnlySpan<T> a, int lda, ReadOnlySpan<T> b, int ldb, T beta, Span<T> c, int ldc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (m == 0 || n == 0)
            return;
        for (var i = 0; i < m; i++)
        {
            var row = c.Slice(i * ldc, n);
            if (beta == T.Zero)
                row.Clear();
            else if (beta != T.One)
                TensorPrimitives.Multiply(row, beta, row);
            for (var p = 0; p < k; p++)
            {
                var x = alpha * (transA ? a[(p * lda) + i] : a[(i * lda) + p]);
                if (!transB)
                {
                    TensorPrimitives.MultiplyAdd(b.Slice(p * ldb, n), x, row, row);
                    continue;
                }

                for (var j = 0; j < n; j++)
                    row[j] += x * b[(j * ldb) + p];
            }
        }
    }
}
