using System.Numerics;
using System.Numerics.Tensors;

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
