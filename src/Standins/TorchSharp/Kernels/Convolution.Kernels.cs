using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace TorchSharp.Kernels;

/// <content>The innermost loops. A dozen registers hold a block of results while the taps go by.</content>
internal static unsafe partial class Convolution
{
    /// <summary>
    /// results[r, places[v]] ← bias[r] + Σ_k weights[r, k] · planes[positions[v] + offsets[k]], v over registers, whose number is a multiple of eight.
    /// </summary>
    private static void Correlate<T>(
        int vectors, int rows, int depth, ReadOnlySpan<T> weights, ReadOnlySpan<T> bias, ReadOnlySpan<T> planes, ReadOnlySpan<int> offsets,
        ReadOnlySpan<int> positions, ReadOnlySpan<int> places, Span<T> results, int resultLength)
        where T : unmanaged
    {
        fixed (T* w = weights, b = bias, p = planes, r = results)
        fixed (int* o = offsets, q = positions, t = places)
        {
            var correlation = new Correlation<T> { Planes = p, Offsets = o, Positions = q, Places = t, Vectors = vectors, Depth = depth, RowOfResults = resultLength };
            if (Vector256.IsHardwareAccelerated)
                CorrelateRows<T, Vector256<T>, Simd256<T>>(correlation, rows, w, b, r);
            else
                CorrelateRows<T, Vector128<T>, Simd128<T>>(correlation, rows, w, b, r);
        }
    }

