using System.Numerics;
using System.Runtime.InteropServices;

namespace TorchSharp.LinearAlgebra;

/// <summary>
/// What the factorizations are made of. All of them work in double precision on matrices stored by columns, so that every inner loop
/// runs over contiguous memory; single precision is converted at the border.
/// </summary>
internal static class VectorOperations
{
    /// <summary>Σ x·y over the length of <paramref name="x"/>.</summary>
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        y = y[..x.Length];
        var u = MemoryMarshal.Cast<double, Vector<double>>(x);
        var v = MemoryMarshal.Cast<double, Vector<double>>(y)[..u.Length];
        Vector<double> s0 = default, s1 = default, s2 = default, s3 = default;
        var i = 0;
        for (; i + 4 <= u.Length; i += 4)
        {
            s0 = Vector.MultiplyAddEstimate(u[i], v[i], s0);
            s1 = Vector.MultiplyAddEstimate(u[i + 1], v[i + 1], s1);
            s2 = Vector.MultiplyAddEstimate(u[i + 2], v[i + 2], s2);
            s3 = Vector.MultiplyAddEstimate(u[i + 3], v[i + 3], s3);
        }

        for (; i < u.Length; i++)
            s0 = Vector.MultiplyAddEstimate(u[i], v[i], s0);
        var sum = Vector.Sum(s0 + s1 + (s2 + s3));
        for (i = u.Length * Vector<double>.Count; i < x.Length; i++)
            sum += x[i] * y[i];
        return sum;
    }

    /// <summary>y ← y + α·x over the length of <paramref name="x"/>.</summary>
    public static void Axpy(double alpha, ReadOnlySpan<double> x, Span<double> y)
    {
        y = y[..x.Length];
        var u = MemoryMarshal.Cast<double, Vector<double>>(x);
        var v = MemoryMarshal.Cast<double, Vector<double>>(y)[..u.Length];
        var factor = new Vector<double>(alpha);
        for (var i = 0; i < u.Length; i++)
            v[i] = Vector.MultiplyAddEstimate(factor, u[i], v[i]);
        for (var i = u.Length * Vector<double>.Count; i < x.Length; i++)
            y[i] += alpha * x[i];
    }

    /// <summary>z ← z + α·x + β·y over the length of <paramref name="x"/>.</summary>
    public static void Axpy2(double alpha, ReadOnlySpan<double> x, double beta, ReadOnlySpan<double> y, Span<double> z)
    {
        y = y[..x.Length];
        z = z[..x.Length];
        var u = MemoryMarshal.Cast<double, Vector<double>>(x);
        var v = MemoryMarshal.Cast<double, Vector<double>>(y)[..u.Length];
        var w = MemoryMarshal.Cast<double, Vector<double>>(z)[..u.Length];
        var (a, b) = (new Vector<double>(alpha), new Vector<double>(beta));
        for (var i = 0; i < u.Length; i++)
            w[i] = Vector.MultiplyAddEstimate(a, u[i], Vector.MultiplyAddEstimate(b, v[i], w[i]));
        for (var i = u.Length * Vector<double>.Count; i < x.Length; i++)
            z[i] += (alpha * x[i]) + (beta * y[i]);
    }

    /// <summary>(x, y) ← (c·x + s·y, c·y − s·x).</summary>
    public static void Rotate(double c, double s, Span<double> x, Span<double> y)
    {
        y = y[..x.Length];
        var u = MemoryMarshal.Cast<double, Vector<double>>(x);
        var v = MemoryMarshal.Cast<double, Vector<double>>(y)[..u.Length];
        var (cosine, sine) = (new Vector<double>(c), new Vector<double>(s));
        for (var i = 0; i < u.Length; i++)
        {
            var (a, b) = (u[i], v[i]);
            u[i] = (cosine * a) + (sine * b);
            v[i] = (cosine * b) - (sine * a);
        }

        for (var i = u.Length * Vector<double>.Count; i < x.Length; i++)
        {
            var (a, b) = (x[i], y[i]);
            x[i] = (c * a) + (s * b);
            y[i] = (c * b) - (s * a);
        }
    }

    public static void Scale(double alpha, Span<double> x)
    {
        foreach (ref var value in x)
            value *= alpha;
    }

    public static bool AllFinite<T>(ReadOnlySpan<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // x − x is 0 exactly where x is finite, else NaN, and NaN survives addition.
        var sum = Vector<T>.Zero;
        var vectors = MemoryMarshal.Cast<T, Vector<T>>(x);
        foreach (var v in vectors)
            sum += v - v;
        var rest = Vector.Sum(sum);
        foreach (var v in x[(vectors.Length * Vector<T>.Count)..])
            rest += v - v;
        return rest == T.Zero;
    }

    /// <summary>Copies a row-major matrix into columns (of <paramref name="rows"/> elements each) in double precision.</summary>
    public static void ToColumns<T>(int rows, int columns, ReadOnlySpan<T> source, Span<double> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Blocks of rows, so that the lines being read stay in cache while each column is written.
        const int Block = 16;
        for (var first = 0; first < rows; first += Block)
        {
            var last = Math.Min(first + Block, rows);
            for (var c = 0; c < columns; c++)
            {
                for (var r = first; r < last; r++)
                    destination[(c * rows) + r] = double.CreateTruncating(source[(r * columns) + c]);
            }
        }
    }

    /// <summary>Copies a matrix stored by columns into a row-major one.</summary>
    public static void FromColumns<T>(int rows, int columns, ReadOnlySpan<double> source, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < columns; c++)
                destination[(r * columns) + c] = T.CreateTruncating(source[(c * rows) + r]);
        }
    }

    public static void Convert<T>(ReadOnlySpan<T> source, Span<double> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < source.Length; i++)
            destination[i] = double.CreateTruncating(source[i]);
    }

    public static void Convert<T>(ReadOnlySpan<double> source, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < source.Length; i++)
            destination[i] = T.CreateTruncating(source[i]);
    }

    /// <summary>Scales by a power of two that brings the largest element near 1, so that squares neither overflow nor vanish; returns what undoes it.</summary>
    public static double Normalize(Span<double> x)
    {
        var largest = 0.0;
        foreach (var value in x)
            largest = Math.Max(largest, Math.Abs(value));
        if (largest == 0 || largest is > 1e-70 and < 1e70)
            return 1;
        var exponent = Math.ILogB(largest);
        foreach (ref var value in x)
            value = Math.ScaleB(value, -exponent);
        return Math.ScaleB(1, exponent);
    }
}
