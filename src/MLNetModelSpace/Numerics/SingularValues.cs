using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MLNetModelSpace.Numerics;

/// <summary>
/// Singular values of row-major <see cref="float"/> matrices, computed in double precision. Owns its buffers, which grow to the
/// largest matrix seen: one object a thread, nothing allocated from then on.
/// </summary>
internal sealed class SingularValues
{
    // Errors of eigenvalues are a few times 2⁻⁵² of the largest, so a few times 1e-10 of one a millionth as large.
    private const double WellConditioned = 1e-6;

    private double[] _rows = [];
    private double[] _square = [];
    private double[] _work = [];

    /// <summary>How many singular values a matrix has: its smaller dimension.</summary>
    public static int Count(int rows, int columns) => Math.Min(rows, columns);

    /// <summary>
    /// Singular values in descending order, as square roots of the eigenvalues of the smaller Gram matrix: fast, and wrong by at
    /// most about 1e-7 of the largest, since squaring halves the digits of the small ones.
    /// </summary>
    /// <param name="matrix">rows·columns finite numbers.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="values">Receives <see cref="Count"/> numbers.</param>
    public void Fast(ReadOnlySpan<float> matrix, int rows, int columns, Span<double> values)
    {
        int m = Count(rows, columns);
        if (m <= 1)
        {
            if (m == 1)
                values[0] = Norm(matrix);
            return;
        }

        Gram(matrix, rows, columns);
        Span<double> work = Grow(ref _work, 2 * m);
        SymmetricEigen.Values(_square.AsSpan(0, m * m), values[..m], work);
        for (int i = 0; i < m; i++)
            values[i] = Math.Sqrt(Math.Max(0, values[i]));
    }

    /// <summary>
    /// Singular values in descending order, wrong by no more than rounding (2⁻⁵²) times the largest, give or take a small factor:
    /// by an LQ factorization, bidiagonalization, and the eigenvalues of the Golub–Kahan tridiagonal form, which are ±σ
    /// (Golub and Van Loan, 8.6.1 and 5.4.8). Tells the rank of a matrix where squares cannot.
    /// </summary>
    public void Accurate(ReadOnlySpan<float> matrix, int rows, int columns, Span<double> values)
    {
        int m = Count(rows, columns);
        if (m <= 1)
        {
            if (m == 1)
                values[0] = Norm(matrix);
            return;
        }

        Span<double> a = Widen(matrix, rows, columns);
        int n = Math.Max(rows, columns);
        Span<double> square = Grow(ref _square, m * m);
        square.Clear();
        for (int k = 0; k < m; k++)
        {
            Span<double> reflector = a.Slice((k * n) + k, n - k);
            square[(k * m) + k] = SymmetricEigen.MakeReflector(reflector);
            for (int i = k + 1; i < m; i++)
                SymmetricEigen.Reflect(a.Slice((i * n) + k, n - k), reflector);
            for (int i = k + 1; i < m; i++)
                square[(i * m) + k] = a[(i * n) + k];
        }

        Span<double> work = Grow(ref _work, 4 * m);
        Span<double> off = work[..(2 * m)];
        Bidiagonalize(square, m, off, work.Slice(2 * m, m), work.Slice(3 * m, m));
        Span<double> diagonal = work.Slice(2 * m, 2 * m);
        diagonal.Clear();
        SymmetricEigen.Diagonalize(diagonal, off, default, 0);
        diagonal.Sort(static (x, y) => y.CompareTo(x));
        for (int i = 0; i < m; i++)
            values[i] = Math.Max(0, diagonal[i]);
    }

    /// <summary>
    /// Eigenvalues of the smaller Gram matrix, the squared singular values, in descending order. Where the least is not small beside
    /// the largest the Gram matrix gives each to about nine digits, several times faster than <see cref="Accurate"/>, which is left to
    /// the others: those whose rank is in question.
    /// </summary>
    public void Squares(ReadOnlySpan<float> matrix, int rows, int columns, Span<double> values)
    {
        int m = Count(rows, columns);
        if (m > 1)
        {
            Gram(matrix, rows, columns);
            SymmetricEigen.Values(_square.AsSpan(0, m * m), values[..m], Grow(ref _work, 2 * m));
            if (values[m - 1] > WellConditioned * values[0])
                return;
        }

        Accurate(matrix, rows, columns, values);
        for (int i = 0; i < m; i++)
            values[i] *= values[i];
    }