    private static void CorrelateRows<T, TVector, TSimd>(in Correlation<T> correlation, int rows, T* weights, T* bias, T* results)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        var tiles = (rows + 5) / 6;
        var (height, taller) = (rows / tiles, rows % tiles);
        for (var i = 0; i < tiles; i++)
        {
            var count = height + (i < taller ? 1 : 0);
            switch (count)
            {
                case 1:
                    Correlate1<T, TVector, TSimd>(correlation, weights, bias, results);
                    break;
                case 2:
                    Correlate4<T, TVector, TSimd, Rows2>(correlation, weights, bias, results);
                    break;
                case 3:
                    Correlate4<T, TVector, TSimd, Rows3>(correlation, weights, bias, results);
                    break;
                case 4:
                    Correlate2<T, TVector, TSimd, Rows4>(correlation, weights, bias, results);
                    break;
                case 5:
                    Correlate2<T, TVector, TSimd, Rows5>(correlation, weights, bias, results);
                    break;
                default:
                    Correlate2<T, TVector, TSimd, Rows6>(correlation, weights, bias, results);
                    break;
            }

            weights += count * correlation.Depth;
            bias += count;
            results += count * correlation.RowOfResults;
        }
    }

    /// <summary>One row of eight registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Correlate1<T, TVector, TSimd>(in Correlation<T> c, T* weights, T* bias, T* results)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        var planes = c.Planes;
        var offsets = c.Offsets;
        var depth = c.Depth;
        for (var v = 0; v < c.Vectors; v += 8)
        {
            var q = c.Positions + v;
            var p0 = planes + q[0];
            var p1 = planes + q[1];
            var p2 = planes + q[2];
            var p3 = planes + q[3];
            var p4 = planes + q[4];
            var p5 = planes + q[5];
            var p6 = planes + q[6];
            var p7 = planes + q[7];
            var c00 = TSimd.Broadcast(bias[0]);
            TVector c01 = c00, c02 = c00, c03 = c00, c04 = c00, c05 = c00, c06 = c00, c07 = c00;
            var a = weights;
            for (var k = 0; k < depth; k++)
            {
                nint offset = offsets[k];
                var x = TSimd.Broadcast(*a);
                c00 = TSimd.MultiplyAdd(x, TSimd.Load(p0 + offset), c00);
                c01 = TSimd.MultiplyAdd(x, TSimd.Load(p1 + offset), c01);
                c02 = TSimd.MultiplyAdd(x, TSimd.Load(p2 + offset), c02);
                c03 = TSimd.MultiplyAdd(x, TSimd.Load(p3 + offset), c03);
                c04 = TSimd.MultiplyAdd(x, TSimd.Load(p4 + offset), c04);
                c05 = TSimd.MultiplyAdd(x, TSimd.Load(p5 + offset), c05);
                c06 = TSimd.MultiplyAdd(x, TSimd.Load(p6 + offset), c06);
                c07 = TSimd.MultiplyAdd(x, TSimd.Load(p7 + offset), c07);
                a++;
            }

            var t = c.Places + v;
            TSimd.Store(c00, results + t[0]);
            TSimd.Store(c01, results + t[1]);
            TSimd.Store(c02, results + t[2]);
            TSimd.Store(c03, results + t[3]);
            TSimd.Store(c04, results + t[4]);
            TSimd.Store(c05, results + t[5]);
            TSimd.Store(c06, results + t[6]);
            TSimd.Store(c07, results + t[7]);
        }
    }

    /// <summary>Two or three rows of four registers each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Correlate4<T, TVector, TSimd, TRows>(in Correlation<T> c, T* weights, T* bias, T* results)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
        where TRows : struct, IRows
    {
        var planes = c.Planes;
        var offsets = c.Offsets;
        var depth = c.Depth;
        for (var v = 0; v < c.Vectors; v += 4)
        {
            var q = c.Positions + v;
            var p0 = planes + q[0];
            var p1 = planes + q[1];
            var p2 = planes + q[2];
            var p3 = planes + q[3];
            var c00 = TSimd.Broadcast(bias[0]);
            TVector c01 = c00, c02 = c00, c03 = c00;
            var c10 = TRows.Count > 1 ? TSimd.Broadcast(bias[1]) : default;
            TVector c11 = c10, c12 = c10, c13 = c10;
            var c20 = TRows.Count > 2 ? TSimd.Broadcast(bias[2]) : default;
            TVector c21 = c20, c22 = c20, c23 = c20;
            var a = weights;
            for (var k = 0; k < depth; k++)
            {
                nint offset = offsets[k];
                var b0 = TSimd.Load(p0 + offset);
                var b1 = TSimd.Load(p1 + offset);
                var b2 = TSimd.Load(p2 + offset);
                var b3 = TSimd.Load(p3 + offset);
                var x = TSimd.Broadcast(*a);
                c00 = TSimd.MultiplyAdd(x, b0, c00);
                c01 = TSimd.MultiplyAdd(x, b1, c01);
                c02 = TSimd.MultiplyAdd(x, b2, c02);
                c03 = TSimd.MultiplyAdd(x, b3, c03);
                x = TSimd.Broadcast(a[(nint)depth]);
                c10 = TSimd.MultiplyAdd(x, b0, c10);
                c11 = TSimd.MultiplyAdd(x, b1, c11);
                c12 = TSimd.MultiplyAdd(x, b2, c12);
                c13 = TSimd.MultiplyAdd(x, b3, c13);
                if (TRows.Count > 2)
                {
                    x = TSimd.Broadcast(a[2 * (nint)depth]);
                    c20 = TSimd.MultiplyAdd(x, b0, c20);
                    c21 = TSimd.MultiplyAdd(x, b1, c21);
                    c22 = TSimd.MultiplyAdd(x, b2, c22);
                    c23 = TSimd.MultiplyAdd(x, b3, c23);
                }

                a++;
            }

            var t = c.Places + v;
            var target = results;
            TSimd.Store(c00, target + t[0]);
            TSimd.Store(c01, target + t[1]);
            TSimd.Store(c02, target + t[2]);
            TSimd.Store(c03, target + t[3]);
            target += c.RowOfResults;
            TSimd.Store(c10, target + t[0]);
            TSimd.Store(c11, target + t[1]);
            TSimd.Store(c12, target + t[2]);
            TSimd.Store(c13, target + t[3]);
            if (TRows.Count > 2)
            {
                target += c.RowOfResults;
                TSimd.Store(c20, target + t[0]);
                TSimd.Store(c21, target + t[1]);
                TSimd.Store(c22, target + t[2]);
                TSimd.Store(c23, target + t[3]);
            }
        }
    }

    /// <summary>Four to six rows of two registers each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Correlate2<T, TVector, TSimd, TRows>(in Correlation<T> c, T* weights, T* bias, T* results)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
        where TRows : struct, IRows
    {
        var planes = c.Planes;
        var offsets = c.Offsets;
        var depth = c.Depth;
        for (var v = 0; v < c.Vectors; v += 2)
        {
            var q = c.Positions + v;
            var p0 = planes + q[0];
            var p1 = planes + q[1];
            var c00 = TSimd.Broadcast(bias[0]);
            TVector c01 = c00;
            var c10 = TRows.Count > 1 ? TSimd.Broadcast(bias[1]) : default;
            TVector c11 = c10;
            var c20 = TRows.Count > 2 ? TSimd.Broadcast(bias[2]) : default;
            TVector c21 = c20;
            var c30 = TRows.Count > 3 ? TSimd.Broadcast(bias[3]) : default;
            TVector c31 = c30;
            var c40 = TRows.Count > 4 ? TSimd.Broadcast(bias[4]) : default;
            TVector c41 = c40;
            var c50 = TRows.Count > 5 ? TSimd.Broadcast(bias[5]) : default;
            TVector c51 = c50;
            var a = weights;
            var a3 = weights + (3 * (nint)depth);
            for (var k = 0; k < depth; k++)
            {
                nint offset = offsets[k];
                var b0 = TSimd.Load(p0 + offset);
                var b1 = TSimd.Load(p1 + offset);
                var x = TSimd.Broadcast(*a);
                c00 = TSimd.MultiplyAdd(x, b0, c00);
                c01 = TSimd.MultiplyAdd(x, b1, c01);
                x = TSimd.Broadcast(a[(nint)depth]);
                c10 = TSimd.MultiplyAdd(x, b0, c10);
                c11 = TSimd.MultiplyAdd(x, b1, c11);
                x = TSimd.Broadcast(a[2 * (nint)depth]);
                c20 = TSimd.MultiplyAdd(x, b0, c20);
                c21 = TSimd.MultiplyAdd(x, b1, c21);
                x = TSimd.Broadcast(*a3);
                c30 = TSimd.MultiplyAdd(x, b0, c30);
                c31 = TSimd.MultiplyAdd(x, b1, c31);
                if (TRows.Count > 4)
                {
                    x = TSimd.Broadcast(a3[(nint)depth]);
                    c40 = TSimd.MultiplyAdd(x, b0, c40);
                    c41 = TSimd.MultiplyAdd(x, b1, c41);
                }

                if (TRows.Count > 5)
                {
                    x = TSimd.Broadcast(a3[2 * (nint)depth]);
                    c50 = TSimd.MultiplyAdd(x, b0, c50);
                    c51 = TSimd.MultiplyAdd(x, b1, c51);
                }

                a++;
                a3++;
            }

            var (t0, t1) = (c.Places[v], c.Places[v + 1]);
            var target = results;
            TSimd.Store(c00, target + t0);
            TSimd.Store(c01, target + t1);
            target += c.RowOfResults;
            TSimd.Store(c10, target + t0);
            TSimd.Store(c11, target + t1);
            target += c.RowOfResults;
            TSimd.Store(c20, target + t0);
            TSimd.Store(c21, target + t1);
            target += c.RowOfResults;
            TSimd.Store(c30, target + t0);
            TSimd.Store(c31, target + t1);
            if (TRows.Count > 4)
            {
                target += c.RowOfResults;
                TSimd.Store(c40, target + t0);
                TSimd.Store(c41, target + t1);
            }

            if (TRows.Count > 5)
            {
                target += c.RowOfResults;
                TSimd.Store(c50, target + t0);
                TSimd.Store(c51, target + t1);
            }
        }
    }

    private struct Correlation<T>
        where T : unmanaged
    {
        public T* Planes;
        public int* Offsets;
        public int* Positions;
        public int* Places;
        public int Vectors;
        public int Depth;
        public nint RowOfResults;
    }
}
