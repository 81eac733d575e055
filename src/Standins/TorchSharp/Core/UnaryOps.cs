using System.Numerics;
using System.Numerics.Tensors;
using TorchSharp.Kernels;

namespace TorchSharp;

internal readonly struct ReluOp : IUnary
{
    public static string Name => "Relu";

    public static bool SavesInput => false;

    public static bool SavesResult => true;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Elementwise.Relu(x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Elementwise.ReluBackward(g, y, gx);
}

internal readonly struct SigmoidOp : IUnary
{
    public static string Name => "Sigmoid";

    public static bool SavesInput => false;

    public static bool SavesResult => true;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Elementwise.Sigmoid(x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Elementwise.SigmoidBackward(g, y, gx);
}

internal readonly struct TanhOp : IUnary
{
    public static string Name => "Tanh";

    public static bool SavesInput => false;

    public static bool SavesResult => true;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Elementwise.Tanh(x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Elementwise.TanhBackward(g, y, gx);
}

internal readonly struct ExpOp : IUnary
{
    public static string Name => "Exp";

    public static bool SavesInput => false;

    public static bool SavesResult => true;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Exp(x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Multiply(g, y, gx);
}

internal readonly struct LogOp : IUnary
{
    public static string Name => "Log";

    public static bool SavesInput => true;

    public static bool SavesResult => false;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Log(x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Divide(g, x, gx);
}

internal readonly struct Log2Op : IUnary
{
    public static string Name => "Log2";

    public static bool SavesInput => true;

    public static bool SavesResult => false;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Log2(x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
            gx[i] = g[i] / (x[i] * T.Log(T.One + T.One));
    }
}

internal readonly struct Log10Op : IUnary
{
    public static string Name => "Log10";

    public static bool SavesInput => true;

    public static bool SavesResult => false;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Log10(x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
            gx[i] = g[i] / (x[i] * T.Log(T.CreateTruncating(10)));
    }
}

internal readonly struct Log1pOp : IUnary
{
    public static string Name => "Log1p";

    public static bool SavesInput => true;

    public static bool SavesResult => false;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < y.Length; i++)
            y[i] = T.LogP1(x[i]);
    }

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
            gx[i] = g[i] / (x[i] + T.One);
    }
}

internal readonly struct Expm1Op : IUnary
{
    public static string Name => "Expm1";

    public static bool SavesInput => false;

    public static bool SavesResult => true;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < y.Length; i++)
            y[i] = T.ExpM1(x[i]);
    }

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
            gx[i] = g[i] * (y[i] + T.One);
    }
}

internal readonly struct SqrtOp : IUnary
{
    public static string Name => "Sqrt";

    public static bool SavesInput => false;

    public static bool SavesResult => true;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Sqrt(x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Elementwise.SqrtBackward(g, y, gx);
}

internal readonly struct RsqrtOp : IUnary
{
    public static string Name => "Rsqrt";

    public static bool SavesInput => false;

    public static bool SavesResult => true;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < y.Length; i++)
            y[i] = T.One / T.Sqrt(x[i]);
    }

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
            gx[i] = g[i] * y[i] * y[i] * y[i] * T.CreateTruncating(-0.5);
    }
}

internal readonly struct AbsOp : IUnary
{
    public static string Name => "Abs";

    public static bool SavesInput => true;

    public static bool SavesResult => false;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Abs(x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
            gx[i] = x[i] > T.Zero ? g[i] : x[i] < T.Zero ? -g[i] : T.Zero;
    }
}

internal readonly struct NegOp : IUnary
{
    public static string Name => "Neg";

    public static bool SavesInput => false;

    public static bool SavesResult => false;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Negate(x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Negate(g, gx);
}

internal readonly struct ReciprocalOp : IUnary
{
    public static string Name => "Reciprocal";

    public static bool SavesInput => false;

    public static bool SavesResult => true;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Divide(T.One, x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
            gx[i] = -g[i] * y[i] * y[i];
    }
}

internal readonly struct SquareOp : IUnary
{
    public static string Name => "Pow";

    public static bool SavesInput => true;

    public static bool SavesResult => false;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Multiply(x, x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
            gx[i] = g[i] * (x[i] + x[i]);
    }
}

internal readonly struct SinOp : IUnary
{
    public static string Name => "Sin";

    public static bool SavesInput => true;

    public static bool SavesResult => false;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Sin(x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
            gx[i] = g[i] * T.Cos(x[i]);
    }
}

internal readonly struct CosOp : IUnary
{
    public static string Name => "Cos";

    public static bool SavesInput => true;

    public static bool SavesResult => false;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Cos(x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
            gx[i] = -g[i] * T.Sin(x[i]);
    }
}

internal readonly struct AcosOp : IUnary
{
    public static string Name => "Acos";

    public static bool SavesInput => true;

    public static bool SavesResult => false;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < y.Length; i++)
            y[i] = T.Acos(x[i]);
    }

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
            gx[i] = -g[i] / T.Sqrt(T.One - (x[i] * x[i]));
    }
}

