using System.Numerics;
using System.Runtime.CompilerServices;

namespace TorchSharp.Kernels;

/// <content>The innermost loop of few rows and many registers.</content>
internal static unsafe partial class Gemm
{
    /// <summary>Up to six rows of four registers each, for products of few rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Kernel4<T, TVector, TSimd, TRows>(in Tile<T> tile, T* a, T* b, T* c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
        where TRows : struct, IRows
    {
        var row = tile.RowOfA;
        var step = tile.StepOfA;
        var stepB = tile.StepOfB;
        var rowOfD = tile.Bias == null ? tile.RowOfC : 0;
        for (var count = tile.Count; count > 0; count--)
        {
            TVector c00 = default, c10 = default, c20 = default, c30 = default, c40 = default, c50 = default;
            TVector c01 = default, c11 = default, c21 = default, c31 = default, c41 = default, c51 = default;
            TVector c02 = default, c12 = default, c22 = default, c32 = default, c42 = default, c52 = default;
            TVector c03 = default, c13 = default, c23 = default, c33 = default, c43 = default, c53 = default;
            var top = a;
            var left = b;
            var a3 = TRows.Count > 3 ? (T*)((byte*)top + (3 * row)) : null;
            for (var p = tile.Depth; p > 0; p--)
            {
                var b0 = TSimd.Load(left);
                var b1 = TSimd.Load(left + TSimd.Count);
                var b2 = TSimd.Load(left + (2 * TSimd.Count));
                var b3 = TSimd.Load(left + (3 * TSimd.Count));
                var x = TSimd.Broadcast(*top);
                c00 = TSimd.MultiplyAdd(x, b0, c00);
                c01 = TSimd.MultiplyAdd(x, b1, c01);
                c02 = TSimd.MultiplyAdd(x, b2, c02);
                c03 = TSimd.MultiplyAdd(x, b3, c03);
                if (TRows.Count > 1)
                {
                    x = TSimd.Broadcast(*(T*)((byte*)top + row));
                    c10 = TSimd.MultiplyAdd(x, b0, c10);
                    c11 = TSimd.MultiplyAdd(x, b1, c11);
                    c12 = TSimd.MultiplyAdd(x, b2, c12);
                    c13 = TSimd.MultiplyAdd(x, b3, c13);
                }

                if (TRows.Count > 2)
                {
                    x = TSimd.Broadcast(*(T*)((byte*)top + (2 * row)));
                    c20 = TSimd.MultiplyAdd(x, b0, c20);
                    c21 = TSimd.MultiplyAdd(x, b1, c21);
                    c22 = TSimd.MultiplyAdd(x, b2, c22);
                    c23 = TSimd.MultiplyAdd(x, b3, c23);
                }

                if (TRows.Count > 3)
                {
                    x = TSimd.Broadcast(*a3);
                    c30 = TSimd.MultiplyAdd(x, b0, c30);
                    c31 = TSimd.MultiplyAdd(x, b1, c31);
                    c32 = TSimd.MultiplyAdd(x, b2, c32);
                    c33 = TSimd.MultiplyAdd(x, b3, c33);
                }

                if (TRows.Count > 4)
                {
                    x = TSimd.Broadcast(*(T*)((byte*)a3 + row));
                    c40 = TSimd.MultiplyAdd(x, b0, c40);
                    c41 = TSimd.MultiplyAdd(x, b1, c41);
                    c42 = TSimd.MultiplyAdd(x, b2, c42);
                    c43 = TSimd.MultiplyAdd(x, b3, c43);
                }

                if (TRows.Count > 5)
                {
                    x = TSimd.Broadcast(*(T*)((byte*)a3 + (2 * row)));
                    c50 = TSimd.MultiplyAdd(x, b0, c50);
                    c51 = TSimd.MultiplyAdd(x, b1, c51);
                    c52 = TSimd.MultiplyAdd(x, b2, c52);
                    c53 = TSimd.MultiplyAdd(x, b3, c53);
                }

                top = (T*)((byte*)top + step);
                a3 = TRows.Count > 3 ? (T*)((byte*)a3 + step) : null;
                left = (T*)((byte*)left + stepB);
            }

            var d = tile.Bias == null ? c : tile.Bias;
            Store4<T, TVector, TSimd>(tile, c, d, c00, c01, c02, c03);
            if (TRows.Count > 1)
                Store4<T, TVector, TSimd>(tile, c + (1 * tile.RowOfC), d + (1 * rowOfD), c10, c11, c12, c13);
            if (TRows.Count > 2)
                Store4<T, TVector, TSimd>(tile, c + (2 * tile.RowOfC), d + (2 * rowOfD), c20, c21, c22, c23);
            if (TRows.Count > 3)
                Store4<T, TVector, TSimd>(tile, c + (3 * tile.RowOfC), d + (3 * rowOfD), c30, c31, c32, c33);
            if (TRows.Count > 4)
                Store4<T, TVector, TSimd>(tile, c + (4 * tile.RowOfC), d + (4 * rowOfD), c40, c41, c42, c43);
            if (TRows.Count > 5)
                Store4<T, TVector, TSimd>(tile, c + (5 * tile.RowOfC), d + (5 * rowOfD), c50, c51, c52, c53);
            a = (T*)((byte*)a + tile.NextA);
            c += tile.NextC;
        }
    }
}
