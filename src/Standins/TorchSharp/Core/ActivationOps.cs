using System.Numerics;

namespace TorchSharp;

/// <summary>x·Φ(x), with the distribution function itself, not its tanh approximation.</summary>
internal readonly struct GeluOp : IUnary
{
    public static string Name => "Gelu";

    public static bool SavesInput => true;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < y.Length; i++)
            y[i] = x[i] * T.CreateTruncating(SpecialFunctions.NormalCdf(double.CreateTruncating(x[i])));
    }

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
        {
            var at = double.CreateTruncating(x[i]);
            var density = Math.Exp(-0.5 * at * at) / Math.Sqrt(2 * Math.PI);
            gx[i] = g[i] * T.CreateTruncating(SpecialFunctions.NormalCdf(at) + (at * density));
        }
    }
}

internal readonly struct LeakyReluOp(double slope) : IUnary
{
    public static string Name => "LeakyRelu";

    public static bool SavesInput => true;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < y.Length; i++)
            y[i] = x[i] > T.Zero ? x[i] : x[i] * T.CreateTruncating(slope);
    }

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
            gx[i] = x[i] > T.Zero ? g[i] : g[i] * T.CreateTruncating(slope);
    }
}

/// <summary>log(1 + exp(βx)) / β, and x itself beyond the threshold.</summary>
internal readonly struct SoftplusOp(double beta, double threshold) : IUnary
{
    public static string Name => "Softplus";

    public static bool SavesInput => true;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < y.Length; i++)
            y[i] = x[i] * T.CreateTruncating(beta) > T.CreateTruncating(threshold) ? x[i] : T.LogP1(T.Exp(x[i] * T.CreateTruncating(beta))) / T.CreateTruncating(beta);
    }

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
            gx[i] = x[i] * T.CreateTruncating(beta) > T.CreateTruncating(threshold) ? g[i] : g[i] / (T.One + T.Exp(-x[i] * T.CreateTruncating(beta)));
    }
}

internal readonly struct LogSigmoidOp : IUnary
{
    public static string Name => "LogSigmoid";

    public static bool SavesInput => true;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < y.Length; i++)
            y[i] = T.Min(x[i], T.Zero) - T.LogP1(T.Exp(-T.Abs(x[i])));
    }

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
            gx[i] = g[i] / (T.One + T.Exp(x[i]));
    }
}

internal readonly struct ClampOp(double min, double max) : IUnary
{
    public static string Name => "Clamp";

    public static bool SavesInput => true;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < y.Length; i++)
            y[i] = x[i] < T.CreateSaturating(min) ? T.CreateSaturating(min) : x[i] > T.CreateSaturating(max) ? T.CreateSaturating(max) : x[i];
    }

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
            gx[i] = x[i] >= T.CreateSaturating(min) && x[i] <= T.CreateSaturating(max) ? g[i] : T.Zero;
    }
}

/// <summary>Functions that the base library lacks.</summary>
internal static class SpecialFunctions
{
    internal static double NormalCdf(double x) => 0.5 * (1 + Erf(x / Math.Sqrt(2)));

    /// <summary>
    /// The error function: its Taylor series about 0 near it (Abramowitz and Stegun 7.1.5), the continued fraction of the complement
    /// farther out (7.1.14). Relative error below 1e-14.
    /// </summary>
    internal static double Erf(double x)
    {
        var z = Math.Abs(x);
        if (z > 6 || double.IsNaN(x))
            return double.IsNaN(x) ? x : Math.Sign(x);
        if (z < 2.5)
        {
            double term = z, sum = z;
            for (var n = 1; n < 80 && Math.Abs(term) > 1e-17 * sum; n++)
            {
                term *= -z * z / n;
                sum += term / ((2 * n) + 1);
            }
            return Math.CopySign(2 / Math.Sqrt(Math.PI) * sum, x);
        }
        var fraction = z;
        for (var n = 60; n >= 1; n--)
            fraction = z + (n / 2.0 / fraction);
        return Math.CopySign(1 - (Math.Exp(-z * z) / (Math.Sqrt(Math.PI) * fraction)), x);
    }
}