internal readonly struct AsinOp : IUnary
{
    public static string Name => "Asin";

    public static bool SavesInput => true;

    public static bool SavesResult => false;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < y.Length; i++)
            y[i] = T.Asin(x[i]);
    }

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
            gx[i] = g[i] / T.Sqrt(T.One - (x[i] * x[i]));
    }
}

internal readonly struct AtanOp : IUnary
{
    public static string Name => "Atan";

    public static bool SavesInput => true;

    public static bool SavesResult => false;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < y.Length; i++)
            y[i] = T.Atan(x[i]);
    }

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
            gx[i] = g[i] / (T.One + (x[i] * x[i]));
    }
}

internal readonly struct SignOp : IUnary
{
    public static string Name => "Sign";

    public static bool SavesInput => false;

    public static bool SavesResult => false;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < y.Length; i++)
            y[i] = T.IsNaN(x[i]) ? T.Zero : T.CreateTruncating(T.Sign(x[i]));
    }

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => gx.Clear();
}

internal readonly struct FloorOp : IUnary
{
    public static string Name => "Floor";

    public static bool SavesInput => false;

    public static bool SavesResult => false;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Floor(x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => gx.Clear();
}

internal readonly struct CeilOp : IUnary
{
    public static string Name => "Ceil";

    public static bool SavesInput => false;

    public static bool SavesResult => false;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Ceiling(x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => gx.Clear();
}

internal readonly struct RoundOp : IUnary
{
    public static string Name => "Round";

    public static bool SavesInput => false;

    public static bool SavesResult => false;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Round(x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => gx.Clear();
}

internal readonly struct ErfOp : IUnary
{
    public static string Name => "Erf";

    public static bool SavesInput => true;

    public static bool SavesResult => false;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < y.Length; i++)
            y[i] = T.CreateTruncating(SpecialFunctions.Erf(double.CreateTruncating(x[i])));
    }

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
            gx[i] = g[i] * T.CreateTruncating(2 / Math.Sqrt(Math.PI)) * T.Exp(-x[i] * x[i]);
    }
}

/// <summary>x·Φ(x), with the distribution function itself, not its tanh approximation.</summary>
internal readonly struct GeluOp : IUnary
{
    public static string Name => "Gelu";

    public static bool SavesInput => true;

    public static bool SavesResult => false;

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

internal readonly struct SiluOp : IUnary
{
    public static string Name => "Silu";

    public static bool SavesInput => true;

    public static bool SavesResult => false;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < y.Length; i++)
            y[i] = x[i] / (T.One + T.Exp(-x[i]));
    }

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
        {
            var s = T.One / (T.One + T.Exp(-x[i]));
            gx[i] = g[i] * s * (T.One + (x[i] * (T.One - s)));
        }
    }
}

internal readonly struct LeakyReluOp(double slope) : IUnary
{
    public static string Name => "LeakyRelu";

    public static bool SavesInput => true;

    public static bool SavesResult => false;

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

internal readonly struct EluOp(double alpha) : IUnary
{
    public static string Name => "Elu";

    public static bool SavesInput => true;

    public static bool SavesResult => false;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < y.Length; i++)
            y[i] = x[i] > T.Zero ? x[i] : T.CreateTruncating(alpha) * T.ExpM1(x[i]);
    }

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
            gx[i] = x[i] > T.Zero ? g[i] : g[i] * T.CreateTruncating(alpha) * T.Exp(x[i]);
    }
}

/// <summary>log(1 + exp(βx)) / β, and x itself beyond the threshold.</summary>
internal readonly struct SoftplusOp(double beta, double threshold) : IUnary
{
    public static string Name => "Softplus";

    public static bool SavesInput => true;

    public static bool SavesResult => false;

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

    public static bool SavesResult => false;

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

    public static bool SavesResult => false;

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
