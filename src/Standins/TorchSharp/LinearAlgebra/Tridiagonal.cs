namespace TorchSharp.LinearAlgebra;

/// <summary>
/// Symmetric matrices by way of tridiagonal ones: Householder reduction (Golub and Van Loan, 8.3.1) and the implicit QR iteration with
/// Wilkinson's shift (8.3.3).
/// </summary>
internal static class Tridiagonal
{
    /// <summary>The iteration needs two to three steps a value; this many mean that the input was not what it should be.</summary>
    private const int StepsPerValue = 60;

    private const double Epsilon = 1.1102230246251565e-16;

    /// <summary>
    /// A = Q·T·Qᵀ. A is given in full; each reflection is left in the part of its row right of the diagonal, with its factor in <paramref name="tau"/>.
    /// </summary>
    public static void Reduce(int n, Span<double> a, Span<double> diagonal, Span<double> offDiagonal, Span<double> tau, Span<double> work)
    {
        for (var k = 0; k < n - 1; k++)
        {
            diagonal[k] = a[(k * n) + k];
            var size = n - k - 1;
            var v = a.Slice((k * n) + k + 1, size);
            tau[k] = Householder.Reflect(v);
            offDiagonal[k] = v[0];
            if (tau[k] == 0)
                continue;
            v[0] = 1;
            var w = work[..size];
            for (var i = 0; i < size; i++)
                w[i] = tau[k] * VectorOperations.Dot(v, a.Slice(((k + 1 + i) * n) + k + 1, size));
            VectorOperations.Axpy(-0.5 * tau[k] * VectorOperations.Dot(w, v), v, w);
            for (var i = 0; i < size; i++)
                VectorOperations.Axpy2(-v[i], w, -w[i], v, a.Slice(((k + 1 + i) * n) + k + 1, size));
        }

        if (n > 0)
            diagonal[n - 1] = a[(n * n) - 1];
    }

    /// <summary>Qᵀ of <see cref="Reduce"/>, by rows.</summary>
    public static void FormQTransposed(int n, ReadOnlySpan<double> a, ReadOnlySpan<double> tau, Span<double> q)
    {
        q.Clear();
        for (var i = 0; i < n; i++)
            q[(i * n) + i] = 1;
        for (var k = n - 2; k >= 0; k--)
        {
            if (tau[k] == 0)
                continue;
            var v = a.Slice((k * n) + k + 1, n - k - 1);
            for (var r = k + 1; r < n; r++)
            {
                var row = q.Slice((r * n) + k + 1, n - k - 1);
                VectorOperations.Axpy(-tau[k] * VectorOperations.Dot(row, v), v, row);
            }
        }
    }

    /// <summary>Replaces the diagonal by the eigenvalues, unordered; the rows of <paramref name="vectors"/> (n×n, or empty) are rotated along.</summary>
    public static void Diagonalize(Span<double> diagonal, Span<double> offDiagonal, Span<double> vectors)
    {
        var n = diagonal.Length;
        var norm = 0.0;
        for (var i = 0; i < n; i++)
            norm = Math.Max(norm, Math.Abs(diagonal[i]) + (i + 1 < n ? Math.Abs(offDiagonal[i]) : 0));
        var negligible = norm * Epsilon * 0.5;
        var steps = 0;
        for (var high = n - 1; high > 0;)
        {
            var low = high;
            while (low > 0)
            {
                var off = Math.Abs(offDiagonal[low - 1]);
                if (off <= negligible || off <= Epsilon * (Math.Abs(diagonal[low - 1]) + Math.Abs(diagonal[low])))
                {
                    offDiagonal[low - 1] = 0;
                    break;
                }

                low--;
            }

            if (low == high)
            {
                high--;
                continue;
            }

            if (++steps > StepsPerValue * n)
                throw new ArithmeticException($"The eigenvalues of a symmetric matrix of size {n} did not converge.");
            Step(diagonal, offDiagonal, vectors, low, high);
        }
    }

    /// <summary>One implicit QR step on the unreduced block from <paramref name="low"/> to <paramref name="high"/>.</summary>
    private static void Step(Span<double> diagonal, Span<double> offDiagonal, Span<double> vectors, int low, int high)
    {
        var n = diagonal.Length;
        var last = offDiagonal[high - 1];
        var half = (diagonal[high - 1] - diagonal[high]) / 2;
        var shift = diagonal[high] - (last / (half + Math.CopySign(Math.Sqrt((half * half) + (last * last)), half)) * last);
        var (x, z) = (diagonal[low] - shift, offDiagonal[low]);
        for (var k = low; k < high; k++)
        {
            var r = Math.Sqrt((x * x) + (z * z));
            var (c, s) = r == 0 ? (1.0, 0.0) : (x / r, z / r);
            if (k > low)
                offDiagonal[k - 1] = r;
            var (p, q, e) = (diagonal[k], diagonal[k + 1], offDiagonal[k]);
            var move = s * ((s * (q - p)) + (2 * c * e));
            diagonal[k] = p + move;
            diagonal[k + 1] = q - move;
            x = (c * s * (q - p)) + (((c * c) - (s * s)) * e);
            offDiagonal[k] = x;
            if (k + 1 < high)
            {
                z = s * offDiagonal[k + 1];
                offDiagonal[k + 1] *= c;
            }

            if (!vectors.IsEmpty)
                VectorOperations.Rotate(c, s, vectors.Slice(k * n, n), vectors.Slice((k + 1) * n, n));
        }
    }
}
