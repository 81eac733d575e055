using System.Numerics;
using TorchSharp.Kernels;

namespace TorchSharp.LinearAlgebra;

/// <content>The decomposition with its vectors.</content>
internal static partial class Svd
{
    private const int MaximumSweeps = 60;

    /// <summary>Columns with a smaller square are zero to the precision of the matrix, whose largest element is above 1e-70; products with them vanish.</summary>
    private const double NegligibleSquare = 1e-280;

    /// <summary>A = U·diag(s)·Vh for row-major matrices.</summary>
    /// <param name="full">U is rows×rows and Vh columns×columns; otherwise U is rows×k and Vh k×columns with k = min(rows, columns).</param>
    /// <remarks>
    /// A QR factorization leaves a triangle; the eigenvectors of its Gram matrix make its columns nearly orthogonal, and one-sided Jacobi rotations
    /// (Hestenes, 1958; Demmel and Veselić, 1992) finish them to full relative accuracy in a sweep or two.
    /// </remarks>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">The matrix has elements that are not finite.</exception>
    public static void Decompose<T>(int rows, int columns, ReadOnlySpan<T> a, bool full, Span<T> u, Span<T> s, Span<T> vh)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        a = a[..(rows * columns)];
        RequireFinite(a);
        using var scratch = Scratch.Begin();
        var n = Math.Min(rows, columns);
        var tall = Math.Max(rows, columns);
        var factor = scratch.Rent<double>(tall * n);
        var tau = scratch.Rent<double>(n);
        ToTallColumns(rows, columns, a, factor);
        var scale = VectorOperations.Normalize(factor);
        Householder.Factor(tall, n, factor, tau);

        var triangle = scratch.Rent<double>(n * n);
        var right = scratch.Rent<double>(n * n);
        var values = scratch.Rent<double>(n);
        CopyTriangle(tall, n, factor, triangle);
        DecomposeTriangle(n, triangle, values, right);
        for (var i = 0; i < n; i++)
            s[i] = T.CreateTruncating(values[i] * scale);

        // The long side's vectors: Q·[left 0; 0 I].
        var width = full ? tall : n;
        var left = scratch.RentCleared<double>(tall * width);
        for (var j = 0; j < n; j++)
            triangle.Slice(j * n, n).CopyTo(left[(j * tall)..]);
        for (var j = n; j < width; j++)
            left[(j * tall) + j] = 1;
        Householder.MultiplyByQ(tall, n, factor, tau, width, left);