    /// <summary>The smaller Gram matrix, m×m row-major, in a buffer that the next call overwrites.</summary>
    public Span<double> Gram(ReadOnlySpan<float> matrix, int rows, int columns)
    {
        int m = Count(rows, columns);
        int n = Math.Max(rows, columns);
        ReadOnlySpan<double> a = Widen(matrix, rows, columns);
        Span<double> square = Grow(ref _square, m * m);
        int i = 0;
        for (; i + 1 < m; i += 2)
        {
            for (int j = i; j < m; j += 2)
            {
                // At an odd end the last row stands in for the one that is not there.
                int last = Math.Min(j + 1, m - 1);
                FourDots(a.Slice(i * n, n), a.Slice((i + 1) * n, n), a.Slice(j * n, n), a.Slice(last * n, n), out var dots);
                square[(i * m) + j] = square[(j * m) + i] = dots.A;
                square[((i + 1) * m) + j] = square[(j * m) + i + 1] = dots.C;
                square[(i * m) + last] = square[(last * m) + i] = dots.B;
                square[((i + 1) * m) + last] = square[(last * m) + i + 1] = dots.D;
            }
        }

        if (i < m)
            square[(i * m) + i] = TensorPrimitives.SumOfSquares(a.Slice(i * n, n));
        return square;
    }

    /// <summary>The square root of the sum of squares, summed in double precision.</summary>
    public static double Norm(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
            sum += (double)value * value;
        return Math.Sqrt(sum);
    }

    /// <summary>The matrix in double precision, its smaller dimension first.</summary>
    private Span<double> Widen(ReadOnlySpan<float> matrix, int rows, int columns)
    {
        Span<double> wide = Grow(ref _rows, rows * columns);
        if (rows <= columns)
        {
            TensorPrimitives.ConvertTruncating<float, double>(matrix, wide);
            return wide;
        }

        // Transposed in blocks of rows, so that what is written stays in the nearest cache.
        const int block = 16;
        for (int start = 0; start < rows; start += block)
        {
            int end = Math.Min(start + block, rows);
            for (int c = 0; c < columns; c++)
            {
                Span<double> target = wide.Slice((c * rows) + start, end - start);
                for (int r = 0; r < target.Length; r++)
                    target[r] = matrix[((start + r) * columns) + c];
            }
        }

        return wide;
    }

    /// <summary>Reduces a square matrix to lower bidiagonal form; its diagonal and subdiagonal come out in turn.</summary>
    private static void Bidiagonalize(Span<double> a, int m, Span<double> off, Span<double> column, Span<double> sum)
    {
        for (int k = 0; k < m; k++)
        {
            Span<double> right = a.Slice((k * m) + k, m - k);
            off[2 * k] = SymmetricEigen.MakeReflector(right);
            for (int i = k + 1; i < m; i++)
                SymmetricEigen.Reflect(a.Slice((i * m) + k, m - k), right);
            off[(2 * k) + 1] = 0;
            if (k + 1 >= m)
                break;
            int below = m - k - 1;
            Span<double> left = column[..below];
            for (int i = 0; i < below; i++)
                left[i] = a[((k + 1 + i) * m) + k];
            off[(2 * k) + 1] = SymmetricEigen.MakeReflector(left);
            Span<double> w = sum[..below];
            w.Clear();
            for (int i = 0; i < below; i++)
                TensorPrimitives.MultiplyAdd(a.Slice(((k + 1 + i) * m) + k + 1, below), left[i], w, w);
            for (int i = 0; i < below; i++)
            {
                Span<double> row = a.Slice(((k + 1 + i) * m) + k + 1, below);
                TensorPrimitives.MultiplyAdd(w, -2 * left[i], row, row);
            }
        }
    }

    /// <summary>The four dot products of two rows with two rows: each number loaded serves twice.</summary>
    private static void FourDots(
        ReadOnlySpan<double> x0, ReadOnlySpan<double> x1, ReadOnlySpan<double> y0, ReadOnlySpan<double> y1,
        out (double A, double B, double C, double D) dots)
    {
        int width = Vector<double>.Count;
        int n = x0.Length;
        ref double px0 = ref MemoryMarshal.GetReference(x0);
        ref double px1 = ref MemoryMarshal.GetReference(x1);
        ref double py0 = ref MemoryMarshal.GetReference(y0);
        ref double py1 = ref MemoryMarshal.GetReference(y1);
        Vector<double> a = default, b = default, c = default, d = default;
        int i = 0;
        for (; i <= n - width; i += width)
        {
            Vector<double> u0 = Load(ref px0, i), u1 = Load(ref px1, i), v0 = Load(ref py0, i), v1 = Load(ref py1, i);
            a = Vector.FusedMultiplyAdd(u0, v0, a);
            b = Vector.FusedMultiplyAdd(u0, v1, b);
            c = Vector.FusedMultiplyAdd(u1, v0, c);
            d = Vector.FusedMultiplyAdd(u1, v1, d);
        }

        dots = (Vector.Sum(a), Vector.Sum(b), Vector.Sum(c), Vector.Sum(d));
        for (; i < n; i++)
        {
            dots.A += x0[i] * y0[i];
            dots.B += x0[i] * y1[i];
            dots.C += x1[i] * y0[i];
            dots.D += x1[i] * y1[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Load(ref double start, int offset) =>
        Unsafe.ReadUnaligned<Vector<double>>(ref Unsafe.As<double, byte>(ref Unsafe.Add(ref start, offset)));

    private static Span<double> Grow(ref double[] buffer, int length)
    {
        if (buffer.Length < length)
            buffer = new double[length];
        return buffer.AsSpan(0, length);
    }
}
