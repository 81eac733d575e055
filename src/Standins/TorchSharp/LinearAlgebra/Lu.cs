using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp.Kernels;

namespace TorchSharp.LinearAlgebra;

/// <summary>LU decomposition with partial pivoting of row-major square matrices, and what follows from it.</summary>
internal static class Lu
{
    /// <summary>P·A = L·U in place: row i of the result was row <paramref name="pivots"/>[i] of A. Returns the sign of the permutation.</summary>
    public static int Factor(int n, Span<double> a, Span<int> pivots)
    {
        var sign = 1;
        for (var i = 0; i < n; i++)
            pivots[i] = i;
        for (var k = 0; k < n; k++)
        {
            var largest = k;
            for (var i = k + 1; i < n; i++)
                largest = Math.Abs(a[(i * n) + k]) > Math.Abs(a[(largest * n) + k]) ? i : largest;
            if (largest != k)
            {
                sign = -sign;
                (pivots[k], pivots[largest]) = (pivots[largest], pivots[k]);
                for (var j = 0; j < n; j++)
                    (a[(k * n) + j], a[(largest * n) + j]) = (a[(largest * n) + j], a[(k * n) + j]);
            }

            var pivot = a[(k * n) + k];
            if (pivot == 0)
                continue;
            var row = a.Slice((k * n) + k + 1, n - k - 1);
            for (var i = k + 1; i < n; i++)
            {
                var factor = a[(i * n) + k] /= pivot;
                if (factor != 0)
                    VectorOperations.Axpy(-factor, row, a.Slice((i * n) + k + 1, n - k - 1));
            }
        }

        return sign;
    }

    /// <summary>The sign (−1, 0 or 1) and the logarithm of the absolute value of the determinant; 0 and −∞ for a singular matrix.</summary>
    public static (T Sign, T LogAbsDet) SignAndLogDeterminant<T>(int n, ReadOnlySpan<T> a)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scratch = Scratch.Begin();
        var lu = Factor(n, a, scratch.Rent<double>(n * n), scratch.Rent<int>(n), out var permutation);
        double sign = permutation;
        var logarithm = 0.0;
        for (var i = 0; i < n; i++)
        {
            var pivot = lu[(i * n) + i];
            sign = double.IsNaN(pivot) ? double.NaN : sign * Math.Sign(pivot);
            logarithm += Math.Log(Math.Abs(pivot));
        }

        return (T.CreateTruncating(sign), T.CreateTruncating(logarithm));
    }

    /// <summary>A⁻¹.</summary>
    /// <exception cref="ExternalException">The matrix is singular.</exception>
    public static void Inverse<T>(int n, ReadOnlySpan<T> a, Span<T> inverse)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scratch = Scratch.Begin();
        var pivots = scratch.Rent<int>(n);
        var lu = Factor(n, a, scratch.Rent<double>(n * n), pivots, out _);
        if (FirstZeroPivot(n, lu) is var zero && zero > 0)
        {
            throw new ExternalException(
                $"linalg.inv: The diagonal element {zero} is zero, the inversion could not be completed because the input matrix is singular.");
        }

        var x = scratch.RentCleared<double>(n * n);
        for (var i = 0; i < n; i++)
            x[(i * n) + pivots[i]] = 1;
        Substitute(n, lu, n, x);
        VectorOperations.Convert(x, inverse);
    }

    private static Span<double> Factor<T>(int n, ReadOnlySpan<T> a, Span<double> lu, Span<int> pivots, out int sign)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        VectorOperations.Convert(a[..(n * n)], lu);
        sign = Factor(n, lu, pivots);
        return lu;
    }

    /// <summary>Forward with L (unit diagonal), then backward with U, on the rows of x.</summary>
    private static void Substitute(int n, ReadOnlySpan<double> lu, int columns, Span<double> x)
    {
        for (var i = 0; i < n; i++)
        {
            for (var k = 0; k < i; k++)
                VectorOperations.Axpy(-lu[(i * n) + k], x.Slice(k * columns, columns), x.Slice(i * columns, columns));
        }

        for (var i = n - 1; i >= 0; i--)
        {
            var row = x.Slice(i * columns, columns);
            for (var k = i + 1; k < n; k++)
                VectorOperations.Axpy(-lu[(i * n) + k], x.Slice(k * columns, columns), row);
            foreach (ref var value in row)
                value /= lu[(i * n) + i];
        }
    }

    /// <summary>The place, from 1, of the first pivot that is zero; 0 where there is none.</summary>
    private static int FirstZeroPivot(int n, ReadOnlySpan<double> lu)
    {
        for (var i = 0; i < n; i++)
        {
            if (lu[(i * n) + i] == 0)
                return i + 1;
        }

        return 0;
    }
}
