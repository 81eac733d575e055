using System.Numerics;
using System.Numerics.Tensors;

namespace TorchSharp;

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
