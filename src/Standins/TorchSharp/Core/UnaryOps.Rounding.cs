using System.Numerics;
using System.Numerics.Tensors;
using TorchSharp.Kernels;

namespace TorchSharp;

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
