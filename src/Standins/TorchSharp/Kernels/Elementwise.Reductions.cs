using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace TorchSharp.Kernels;

/// <content>Bias over rows and channels, sums, and the mean squared error.</content>
internal static partial class Elementwise
{
    /// <summary>Lengths above this are summed in pieces, the pieces in double precision, so that the rounding error does not grow with the length.</summary>
    private const int SumBlock = 2048;

    /// <summary>result[n, c, :] ← x[n, c, :] + bias[c].</summary>
    public static void AddBiasOverChannels<T>(int batch, int channels, int spatial, ReadOnlySpan<T> x, ReadOnlySpan<T> bias, Span<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < batch * channels; i++)
            TensorPrimitives.Add(x.Slice(i * spatial, spatial), bias[i % channels], result.Slice(i * spatial, spatial));
    }

    /// <summary>result[c] ← Σ_r x[r, c], the gradient of a bias over rows; added to what is there when <paramref name="accumulate"/> is set.</summary>
    public static void SumOverRows<T>(int rows, int columns, ReadOnlySpan<T> x, Span<T> result, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        result = result[..columns];
        if (!accumulate)
            result.Clear();
        for (var r = 0; r < rows; r++)
            TensorPrimitives.Add(result, x.Slice(r * columns, columns), result);
    }

    /// <summary>result[c] ← Σ_{n, s} x[n, c, s], the gradient of a bias over channels; added to what is there when <paramref name="accumulate"/> is set.</summary>
    public static void SumOverChannels<T>(int batch, int channels, int spatial, ReadOnlySpan<T> x, Span<T> result, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var c = 0; c < channels; c++)
        {
            var sum = accumulate ? double.CreateTruncating(result[c]) : 0;
            for (var n = 0; n < batch; n++)
                sum += SumInDouble(x.Slice(((n * channels) + c) * spatial, spatial));
            result[c] = T.CreateTruncating(sum);
        }
    }

    /// <summary>Σ x.</summary>
    public static T Sum<T>(ReadOnlySpan<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => x.Length <= SumBlock && Vector128.IsHardwareAccelerated ? TensorPrimitives.Sum(x) : T.CreateTruncating(SumInDouble(x));

    private static double SumInDouble<T>(ReadOnlySpan<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sum = 0.0;
        if (!Vector128.IsHardwareAccelerated)
        {
            // Without registers there are no partial sums either, which keep the error small elsewhere.
            foreach (var value in x)
                sum += double.CreateTruncating(value);
            return sum;
        }

        for (; !x.IsEmpty; x = x[Math.Min(SumBlock, x.Length)..])
            sum += double.CreateTruncating(TensorPrimitives.Sum(x[..Math.Min(SumBlock, x.Length)]));
        return sum;
    }

    /// <summary>Σ (x − y)², in double precision between pieces: the mean squared error before it is divided by the length.</summary>
    public static double SumOfSquaredDifferences<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckLengths(x.Length, y.Length, x.Length);
        var sum = 0.0;
        while (!x.IsEmpty)
        {
            var length = Math.Min(SumBlock, x.Length);
            sum += double.CreateTruncating(SquaredDifferences(x[..length], y[..length]));
            x = x[length..];
            y = y[length..];
        }

        return sum;
    }

    /// <summary>result ← scale · (x − y): with scale = 2·gradient/length, the gradient of the mean squared error by x.</summary>
    public static void ScaledDifference<T>(T scale, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckLengths(x.Length, y.Length, result.Length);
        var u = MemoryMarshal.Cast<T, Vector<T>>(x);
        var v = MemoryMarshal.Cast<T, Vector<T>>(y)[..u.Length];
        var d = MemoryMarshal.Cast<T, Vector<T>>(result)[..u.Length];
        var factor = new Vector<T>(scale);
        for (var i = 0; i < u.Length; i++)
            d[i] = factor * (u[i] - v[i]);
        for (var i = u.Length * Vector<T>.Count; i < x.Length; i++)
            result[i] = scale * (x[i] - y[i]);
    }

    private static T SquaredDifferences<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var u = MemoryMarshal.Cast<T, Vector<T>>(x);
        var v = MemoryMarshal.Cast<T, Vector<T>>(y)[..u.Length];
        Vector<T> s0 = default, s1 = default, s2 = default, s3 = default;
        var i = 0;
        for (; i + 4 <= u.Length; i += 4)
        {
            var (d0, d1, d2, d3) = (u[i] - v[i], u[i + 1] - v[i + 1], u[i + 2] - v[i + 2], u[i + 3] - v[i + 3]);
            s0 += d0 * d0;
            s1 += d1 * d1;
            s2 += d2 * d2;
            s3 += d3 * d3;
        }

        for (; i < u.Length; i++)
            s0 += (u[i] - v[i]) * (u[i] - v[i]);
        var sum = Vector.Sum(s0 + s1 + (s2 + s3));
        for (i = u.Length * Vector<T>.Count; i < x.Length; i++)
            sum += (x[i] - y[i]) * (x[i] - y[i]);
        return sum;
    }
}
