using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp.Kernels;

namespace TorchSharp.LinearAlgebra;

/// <summary>Singular values and vectors (torch.linalg.svdvals and svd).</summary>
internal static partial class Svd
{
    /// <summary>
    /// Singular values of a float32 matrix come from its Gram matrix in double precision, whose eigenvalues λ = σ² carry an error of about
    /// 1e-15·λ₁: relative to σ that is 1e-15·(σ₁/σ)²/2. Where a value lies below this part of the largest (λ below 1e-9·λ₁, an error above 5e-7)
    /// the matrix goes through a bidiagonal form instead, whose error is 1e-15·σ₁ for every value.
    /// </summary>
    private const double GramLimit = 1e-9;

    /// <summary>The min(rows, columns) singular values of a row-major matrix, descending.</summary>
    /// <exception cref="ExternalException">The matrix has elements that are not finite.</exception>
    public static void SingularValues<T>(int rows, int columns, ReadOnlySpan<T> a, Span<T> s)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var count = Math.Min(rows, columns);
        if (count == 0)
            return;
        a = a[..(rows * columns)];
        RequireFinite(a);
        using var scratch = Scratch.Begin();
        var values = scratch.Rent<double>(count);
        if (typeof(T) != typeof(float) || !ByGram(rows, columns, a, values))
            ByBidiagonal(rows, columns, a, values);
        for (var i = 0; i < count; i++)
            s[i] = T.CreateTruncating(values[i]);
    }

    /// <summary>The square roots of the eigenvalues of the smaller of AᵀA and AAᵀ; false where those are too spread to be exact.</summary>
    private static bool ByGram<T>(int rows, int columns, ReadOnlySpan<T> a, Span<double> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scratch = Scratch.Begin();
        var n = values.Length;
        var exact = scratch.Rent<double>(a.Length);
        VectorOperations.Convert(a, exact);
        var gram = scratch.Rent<double>(n * n);
        if (columns <= rows)
            Gemm.Multiply(true, false, n, n, rows, 1.0, exact, columns, exact, columns, 0.0, gram, n);
        else
            Gemm.Multiply(false, true, n, n, columns, 1.0, exact, columns, exact, columns, 0.0, gram, n);
        SymmetricEigen.Decompose(n, gram, values, []);
        if (values[0] < GramLimit * values[n - 1])
            return false;
        values.Reverse();
        foreach (ref var value in values)
            value = Math.Sqrt(value);
        return true;
    }

    /// <summary>
    /// Householder bidiagonalization of the triangular factor (Golub and Van Loan, 5.4.8), then the eigenvalues ±σ of the tridiagonal matrix that has
    /// zeros on its diagonal and d₁, e₁, d₂, e₂, … beside it (Golub and Kahan, 1965).
    /// </summary>
    private static void ByBidiagonal<T>(int rows, int columns, ReadOnlySpan<T> a, Span<double> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scratch = Scratch.Begin();
        var n = values.Length;
        var tall = Math.Max(rows, columns);
        var matrix = scratch.Rent<double>(a.Length);
        ToTallColumns(rows, columns, a, matrix);
        var scale = VectorOperations.Normalize(matrix);
        if (tall > n)
        {
            Householder.Factor(tall, n, matrix, scratch.Rent<double>(n));
            CopyTriangle(tall, n, matrix, matrix);
        }

        var off = scratch.Rent<double>(2 * n);
        var diagonal = scratch.RentCleared<double>(2 * n);
        Bidiagonalize(n, matrix, off, scratch.Rent<double>(n), scratch.Rent<double>(n));
        Tridiagonal.Diagonalize(diagonal, off, []);
        diagonal.Sort();
        for (var i = 0; i < n; i++)
            values[i] = Math.Max(0, diagonal[(2 * n) - 1 - i]) * scale;
    }

    /// <summary>The n×n matrix stored by columns becomes bidiagonal: d₁, e₁, d₂, …, dₙ go to <paramref name="interleaved"/>.</summary>
    private static void Bidiagonalize(int n, Span<double> a, Span<double> interleaved, Span<double> row, Span<double> work)
    {
        for (var k = 0; k < n; k++)
        {
            var v = a.Slice((k * n) + k, n - k);
            var tau = Householder.Reflect(v);
            interleaved[2 * k] = v[0];
            for (var j = k + 1; j < n; j++)
                Householder.Apply(v, tau, a.Slice((j * n) + k, n - k));
            if (k == n - 1)
                return;

            // The row right of the diagonal: B ← B·H touches the columns right of k below row k.
            var size = n - k - 1;
            for (var j = 0; j < size; j++)
                row[j] = a[((k + 1 + j) * n) + k];
            var right = row[..size];
            var tauRight = Householder.Reflect(right);
            interleaved[(2 * k) + 1] = right[0];
            if (tauRight == 0)
                continue;
            right[0] = 1;
            var w = work[..size];
            w.Clear();
            for (var j = 0; j < size; j++)
                VectorOperations.Axpy(right[j], a.Slice(((k + 1 + j) * n) + k + 1, size), w);
            for (var j = 0; j < size; j++)
                VectorOperations.Axpy(-tauRight * right[j], w, a.Slice(((k + 1 + j) * n) + k + 1, size));
        }
    }

    /// <summary>The matrix, or its transpose where that is the taller one, by columns.</summary>
    private static void ToTallColumns<T>(int rows, int columns, ReadOnlySpan<T> a, Span<double> tall)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (rows >= columns)
            VectorOperations.ToColumns(rows, columns, a, tall);
        else
            VectorOperations.Convert(a, tall);
    }

    /// <summary>The upper triangle of the first n rows, zeros below it; the destination may be the source.</summary>
    private static void CopyTriangle(int rows, int n, ReadOnlySpan<double> source, Span<double> triangle)
    {
        for (var j = 0; j < n; j++)
        {
            source.Slice(j * rows, j + 1).CopyTo(triangle[(j * n)..]);
            triangle.Slice((j * n) + j + 1, n - j - 1).Clear();
        }
    }

    private static void RequireFinite<T>(ReadOnlySpan<T> a)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!VectorOperations.AllFinite(a))
            throw new ExternalException("linalg.svd: The algorithm failed to converge because the input matrix contained non-finite values.");
    }
}
