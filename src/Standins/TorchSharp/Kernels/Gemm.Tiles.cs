using System.Numerics;
using System.Runtime.CompilerServices;

namespace TorchSharp.Kernels;

/// <content>How tiles are written to C, and the numbers of rows they may have.</content>
internal static unsafe partial class Gemm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store1<T, TVector, TSimd>(in Tile<T> tile, T* c, T* d, TVector x0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        if (tile.Scales)
            x0 = TSimd.Multiply(TSimd.Broadcast(tile.Alpha), x0);
        if (tile.Adds)
        {
            var beta = TSimd.Broadcast(tile.Beta);
            x0 = TSimd.MultiplyAdd(beta, TSimd.Load(d), x0);
        }

        TSimd.Store(x0, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store2<T, TVector, TSimd>(in Tile<T> tile, T* c, T* d, TVector x0, TVector x1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        if (tile.Scales)
        {
            var alpha = TSimd.Broadcast(tile.Alpha);
            x0 = TSimd.Multiply(alpha, x0);
            x1 = TSimd.Multiply(alpha, x1);
        }

        if (tile.Adds)
        {
            var beta = TSimd.Broadcast(tile.Beta);
            x0 = TSimd.MultiplyAdd(beta, TSimd.Load(d), x0);
            x1 = TSimd.MultiplyAdd(beta, TSimd.Load(d + TSimd.Count), x1);
        }

        TSimd.Store(x0, c);
        TSimd.Store(x1, c + TSimd.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store4<T, TVector, TSimd>(in Tile<T> tile, T* c, T* d, TVector x0, TVector x1, TVector x2, TVector x3)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        if (tile.Scales)
        {
            var alpha = TSimd.Broadcast(tile.Alpha);
            x0 = TSimd.Multiply(alpha, x0);
            x1 = TSimd.Multiply(alpha, x1);
            x2 = TSimd.Multiply(alpha, x2);
            x3 = TSimd.Multiply(alpha, x3);
        }

        if (tile.Adds)
        {
            var beta = TSimd.Broadcast(tile.Beta);
            x0 = TSimd.MultiplyAdd(beta, TSimd.Load(d), x0);
            x1 = TSimd.MultiplyAdd(beta, TSimd.Load(d + TSimd.Count), x1);
            x2 = TSimd.MultiplyAdd(beta, TSimd.Load(d + (2 * TSimd.Count)), x2);
            x3 = TSimd.MultiplyAdd(beta, TSimd.Load(d + (3 * TSimd.Count)), x3);
        }

        TSimd.Store(x0, c);
        TSimd.Store(x1, c + TSimd.Count);
        TSimd.Store(x2, c + (2 * TSimd.Count));
        TSimd.Store(x3, c + (3 * TSimd.Count));
    }
}
