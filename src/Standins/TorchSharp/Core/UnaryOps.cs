using System.Numerics;
using System.Numerics.Tensors;
using TorchSharp.Kernels;

namespace TorchSharp;

internal readonly struct ReluOp : IUnary
{
    public static string Name => "Relu";

    public static bool SavesResult => true;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Elementwise.Relu(x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Elementwise.ReluBackward(g, y, gx);
}

internal readonly struct SigmoidOp : IUnary
{
    public static string Name => "Sigmoid";

    public static bool SavesResult => true;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Elementwise.Sigmoid(x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Elementwise.SigmoidBackward(g, y, gx);
}

internal readonly struct TanhOp : IUnary
{
    public static string Name => "Tanh";

    public static bool SavesResult => true;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Elementwise.Tanh(x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Elementwise.TanhBackward(g, y, gx);
}

internal readonly struct ExpOp : IUnary
{
    public static string Name => "Exp";

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

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Log(x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Divide(g, x, gx);
}

internal readonly struct Log1pOp : IUnary
{
    public static string Name => "Log1p";

    public static bool SavesInput => true;

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

internal readonly struct SqrtOp : IUnary
{
    public static string Name => "Sqrt";

    public static bool SavesResult => true;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Sqrt(x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Elementwise.SqrtBackward(g, y, gx);
}

/// <summary>The root of a variance: where that is 0 its gradient is 0, not infinite.</summary>
internal readonly struct DeviationOp : IUnary
{
    public static string Name => "Std";

    public static bool SavesResult => true;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Sqrt(x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
            gx[i] = y[i] == T.Zero ? T.Zero : g[i] / (y[i] + y[i]);
    }
}

internal readonly struct RsqrtOp : IUnary
{
    public static string Name => "Rsqrt";

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

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Negate(x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Negate(g, gx);
}

internal readonly struct SquareOp : IUnary
{
    public static string Name => "Pow";

    public static bool SavesInput => true;

    public void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Multiply(x, x, y);

    public void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < gx.Length; i++)
            gx[i] = g[i] * (x[i] + x[i]);
    }
}
