using System.Numerics;
using System.Numerics.Tensors;

namespace MLNetModelSpace.Numerics;

/// <summary>
/// Eigenvalues, and where asked eigenvectors, of dense symmetric matrices in double precision: Householder tridiagonalization,
/// then the implicit QR algorithm with Wilkinson's shift (Golub and Van Loan, <i>Matrix Computations</i>, 4th ed., 8.3).
/// Errors are of the order of rounding times the largest eigenvalue. Works in the buffers given; nothing is allocated.
/// </summary>
internal static class SymmetricEigen
{
    private const int MaxStepsPerValue = 60;

    private static readonly double s_rounding = double.BitIncrement(1) - 1;

    /// <summary>Eigenvalues in descending order; <paramref name="matrix"/> (row-major, both halves filled) is destroyed.</summary>
    /// <param name="matrix">n² numbers.</param>
    /// <param name="values">n numbers.</param>
    /// <param name="work">2n numbers.</param>
    public static void Values(Span<double> matrix, Span<double> values, Span<double> work)
    {
        int n = values.Length;
        double scale = Normalize(matrix);
        Tridiagonalize(matrix, n, values, work[..n], work.Slice(n, n));
        Diagonalize(values, work[..n], default, 0);
        TensorPrimitives.Multiply(values, scale, values);
        values.Sort(static (a, b) => b.CompareTo(a));
    }

    /// <summary>
    /// Eigenvalues in descending order and their unit eigenvectors, as the rows of <paramref name="vectors"/>;
    /// <paramref name="matrix"/> is destroyed.
    /// </summary>
    /// <param name="matrix">n² numbers.</param>
    /// <param name="values">n numbers.</param>
    /// <param name="vectors">n² numbers.</param>
    /// <param name="work">2n numbers.</param>
    public static void Decompose(Span<double> matrix, Span<double> values, Span<double> vectors, Span<double> work)
    {
        int n = values.Length;
        double scale = Normalize(matrix);
        Tridiagonalize(matrix, n, values, work[..n], work.Slice(n, n));
        vectors[..(n * n)].Clear();
        for (int i = 0; i < n; i++)
            vectors[(i * n) + i] = 1;
        for (int k = n - 3; k >= 0; k--)
        {
            // Tridiagonalize left the unit reflector of step k in row k, right of the diagonal.
            ReadOnlySpan<double> reflector = matrix.Slice((k * n) + k + 1, n - k - 1);
            for (int i = 0; i < n; i++)
                Reflect(vectors.Slice((i * n) + k + 1, n - k - 1), reflector);
        }

        Diagonalize(values, work[..n], vectors, n);
        TensorPrimitives.Multiply(values, scale, values);
        SortDescending(values, vectors, n);
    }

    /// <summary>
    /// Eigenvalues, in no order, of the tridiagonal matrix with diagonal <paramref name="d"/> and off-diagonal <paramref name="e"/>
    /// (its last number is not used), both destroyed. Rotations are applied to the rows of <paramref name="vectors"/> where there are any.
    /// </summary>
    public static void Diagonalize(Span<double> d, Span<double> e, Span<double> vectors, int width)
    {
        int n = d.Length;
        double norm = 0;
        for (int i = 0; i < n; i++)
            norm = Math.Max(norm, Math.Max(Math.Abs(d[i]), i + 1 < n ? Math.Abs(e[i]) : 0));
        double floor = 1e-3 * s_rounding * norm;
        int high = n - 1;
        int steps = 0;
        while (high > 0)
        {
            if (IsNegligible(d, e, high - 1, floor))
            {
                high--;
                steps = 0;
                continue;
            }

            int low = high - 1;
            while (low > 0 && !IsNegligible(d, e, low - 1, floor))
                low--;
            if (++steps > MaxStepsPerValue)
                throw new ArithmeticException($"The eigenvalues of a {n}×{n} matrix did not converge.");
            Step(d, e, low, high, vectors, width);
        }
    }

    private static bool IsNegligible(ReadOnlySpan<double> d, Span<double> e, int i, double floor)
    {
        if (Math.Abs(e[i]) > (s_rounding * (Math.Abs(d[i]) + Math.Abs(d[i + 1]))) + floor)
            return false;
        e[i] = 0;
        return true;
    }

    /// <summary>One implicit QR step on the rows from low to high: the bulge is chased down by plane rotations.</summary>
    private static void Step(Span<double> d, Span<double> e, int low, int high, Span<double> vectors, int width)
    {
        double half = (d[high - 1] - d[high]) / 2;
        double last = e[high - 1];
        double shift = d[high] - (last * last / (half + Math.CopySign(Math.Sqrt((half * half) + (last * last)), half)));
        double x = d[low] - shift;
        double z = e[low];
        for (int k = low; k < high; k++)
        {
            double r = Math.Sqrt((x * x) + (z * z));
            double c = r > 0 ? x / r : 1;
            double s = r > 0 ? z / r : 0;
            if (k > low)
                e[k - 1] = r;
            double first = d[k], second = d[k + 1], off = e[k];
            double cross = 2 * c * s * off;
            d[k] = (c * c * first) + cross + (s * s * second);
            d[k + 1] = (s * s * first) - cross + (c * c * second);
            e[k] = (((c * c) - (s * s)) * off) + (c * s * (second - first));
            if (k + 1 < high)
            {
                x = e[k];
                z = s * e[k + 1];
                e[k + 1] *= c;
            }

            if (width > 0)
                Rotate(vectors.Slice(k * width, width), vectors.Slice((k + 1) * width, width), c, s);
        }
    }