        // For a wide matrix the transpose was decomposed: Aᵀ = L·S·Rᵀ, so U = R and Vh = Lᵀ, which columns of L already are row by row.
        if (rows >= columns)
        {
            VectorOperations.FromColumns(tall, width, left, u);
            VectorOperations.Convert(right, vh);
        }
        else
        {
            VectorOperations.FromColumns(n, n, right, u);
            VectorOperations.Convert(left, vh);
        }
    }

    /// <summary>R = L·S·Vᵀ of an n×n matrix by columns: R is replaced by L, V comes by columns, values descend.</summary>
    private static void DecomposeTriangle(int n, Span<double> r, Span<double> values, Span<double> v)
    {
        if (n == 0)
            return;
        using var scratch = Scratch.Begin();
        var gram = scratch.Rent<double>(n * n);
        var b = scratch.Rent<double>(n * n);

        // Stored by columns, R reads as Rᵀ by rows: RᵀR is that matrix times its transpose.
        Gemm.Multiply(false, true, n, n, n, 1.0, r, n, r, n, 0.0, gram, n);
        SymmetricEigen.Decompose(n, gram, values, v);
        for (var i = 0; i < n / 2; i++)
            Exchange(v.Slice(i * n, n), v.Slice((n - 1 - i) * n, n));
        Gemm.Multiply(false, false, n, n, n, 1.0, v, n, r, n, 0.0, b, n);
        Orthogonalize(n, b, v);
        for (var j = 0; j < n; j++)
        {
            var column = b.Slice(j * n, n);
            values[j] = Math.Sqrt(VectorOperations.Dot(column, column));
        }

        SortDescending(n, values, b, v);
        for (var j = 0; j < n; j++)
        {
            var column = b.Slice(j * n, n);
            if (values[j] * values[j] >= NegligibleSquare)
                VectorOperations.Scale(1 / values[j], column);
            else
                Complete(n, j, b);
        }

        b.CopyTo(r);
    }

    /// <summary>One-sided Jacobi: rotates columns of B, and of V with them, until every two of B are orthogonal.</summary>
    private static void Orthogonalize(int n, Span<double> b, Span<double> v)
    {
        var tolerance = Math.Sqrt(n) * 2.220446049250313e-16;
        for (var sweep = 0; sweep < MaximumSweeps; sweep++)
        {
            var rotated = false;
            for (var p = 0; p < n - 1; p++)
            {
                for (var q = p + 1; q < n; q++)
                    rotated |= RotatePair(n, b, v, p, q, tolerance);
            }

            if (!rotated)
                return;
        }

        throw new ArithmeticException($"The singular vectors of a matrix of size {n} did not converge.");
    }

    private static bool RotatePair(int n, Span<double> b, Span<double> v, int p, int q, double tolerance)
    {
        var x = b.Slice(p * n, n);
        var y = b.Slice(q * n, n);
        var alpha = VectorOperations.Dot(x, x);
        var beta = VectorOperations.Dot(y, y);
        var gamma = VectorOperations.Dot(x, y);

        if (alpha < NegligibleSquare || beta < NegligibleSquare || Math.Abs(gamma) <= tolerance * Math.Sqrt(alpha) * Math.Sqrt(beta))
            return false;
        var zeta = (alpha - beta) / (2 * gamma);
        var t = Math.CopySign(1, zeta) / (Math.Abs(zeta) + Math.Sqrt(1 + (zeta * zeta)));
        var c = 1 / Math.Sqrt(1 + (t * t));
        VectorOperations.Rotate(c, c * t, x, y);
        VectorOperations.Rotate(c, c * t, v.Slice(p * n, n), v.Slice(q * n, n));
        return true;
    }

    /// <summary>Makes column j a unit vector orthogonal to the columns before it: the best of the unit vectors, orthogonalized twice.</summary>
    private static void Complete(int n, int j, Span<double> b)
    {
        var column = b.Slice(j * n, n);
        for (var axis = 0; axis < n; axis++)
        {
            column.Clear();
            column[axis] = 1;
            for (var pass = 0; pass < 2; pass++)
            {
                for (var i = 0; i < j; i++)
                    VectorOperations.Axpy(-VectorOperations.Dot(b.Slice(i * n, n), column), b.Slice(i * n, n), column);
            }

            var norm = Math.Sqrt(VectorOperations.Dot(column, column));

            // j columns leave at least one axis with this much outside their span: the squares of what is left sum to n − j.
            if (norm * norm < 0.5 * (n - j) / n)
                continue;
            VectorOperations.Scale(1 / norm, column);
            return;
        }
    }

    private static void SortDescending(int n, Span<double> values, Span<double> b, Span<double> v)
    {
        for (var i = 0; i < n - 1; i++)
        {
            var largest = i;
            for (var j = i + 1; j < n; j++)
                largest = values[j] > values[largest] ? j : largest;
            if (largest == i)
                continue;
            (values[i], values[largest]) = (values[largest], values[i]);
            Exchange(b.Slice(i * n, n), b.Slice(largest * n, n));
            Exchange(v.Slice(i * n, n), v.Slice(largest * n, n));
        }
    }

    private static void Exchange(Span<double> x, Span<double> y)
    {
        for (var i = 0; i < x.Length; i++)
            (x[i], y[i]) = (y[i], x[i]);
    }
}
