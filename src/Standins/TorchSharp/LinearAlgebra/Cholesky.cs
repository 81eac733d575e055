using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp.Kernels;

namespace TorchSharp.LinearAlgebra;

/// <summary>The Cholesky decomposition of a symmetric positive-definite matrix.</summary>
internal static class Cholesky
{
    /// <summary>A = L·Lᵀ with L lower triangular, both row-major; only the lower triangle of A is read.</summary>
    /// <exception cref="ExternalException">The matrix is not positive-definite.</exception>
    public static void Factor<T>(int n, ReadOnlySpan<T> a, Span<T> lower)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scratch = Scratch.Begin();
        var l = scratch.RentCleared<double>(n * n);
        for (var i = 0; i < n; i++)
        {
            var row = l.Slice(i * n, n);
            for (var j = 0; j <= i; j++)
            {
                var rest = double.CreateTruncating(a[(i * n) + j]) - VectorOperations.Dot(row[..j], l.Slice(j * n, n));
                if (j < i)
                {
                    row[j] = rest / l[(j * n) + j];
                    continue;
                }

                // Written so that NaN fails it too.
                if (!(rest > 0))
                {
                    throw new ExternalException(
                        "linalg.cholesky: The factorization could not be completed because the input is not positive-definite "
                        + $"(the leading minor of order {i + 1} is not positive-definite).");
                }

                row[i] = Math.Sqrt(rest);
            }
        }

        VectorOperations.Convert(l, lower);
    }
}
