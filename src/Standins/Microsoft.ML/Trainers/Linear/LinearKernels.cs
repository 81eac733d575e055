using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Trainers;

/// <summary>
/// Products of rows with one vector, four rows at a time, so that the vector is read once for the four; and vector arithmetic in double precision.
/// Compiled fully on first use: training on a thousand rows is over before the runtime would get to it.
/// </summary>
internal static class LinearKernels
{
    /// <summary>Sets each score to the bias plus the row's product with the weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scores(ReadOnlySpan<float> rows, ReadOnlySpan<float> weights, float bias, Span<float> scores)
    {
        int d = weights.Length, row = 0;
        for (; row <= scores.Length - 4; row += 4)
        {
            ReadOnlySpan<float> r0 = rows.Slice(row * d, d), r1 = rows.Slice((row + 1) * d, d), r2 = rows.Slice((row + 2) * d, d), r3 = rows.Slice((row + 3) * d, d);
            var w = MemoryMarshal.Cast<float, Vector<float>>(weights);
            ReadOnlySpan<Vector<float>> v0 = Vectors(r0), v1 = Vectors(r1)[..w.Length], v2 = Vectors(r2)[..w.Length], v3 = Vectors(r3)[..w.Length];
            Vector<float> s0 = default, s1 = default, s2 = default, s3 = default;
            for (int i = 0; i < v0.Length && i < w.Length; i++)
            {
                var x = w[i];
                s0 = Vector.FusedMultiplyAdd(v0[i], x, s0);
                s1 = Vector.FusedMultiplyAdd(v1[i], x, s1);
                s2 = Vector.FusedMultiplyAdd(v2[i], x, s2);
                s3 = Vector.FusedMultiplyAdd(v3[i], x, s3);
            }
            float t0 = Vector.Sum(s0), t1 = Vector.Sum(s1), t2 = Vector.Sum(s2), t3 = Vector.Sum(s3);
            for (int i = w.Length * Vector<float>.Count; i < d; i++)
            {
                float x = weights[i];
                t0 += r0[i] * x;
                t1 += r1[i] * x;
                t2 += r2[i] * x;
                t3 += r3[i] * x;
            }
            (scores[row], scores[row + 1], scores[row + 2], scores[row + 3]) = (bias + t0, bias + t1, bias + t2, bias + t3);
        }
        for (; row < scores.Length; row++)
        {
            var values = rows.Slice(row * d, d);
            Vector<float> sum = default;
            int i = 0;
            for (; i <= d - Vector<float>.Count; i += Vector<float>.Count)
                sum = Vector.FusedMultiplyAdd(new Vector<float>(values[i..]), new Vector<float>(weights[i..]), sum);
            float total = Vector.Sum(sum);
            for (; i < d; i++)
                total += values[i] * weights[i];
            scores[row] = bias + total;
        }
    }

    /// <summary>Adds each row times its factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddRows(ReadOnlySpan<float> rows, ReadOnlySpan<float> factors, Span<float> sum)
    {
        int d = sum.Length, row = 0;
        for (; row <= factors.Length - 4; row += 4)
        {
            ReadOnlySpan<float> r0 = rows.Slice(row * d, d), r1 = rows.Slice((row + 1) * d, d), r2 = rows.Slice((row + 2) * d, d), r3 = rows.Slice((row + 3) * d, d);
            float f0 = factors[row], f1 = factors[row + 1], f2 = factors[row + 2], f3 = factors[row + 3];
            Vector<float> m0 = new(f0), m1 = new(f1), m2 = new(f2), m3 = new(f3);
            var to = MemoryMarshal.Cast<float, Vector<float>>(sum);
            ReadOnlySpan<Vector<float>> v0 = Vectors(r0), v1 = Vectors(r1)[..to.Length], v2 = Vectors(r2)[..to.Length], v3 = Vectors(r3)[..to.Length];
            for (int i = 0; i < v0.Length && i < to.Length; i++)
            {
                var pair = Vector.FusedMultiplyAdd(v0[i], m0, to[i]);
                var other = Vector.FusedMultiplyAdd(v2[i], m2, v3[i] * m3);
                to[i] = Vector.FusedMultiplyAdd(v1[i], m1, pair) + other;
            }
            for (int i = to.Length * Vector<float>.Count; i < d; i++)
                sum[i] += (r0[i] * f0) + (r1[i] * f1) + (r2[i] * f2) + (r3[i] * f3);
        }
        for (; row < factors.Length; row++)
        {
            var values = rows.Slice(row * d, d);
            var factor = new Vector<float>(factors[row]);
            int i = 0;
            for (; i <= d - Vector<float>.Count; i += Vector<float>.Count)
                Vector.FusedMultiplyAdd(new Vector<float>(values[i..]), factor, new Vector<float>(sum[i..])).CopyTo(sum[i..]);
            for (; i < d; i++)
                sum[i] += values[i] * factors[row];
        }
    }

    /// <summary>Adds numbers in single precision to sums in double precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddTo(Span<double> sums, ReadOnlySpan<float> values)
    {
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(values[i..]), out var low, out var high);
            (new Vector<double>(sums[i..]) + low).CopyTo(sums[i..]);
            (new Vector<double>(sums[(i + Vector<double>.Count)..]) + high).CopyTo(sums[(i + Vector<double>.Count)..]);
        }
        for (; i < values.Length; i++)
            sums[i] += values[i];
    }

    /// <summary>The product of two vectors, which may be one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        Vector<double> first = default, second = default;
        int i = 0, lanes = Vector<double>.Count;
        for (; i <= a.Length - (2 * lanes); i += 2 * lanes)
        {
            first = Vector.FusedMultiplyAdd(new Vector<double>(a[i..]), new Vector<double>(b[i..]), first);
            second = Vector.FusedMultiplyAdd(new Vector<double>(a[(i + lanes)..]), new Vector<double>(b[(i + lanes)..]), second);
        }
        double sum = Vector.Sum(first + second);
        for (; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    /// <summary>Sets <paramref name="result"/> to <paramref name="a"/> + <paramref name="factor"/>·<paramref name="b"/>; it may be one of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(ReadOnlySpan<double> a, double factor, ReadOnlySpan<double> b, Span<double> result)
    {
        var factors = new Vector<double>(factor);
        int i = 0, lanes = Vector<double>.Count;
        for (; i <= a.Length - lanes; i += lanes)
            Vector.FusedMultiplyAdd(new Vector<double>(b[i..]), factors, new Vector<double>(a[i..])).CopyTo(result[i..]);
        for (; i < a.Length; i++)
            result[i] = a[i] + (factor * b[i]);
    }

    /// <summary>Moves each number towards zero by the threshold, and not past it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Shrink(ReadOnlySpan<double> values, double threshold, Span<double> result)
    {
        Vector<double> most = new(threshold), least = new(-threshold);
        int i = 0, lanes = Vector<double>.Count;
        for (; i <= values.Length - lanes; i += lanes)
        {
            var value = new Vector<double>(values[i..]);
            (value - Vector.Min(Vector.Max(value, least), most)).CopyTo(result[i..]);
        }
        for (; i < values.Length; i++)
            result[i] = values[i] - Math.Clamp(values[i], -threshold, threshold);
    }

    private static ReadOnlySpan<Vector<float>> Vectors(ReadOnlySpan<float> values) => MemoryMarshal.Cast<float, Vector<float>>(values);
}