    private static void Rotate(Span<double> upper, Span<double> lower, double c, double s)
    {
        for (int i = 0; i < upper.Length; i++)
        {
            double a = upper[i], b = lower[i];
            upper[i] = (c * a) + (s * b);
            lower[i] = (c * b) - (s * a);
        }
    }

    /// <summary>Scales the matrix to entries of at most 1, so that no square over- or underflows.</summary>
    private static double Normalize(Span<double> matrix)
    {
        if (matrix.IsEmpty)
            return 1;
        double largest = Math.Abs(TensorPrimitives.MaxMagnitude<double>(matrix));
        if (largest == 0)
            return 1;
        TensorPrimitives.Divide(matrix, largest, matrix);
        return largest;
    }

    /// <summary>Reduces to tridiagonal form; row k keeps the unit reflector of step k right of the diagonal.</summary>
    private static void Tridiagonalize(Span<double> a, int n, Span<double> d, Span<double> e, Span<double> p)
    {
        for (int k = 0; k < n - 2; k++)
        {
            int m = n - k - 1;
            d[k] = a[(k * n) + k];
            Span<double> v = a.Slice((k * n) + k + 1, m);
            e[k] = MakeReflector(v);
            // A ← (1 − 2vvᵀ) A (1 − 2vvᵀ) = A − 2(v wᵀ + w vᵀ), w = p − (pᵀv) v, p = A v.
            Span<double> w = p[..m];
            for (int i = 0; i < m; i++)
                w[i] = TensorPrimitives.Dot<double>(a.Slice(((k + 1 + i) * n) + k + 1, m), v);
            double along = TensorPrimitives.Dot<double>(w, v);
            TensorPrimitives.MultiplyAdd(v, -along, w, w);
            for (int i = 0; i < m; i++)
                SubtractBoth(a.Slice(((k + 1 + i) * n) + k + 1, m), v, w, 2 * w[i], 2 * v[i]);
        }

        if (n >= 2)
        {
            d[n - 2] = a[((n - 2) * n) + n - 2];
            e[n - 2] = a[((n - 2) * n) + n - 1];
        }

        if (n >= 1)
            d[n - 1] = a[(n * n) - 1];
    }

    private static void SubtractBoth(Span<double> row, ReadOnlySpan<double> v, ReadOnlySpan<double> w, double alongV, double alongW)
    {
        int i = 0;
        int width = Vector<double>.Count;
        for (; i <= row.Length - width; i += width)
        {
            var x = new Vector<double>(row[i..]);
            x -= (new Vector<double>(v[i..]) * alongV) + (new Vector<double>(w[i..]) * alongW);
            x.CopyTo(row[i..]);
        }

        for (; i < row.Length; i++)
            row[i] -= (v[i] * alongV) + (w[i] * alongW);
    }

    /// <summary>Turns x into the unit vector u for which (1 − 2uuᵀ)x = αe₁, and gives α; a zero x stays and gives 0.</summary>
    public static double MakeReflector(Span<double> x)
    {
        double largest = Math.Abs(TensorPrimitives.MaxMagnitude<double>(x));
        if (largest == 0)
            return 0;
        TensorPrimitives.Divide(x, largest, x);
        double norm = TensorPrimitives.Norm<double>(x);
        double alpha = x[0] > 0 ? -norm : norm;
        x[0] -= alpha;
        TensorPrimitives.Divide(x, TensorPrimitives.Norm<double>(x), x);
        return alpha * largest;
    }

    /// <summary>x ← (1 − 2uuᵀ)x for a unit (or zero) u.</summary>
    public static void Reflect(Span<double> x, ReadOnlySpan<double> unit) =>
        TensorPrimitives.MultiplyAdd(unit, -2 * TensorPrimitives.Dot(x, unit), x, x);

    private static void SortDescending(Span<double> values, Span<double> vectors, int n)
    {
        for (int i = 0; i < n - 1; i++)
        {
            int best = i;
            for (int j = i + 1; j < n; j++)
            {
                if (values[j] > values[best])
                    best = j;
            }

            if (best == i)
                continue;
            (values[i], values[best]) = (values[best], values[i]);
            for (int c = 0; c < n; c++)
                (vectors[(i * n) + c], vectors[(best * n) + c]) = (vectors[(best * n) + c], vectors[(i * n) + c]);
        }
    }
}
