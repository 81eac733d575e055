using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace TorchSharp.Kernels;

/// <content>Copies of parts of A and B in the order in which the kernels read them.</content>
internal static unsafe partial class Gemm
{
    /// <summary>result ← sourceᵀ, with source rows×columns and both packed.</summary>
    internal static void Transpose<T>(int rows, int columns, ReadOnlySpan<T> source, Span<T> result)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(source.Length, rows * columns);
        ArgumentOutOfRangeException.ThrowIfLessThan(result.Length, rows * columns);
        fixed (T* from = source, to = result)
            PackTransposed(from, columns, rows, columns, to, rows);
    }

    /// <summary>op(B)[start.., column..column + width] for a depth, in rows of <paramref name="full"/> elements, zeros after the width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackPanel<T, TVector, TSimd>(in Product<T> product, int start, int depth, int column, int width, int full, T* panel)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        if (product.TransB)
        {
            PackTransposed(product.B + (column * product.Ldb) + start, product.Ldb, width, depth, panel, full);
            return;
        }

        var source = product.B + (start * product.Ldb) + column;
        for (var p = 0; p < depth; p++)
        {
            var i = 0;
            for (; i + TSimd.Count <= width; i += TSimd.Count)
                TSimd.Store(TSimd.Load(source + i), panel + i);
            for (; i < width; i++)
                panel[i] = source[i];
            for (; i < full; i++)
                panel[i] = default;
            source += product.Ldb;
            panel += full;
        }
    }

    /// <summary>
    /// Panels of two registers, several side by side: rows of B that lie a power of two apart fall into few cache sets, so that a line is gone by the time
    /// the next panel wants its rest. Returns the number of panels packed.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int PackWhole<T, TVector, TSimd>(in Product<T> product, int start, int depth, int column, int panels, T* target)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        const int Together = 8;
        var panel = 2 * TSimd.Count;
        nint length = depth * panel;
        for (var first = 0; first < panels; first += Together)
        {
            var count = Math.Min(Together, panels - first);
            for (var p = 0; p < depth; p++)
            {
                var source = product.B + ((start + p) * product.Ldb) + column + (first * panel);
                var to = target + (first * length) + (p * panel);
                for (var i = 0; i < count; i++)
                {
                    TSimd.Store(TSimd.Load(source), to);
                    TSimd.Store(TSimd.Load(source + TSimd.Count), to + TSimd.Count);
                    source += panel;
                    to += length;
                }
            }
        }

        return panels;
    }

    /// <summary>target[p, i] ← op(A)[row + i, start + p], in rows of <see cref="TallRows"/> elements; what is beyond the rows holds anything.</summary>
    /// <remarks>Up to eight elements after the last row are overwritten; the panels are packed in order, so that only the last needs that room.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackRows<T>(in Product<T> product, int row, int rows, int start, int depth, T* target)
        where T : unmanaged
    {
        var source = product.A + (row * product.RowOfA) + (start * product.StepOfA);
        if (product.TransA)
            CopyRows(source, product.StepOfA, rows, depth, target);
        else if (typeof(T) == typeof(float) && Avx.IsSupported)
        {
            // Each group writes eight elements a row, beyond its own too: from the last to the first, what is right is written last.
            for (var i = (TallRows - 1) / 8 * 8; i >= 0; i -= 8)
            {
                if (i < rows)
                    Transpose8((float*)source + (i * product.RowOfA), product.RowOfA, Math.Min(8, rows - i), depth, (float*)target + i, TallRows);
            }
        }
        else if (typeof(T) == typeof(double) && Avx.IsSupported)
        {
            for (var i = (TallRows - 1) / 4 * 4; i >= 0; i -= 4)
            {
                if (i < rows)
                    Transpose4((double*)source + (i * product.RowOfA), product.RowOfA, Math.Min(4, rows - i), depth, (double*)target + i, TallRows);
            }
        }
        else
        {
            for (nint i = 0; i < rows; i++)
            {
                for (nint p = 0; p < depth; p++)
                    target[(p * TallRows) + i] = source[(i * product.RowOfA) + p];
            }
        }
    }

    /// <summary>Rows of op(A)ᵀ, which lie as they are wanted: whole registers, the surplus overwritten by the next row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyRows<T>(T* source, nint stride, int rows, int depth, T* target)
        where T : unmanaged
    {
        var step = Vector128<T>.Count;
        var whole = stride >= rows + step ? depth - 1 : 0;
        for (var p = 0; p < whole; p++)
        {
            for (nint i = 0; i < rows; i += step)
                Vector128.Load(source + i).Store(target + i);
            source += stride;
            target += TallRows;
        }

        for (var p = whole; p < depth; p++)
        {
            for (nint i = 0; i < rows; i++)
                target[i] = source[i];
            source += stride;
            target += TallRows;
        }
    }

    /// <summary>target[p, i] ← source[i, p] for i below <paramref name="width"/>, 0 from there to <paramref name="full"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackTransposed<T>(T* source, nint stride, int width, int depth, T* target, int full)
        where T : unmanaged
    {
        var i = 0;
        if (typeof(T) == typeof(float) && Avx.IsSupported)
        {
            for (; i + 8 <= width; i += 8)
                Transpose8((float*)source + (i * stride), stride, 8, depth, (float*)target + i, full);
        }
        else if (typeof(T) == typeof(double) && Avx.IsSupported)
        {
            for (; i + 4 <= width; i += 4)
                Transpose4((double*)source + (i * stride), stride, 4, depth, (double*)target + i, full);
        }

        for (; i < width; i++)
        {
            var row = source + (i * stride);
            for (nint p = 0; p < depth; p++)
                target[(p * full) + i] = row[p];
        }

        for (; i < full; i++)
        {
            for (nint p = 0; p < depth; p++)
                target[(p * full) + i] = default;
        }
    }

    /// <summary>
    /// Eight rows of float32 into eight columns. Where there are fewer rows the last is taken again, so eight elements are written all the same.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose8(float* source, nint stride, int rows, int depth, float* target, nint full)
    {
        float* Row(int i) => source + (Math.Min(i, rows - 1) * stride);
        float* r0 = Row(0), r1 = Row(1), r2 = Row(2), r3 = Row(3), r4 = Row(4), r5 = Row(5), r6 = Row(6), r7 = Row(7);
        nint p = 0;
        for (; p + 4 <= depth; p += 4)
        {
            // Rows four apart share a register from the start: the load puts them there, and no shuffle has to cross its middle.
            var (x0, x1) = (Pair(r0 + p, r4 + p), Pair(r1 + p, r5 + p));
            var (x2, x3) = (Pair(r2 + p, r6 + p), Pair(r3 + p, r7 + p));
            var (a0, a1, a2, a3) = (Avx.UnpackLow(x0, x1), Avx.UnpackHigh(x0, x1), Avx.UnpackLow(x2, x3), Avx.UnpackHigh(x2, x3));
            Avx.Shuffle(a0, a2, 0x44).Store(target);
            Avx.Shuffle(a0, a2, 0xEE).Store(target + full);
            Avx.Shuffle(a1, a3, 0x44).Store(target + (2 * full));
            Avx.Shuffle(a1, a3, 0xEE).Store(target + (3 * full));
            target += 4 * full;
        }

        for (; p < depth; p++)
        {
            Vector256.Create(r0[p], r1[p], r2[p], r3[p], r4[p], r5[p], r6[p], r7[p]).Store(target);
            target += full;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Pair(float* low, float* high) => Vector256.Create(Vector128.Load(low), Vector128.Load(high));

    /// <summary>Four rows of float64 into four columns, likewise.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose4(double* source, nint stride, int rows, int depth, double* target, nint full)
    {
        double* Row(int i) => source + (Math.Min(i, rows - 1) * stride);
        double* r0 = Row(0), r1 = Row(1), r2 = Row(2), r3 = Row(3);
        nint p = 0;
        for (; p + 4 <= depth; p += 4)
        {
            var (x0, x1, x2, x3) = (Vector256.Load(r0 + p), Vector256.Load(r1 + p), Vector256.Load(r2 + p), Vector256.Load(r3 + p));
            var (a0, a1, a2, a3) = (Avx.UnpackLow(x0, x1), Avx.UnpackHigh(x0, x1), Avx.UnpackLow(x2, x3), Avx.UnpackHigh(x2, x3));
            Avx.Permute2x128(a0, a2, 0x20).Store(target);
            Avx.Permute2x128(a1, a3, 0x20).Store(target + full);
            Avx.Permute2x128(a0, a2, 0x31).Store(target + (2 * full));
            Avx.Permute2x128(a1, a3, 0x31).Store(target + (3 * full));
            target += 4 * full;
        }

        for (; p < depth; p++)
        {
            Vector256.Create(r0[p], r1[p], r2[p], r3[p]).Store(target);
            target += full;
        }
    }
}
