using System.Numerics;
using System.Runtime.CompilerServices;

namespace TorchSharp.Kernels;

/// <content>op(A) by rows and op(B) by columns both run along the depth: C is a table of dot products, and nothing is packed.</content>
internal static unsafe partial class Gemm
{
    private const int DotColumns = 4;
    private const int DotRows = 3;

    private static bool PrefersDots<T, TVector, TSimd>(in Product<T> product)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
        => product is { TransB: true, TransA: false } && product.K >= 16 * TSimd.Count && (long)product.M * product.N <= 4096;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyByDots<T, TVector, TSimd>(in Product<T> product)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        for (var i = 0; i < product.M; i += DotRows)
        {
            var rows = Math.Min(DotRows, product.M - i);
            for (var j = 0; j < product.N; j += DotColumns)
                DotTile<T, TVector, TSimd>(product, i, rows, j, Math.Min(DotColumns, product.N - j));
        }
    }

    /// <summary>Three rows by four columns; where there are fewer, the last one is taken again and its result dropped.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DotTile<T, TVector, TSimd>(in Product<T> product, int row, int rows, int column, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        var a0 = product.A + (row * product.RowOfA);
        var a1 = rows > 1 ? a0 + product.RowOfA : a0;
        var a2 = rows > 2 ? a1 + product.RowOfA : a1;
        var b0 = product.B + (column * product.Ldb);
        var b1 = columns > 1 ? b0 + product.Ldb : b0;
        var b2 = columns > 2 ? b1 + product.Ldb : b1;
        var b3 = columns > 3 ? b2 + product.Ldb : b2;
        TVector c00 = default, c01 = default, c02 = default, c03 = default;
        TVector c10 = default, c11 = default, c12 = default, c13 = default;
        TVector c20 = default, c21 = default, c22 = default, c23 = default;
        nint p = 0;
        for (var end = (nint)(product.K - TSimd.Count); p <= end; p += TSimd.Count)
        {
            var x0 = TSimd.Load(a0 + p);
            var x1 = TSimd.Load(a1 + p);
            var x2 = TSimd.Load(a2 + p);
            var y = TSimd.Load(b0 + p);
            c00 = TSimd.MultiplyAdd(x0, y, c00);
            c10 = TSimd.MultiplyAdd(x1, y, c10);
            c20 = TSimd.MultiplyAdd(x2, y, c20);
            y = TSimd.Load(b1 + p);
            c01 = TSimd.MultiplyAdd(x0, y, c01);
            c11 = TSimd.MultiplyAdd(x1, y, c11);
            c21 = TSimd.MultiplyAdd(x2, y, c21);
            y = TSimd.Load(b2 + p);
            c02 = TSimd.MultiplyAdd(x0, y, c02);
            c12 = TSimd.MultiplyAdd(x1, y, c12);
            c22 = TSimd.MultiplyAdd(x2, y, c22);
            y = TSimd.Load(b3 + p);
            c03 = TSimd.MultiplyAdd(x0, y, c03);
            c13 = TSimd.MultiplyAdd(x1, y, c13);
            c23 = TSimd.MultiplyAdd(x2, y, c23);
        }

        var rest = product.K - (int)p;
        if (rest > 0)
        {
            // The last registers end where the rows end; what they repeat is blanked in both factors, so that an infinity there makes no NaN.
            p = product.K - TSimd.Count;
            var mask = TSimd.LastMask(rest);
            var x0 = TSimd.And(TSimd.Load(a0 + p), mask);
            var x1 = TSimd.And(TSimd.Load(a1 + p), mask);
            var x2 = TSimd.And(TSimd.Load(a2 + p), mask);
            var y = TSimd.And(TSimd.Load(b0 + p), mask);
            c00 = TSimd.MultiplyAdd(x0, y, c00);
            c10 = TSimd.MultiplyAdd(x1, y, c10);
            c20 = TSimd.MultiplyAdd(x2, y, c20);
            y = TSimd.And(TSimd.Load(b1 + p), mask);
            c01 = TSimd.MultiplyAdd(x0, y, c01);
            c11 = TSimd.MultiplyAdd(x1, y, c11);
            c21 = TSimd.MultiplyAdd(x2, y, c21);
            y = TSimd.And(TSimd.Load(b2 + p), mask);
            c02 = TSimd.MultiplyAdd(x0, y, c02);
            c12 = TSimd.MultiplyAdd(x1, y, c12);
            c22 = TSimd.MultiplyAdd(x2, y, c22);
            y = TSimd.And(TSimd.Load(b3 + p), mask);
            c03 = TSimd.MultiplyAdd(x0, y, c03);
            c13 = TSimd.MultiplyAdd(x1, y, c13);
            c23 = TSimd.MultiplyAdd(x2, y, c23);
        }

        var sums = stackalloc T[DotRows * DotColumns];
        TSimd.StoreSums(c00, c01, c02, c03, sums);
        TSimd.StoreSums(c10, c11, c12, c13, sums + DotColumns);
        TSimd.StoreSums(c20, c21, c22, c23, sums + (2 * DotColumns));
        for (var i = 0; i < rows; i++)
        {
            var c = product.C + ((row + i) * product.Ldc) + column;
            var d = product.Bias == null ? c : product.Bias + column;
            for (var j = 0; j < columns; j++)
            {
                var x = product.Alpha * sums[(i * DotColumns) + j];
                c[j] = product.Beta == T.Zero ? x : T.FusedMultiplyAdd(product.Beta, d[j], x);
            }
        }
    }
}
