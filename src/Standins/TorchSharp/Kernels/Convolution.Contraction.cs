using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace TorchSharp.Kernels;

/// <content>The innermost loops of the gradient by the weight.</content>
internal static unsafe partial class Convolution
{
    private const int ContractRows = 4;
    private const int ContractTaps = 3;

    /// <summary>
    /// table[r, k] ← table[r, k] + Σ_v gradients[r, places[v]] · planes[positions[v] + offsets[k]], v over registers and their elements; of the
    /// registers after the first <paramref name="whole"/> only the last <paramref name="fresh"/> elements count.
    /// </summary>
    private static void Contract<T>(
        int vectors, int rows, int depth, ReadOnlySpan<T> gradients, int gradientLength, ReadOnlySpan<T> planes, ReadOnlySpan<int> offsets,
        ReadOnlySpan<int> positions, ReadOnlySpan<int> places, int whole, int fresh, Span<T> table)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* g = gradients, p = planes, t = table)
        fixed (int* o = offsets, q = positions, s = places)
        {
            var contraction = new Contraction<T>
            {
                Gradients = g,
                RowOfGradients = gradientLength,
                Planes = p,
                Positions = q,
                Places = s,
                Vectors = whole,
                Fresh = RegisterCount<T>(),
                Depth = depth,
            };
            var rest = contraction;
            rest.Positions += whole;
            rest.Places += whole;
            rest.Vectors = vectors - whole;
            rest.Fresh = fresh;
            if (Vector256.IsHardwareAccelerated)
            {
                ContractTiles<T, Vector256<T>, Simd256<T>>(contraction, rows, o, t);
                ContractTiles<T, Vector256<T>, Simd256<T>>(rest, rows, o, t);
            }
            else
            {
                ContractTiles<T, Vector128<T>, Simd128<T>>(contraction, rows, o, t);
                ContractTiles<T, Vector128<T>, Simd128<T>>(rest, rows, o, t);
            }
        }
    }

    private static void ContractTiles<T, TVector, TSimd>(in Contraction<T> contraction, int rows, int* offsets, T* table)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        if (contraction.Vectors == 0)
            return;
        var depth = contraction.Depth;
        for (var r = 0; r < rows; r += ContractRows)
        {
            for (var k = 0; k < depth; k += ContractTaps)
            {
                ContractTile<T, TVector, TSimd>(
                    contraction, r, Math.Min(ContractRows, rows - r), offsets + k, Math.Min(ContractTaps, depth - k), table + (r * depth) + k);
            }
        }
    }

    /// <summary>Three taps by four rows; where there are fewer, the last one is taken again and its result dropped.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ContractTile<T, TVector, TSimd>(
        in Contraction<T> c, int row, int height, int* offsets, int width, T* table)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        var g0 = c.Gradients + (row * c.RowOfGradients);
        var g1 = height > 1 ? g0 + c.RowOfGradients : g0;
        var g2 = height > 2 ? g1 + c.RowOfGradients : g1;
        var g3 = height > 3 ? g2 + c.RowOfGradients : g2;
        var p0 = c.Planes + offsets[0];
        var p1 = width > 1 ? c.Planes + offsets[1] : p0;
        var p2 = width > 2 ? c.Planes + offsets[2] : p1;
        TVector c00 = default, c01 = default, c02 = default, c03 = default;
        TVector c10 = default, c11 = default, c12 = default, c13 = default;
        TVector c20 = default, c21 = default, c22 = default, c23 = default;
        var positions = c.Positions + c.Vectors;
        var places = c.Places + c.Vectors;
        for (nint v = -c.Vectors; v < 0; v++)
        {
            nint position = positions[v];
            nint at = places[v];
            var x0 = TSimd.Load(p0 + position);
            var x1 = TSimd.Load(p1 + position);
            var x2 = TSimd.Load(p2 + position);
            var y = TSimd.Load(g0 + at);
            c00 = TSimd.MultiplyAdd(x0, y, c00);
            c10 = TSimd.MultiplyAdd(x1, y, c10);
            c20 = TSimd.MultiplyAdd(x2, y, c20);
            y = TSimd.Load(g1 + at);
            c01 = TSimd.MultiplyAdd(x0, y, c01);
            c11 = TSimd.MultiplyAdd(x1, y, c11);
            c21 = TSimd.MultiplyAdd(x2, y, c21);
            y = TSimd.Load(g2 + at);
            c02 = TSimd.MultiplyAdd(x0, y, c02);
            c12 = TSimd.MultiplyAdd(x1, y, c12);
            c22 = TSimd.MultiplyAdd(x2, y, c22);
            y = TSimd.Load(g3 + at);
            c03 = TSimd.MultiplyAdd(x0, y, c03);
            c13 = TSimd.MultiplyAdd(x1, y, c13);
            c23 = TSimd.MultiplyAdd(x2, y, c23);
        }

        if (c.Fresh < TSimd.Count)
        {
            // What repeated elements gave stands in places of its own, infinities and NaN included, and is dropped there.
            var fresh = TSimd.LastMask(c.Fresh);
            (c00, c01, c02, c03) = (TSimd.And(c00, fresh), TSimd.And(c01, fresh), TSimd.And(c02, fresh), TSimd.And(c03, fresh));
            (c10, c11, c12, c13) = (TSimd.And(c10, fresh), TSimd.And(c11, fresh), TSimd.And(c12, fresh), TSimd.And(c13, fresh));
            (c20, c21, c22, c23) = (TSimd.And(c20, fresh), TSimd.And(c21, fresh), TSimd.And(c22, fresh), TSimd.And(c23, fresh));
        }

        var sums = stackalloc T[ContractTaps * ContractRows];
        TSimd.StoreSums(c00, c01, c02, c03, sums);
        TSimd.StoreSums(c10, c11, c12, c13, sums + ContractRows);
        TSimd.StoreSums(c20, c21, c22, c23, sums + (2 * ContractRows));
        AddSums(sums, height, width, table, c.Depth);
    }

    /// <remarks>Apart from the loops above, where what it needs would take registers.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddSums<T>(T* sums, int height, int width, T* table, int depth)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var r = 0; r < height; r++, table += depth)
        {
            for (var k = 0; k < width; k++)
                table[k] += sums[(k * ContractRows) + r];
        }
    }

    private struct Contraction<T>
        where T : unmanaged
    {
        public T* Gradients;
        public T* Planes;
        public int* Positions;
        public int* Places;
        public int Vectors;
        public int Fresh;
        public int Depth;
        public nint RowOfGradients;
    }
}
