using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp.Kernels;

namespace TorchSharp.LinearAlgebra;

/// <summary>Eigenvalues, ascending, and eigenvectors of a symmetric matrix (torch.linalg.eigh and eigvalsh).</summary>
internal static class SymmetricEigen
{
    /// <summary>The eigenvalues of the row-major n×n matrix whose lower (or upper) triangle is given.</summary>
    public static void Values<T>(int n, ReadOnlySpan<T> a, Span<T> values, bool upper = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Decompose(n, a, values, [], upper);

    /// <summary>A·x = λ·x: the eigenvectors are the columns of the row-major n×n <paramref name="vectors"/>, or not wanted when that is empty.</summary>
    /// <exception cref="ExternalException">The matrix has elements that are not finite.</exception>
    public static void Decompose<T>(int n, ReadOnlySpan<T> a, Span<T> values, Span<T> vectors, bool upper = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!VectorOperations.AllFinite(a[..(n * n)]))
            throw new ExternalException("linalg.eigh: The algorithm failed to converge because the input matrix contained non-finite values.");
        using var scratch = Scratch.Begin();
        var full = scratch.Rent<double>(n * n);
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j <= i; j++)
                full[(i * n) + j] = full[(j * n) + i] = double.CreateTruncating(upper ? a[(j * n) + i] : a[(i * n) + j]);
        }

        var scale = VectorOperations.Normalize(full);
        var eigenvalues = scratch.Rent<double>(n);
        var rows = vectors.IsEmpty ? default : scratch.Rent<double>(n * n);
        Decompose(n, full, eigenvalues, rows);
        for (var i = 0; i < n; i++)
            values[i] = T.CreateTruncating(eigenvalues[i] * scale);
        if (!vectors.IsEmpty)
            VectorOperations.FromColumns(n, n, rows, vectors);
    }

    /// <summary>The same in double precision for a matrix given in full, which is overwritten; the eigenvectors are the rows of <paramref name="rows"/>.</summary>
    internal static void Decompose(int n, Span<double> full, Span<double> values, Span<double> rows)
    {
        using var scratch = Scratch.Begin();
        var off = scratch.Rent<double>(n);
        var tau = scratch.Rent<double>(n);
        Tridiagonal.Reduce(n, full, values, off, tau, scratch.Rent<double>(n));
        if (!rows.IsEmpty)
            Tridiagonal.FormQTransposed(n, full, tau, rows);
        Tridiagonal.Diagonalize(values, off, rows);
        if (rows.IsEmpty)
        {
            values.Sort();
            return;
        }

        // Selection sort: at most n exchanges of rows.
        for (var i = 0; i < n - 1; i++)
        {
            var least = i;
            for (var j = i + 1; j < n; j++)
                least = values[j] < values[least] ? j : least;
            if (least == i)
                continue;
            (values[i], values[least]) = (values[least], values[i]);
            var x = rows.Slice(i * n, n);
            var y = rows.Slice(least * n, n);
            for (var j = 0; j < n; j++)
                (x[j], y[j]) = (y[j], x[j]);
        }
    }
}
