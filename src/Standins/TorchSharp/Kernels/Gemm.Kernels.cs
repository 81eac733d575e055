using System.Numerics;
using System.Runtime.CompilerServices;

namespace TorchSharp.Kernels;

/// <content>
/// The innermost loops: a tile of C stays in registers while the depth goes by. A is read one element at a time with any strides, so it needs no
/// packing; B is read by whole registers along its rows.
/// </content>
internal static unsafe partial class Gemm
{
    /// <summary>
    /// What the tiles of one block have in common. A kernel runs <see cref="Count"/> of them, one below the other, over the same panel of B, so that its
    /// call is paid for once. Steps of A and B are in bytes, those of C in elements.
    /// </summary>
    private struct Tile<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private T _alpha;
        private T _beta;

        public int Count;
        public int Depth;
        public nint RowOfA;
        public nint StepOfA;
        public nint StepOfB;
        public nint RowOfC;

        /// <summary>From the rows of one tile to those of the next, in A and in C.</summary>
        public nint NextA;
        public nint NextC;

        /// <summary>One row that β multiplies in place of C's rows; null for C itself.</summary>
        public T* Bias;

        public T Alpha
        {
            readonly get => _alpha;
            set => (_alpha, Scales) = (value, value != T.One);
        }

        public T Beta
        {
            readonly get => _beta;
            set => (_beta, Adds) = (value, value != T.Zero);
        }

        /// <summary>Whether α has anything to do, and β: a tile of little depth would notice.</summary>
        public bool Scales { get; private set; }

        public bool Adds { get; private set; }
    }

    /// <summary>Up to twelve rows of one register each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Kernel1<T, TVector, TSimd, TRows>(in Tile<T> tile, T* a, T* b, T* c)
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
            TVector c000 = default, c010 = default, c020 = default, c030 = default, c040 = default, c050 = default, c060 = default, c070 = default, c080 = default, c090 = default, c100 = default, c110 = default;
            var top = a;
            var left = b;
            var a3 = TRows.Count > 3 ? (T*)((byte*)top + (3 * row)) : null;
            var a6 = TRows.Count > 6 ? (T*)((byte*)top + (6 * row)) : null;
            var a9 = TRows.Count > 9 ? (T*)((byte*)top + (9 * row)) : null;
            for (var p = tile.Depth; p > 0; p--)
            {
                var b0 = TSimd.Load(left);
                var x = TSimd.Broadcast(*top);
                c000 = TSimd.MultiplyAdd(x, b0, c000);
                if (TRows.Count > 1)
                {
                    x = TSimd.Broadcast(*(T*)((byte*)top + row));
                    c010 = TSimd.MultiplyAdd(x, b0, c010);
                }

                if (TRows.Count > 2)
                {
                    x = TSimd.Broadcast(*(T*)((byte*)top + (2 * row)));
                    c020 = TSimd.MultiplyAdd(x, b0, c020);
                }

                if (TRows.Count > 3)
                {
                    x = TSimd.Broadcast(*a3);
                    c030 = TSimd.MultiplyAdd(x, b0, c030);
                }

                if (TRows.Count > 4)
                {
                    x = TSimd.Broadcast(*(T*)((byte*)a3 + row));
                    c040 = TSimd.MultiplyAdd(x, b0, c040);
                }

                if (TRows.Count > 5)
                {
                    x = TSimd.Broadcast(*(T*)((byte*)a3 + (2 * row)));
                    c050 = TSimd.MultiplyAdd(x, b0, c050);
                }

                if (TRows.Count > 6)
                {
                    x = TSimd.Broadcast(*a6);
                    c060 = TSimd.MultiplyAdd(x, b0, c060);
                }

                if (TRows.Count > 7)
                {
                    x = TSimd.Broadcast(*(T*)((byte*)a6 + row));
                    c070 = TSimd.MultiplyAdd(x, b0, c070);
                }

                if (TRows.Count > 8)
                {
                    x = TSimd.Broadcast(*(T*)((byte*)a6 + (2 * row)));
                    c080 = TSimd.MultiplyAdd(x, b0, c080);
                }

                if (TRows.Count > 9)
                {
                    x = TSimd.Broadcast(*a9);
                    c090 = TSimd.MultiplyAdd(x, b0, c090);
                }

                if (TRows.Count > 10)
                {
                    x = TSimd.Broadcast(*(T*)((byte*)a9 + row));
                    c100 = TSimd.MultiplyAdd(x, b0, c100);
                }

                if (TRows.Count > 11)
                {
                    x = TSimd.Broadcast(*(T*)((byte*)a9 + (2 * row)));
                    c110 = TSimd.MultiplyAdd(x, b0, c110);
                }

                top = (T*)((byte*)top + step);
                a3 = TRows.Count > 3 ? (T*)((byte*)a3 + step) : null;
                a6 = TRows.Count > 6 ? (T*)((byte*)a6 + step) : null;
                a9 = TRows.Count > 9 ? (T*)((byte*)a9 + step) : null;
                left = (T*)((byte*)left + stepB);
            }

            var d = tile.Bias == null ? c : tile.Bias;
            Store1<T, TVector, TSimd>(tile, c, d, c000);
            if (TRows.Count > 1)
                Store1<T, TVector, TSimd>(tile, c + (1 * tile.RowOfC), d + (1 * rowOfD), c010);
            if (TRows.Count > 2)
                Store1<T, TVector, TSimd>(tile, c + (2 * tile.RowOfC), d + (2 * rowOfD), c020);
            if (TRows.Count > 3)
                Store1<T, TVector, TSimd>(tile, c + (3 * tile.RowOfC), d + (3 * rowOfD), c030);
            if (TRows.Count > 4)
                Store1<T, TVector, TSimd>(tile, c + (4 * tile.RowOfC), d + (4 * rowOfD), c040);
            if (TRows.Count > 5)
                Store1<T, TVector, TSimd>(tile, c + (5 * tile.RowOfC), d + (5 * rowOfD), c050);
            if (TRows.Count > 6)
                Store1<T, TVector, TSimd>(tile, c + (6 * tile.RowOfC), d + (6 * rowOfD), c060);
            if (TRows.Count > 7)
                Store1<T, TVector, TSimd>(tile, c + (7 * tile.RowOfC), d + (7 * rowOfD), c070);
            if (TRows.Count > 8)
                Store1<T, TVector, TSimd>(tile, c + (8 * tile.RowOfC), d + (8 * rowOfD), c080);
            if (TRows.Count > 9)
                Store1<T, TVector, TSimd>(tile, c + (9 * tile.RowOfC), d + (9 * rowOfD), c090);
            if (TRows.Count > 10)
                Store1<T, TVector, TSimd>(tile, c + (10 * tile.RowOfC), d + (10 * rowOfD), c100);
            if (TRows.Count > 11)
                Store1<T, TVector, TSimd>(tile, c + (11 * tile.RowOfC), d + (11 * rowOfD), c110);
            a = (T*)((byte*)a + tile.NextA);
            c += tile.NextC;
        }
    }

    /// <summary>Up to twelve rows of two registers each: six fill the sixteen registers of AVX2, twelve the thirty-two of AVX-512 and NEON.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Kernel2<T, TVector, TSimd, TRows>(in Tile<T> tile, T* a, T* b, T* c)
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
            TVector c000 = default, c010 = default, c020 = default, c030 = default, c040 = default, c050 = default, c060 = default, c070 = default, c080 = default, c090 = default, c100 = default, c110 = default;
            TVector c001 = default, c011 = default, c021 = default, c031 = default, c041 = default, c051 = default, c061 = default, c071 = default, c081 = default, c091 = default, c101 = default, c111 = default;
            var top = a;
            var left = b;
            var a3 = TRows.Count > 3 ? (T*)((byte*)top + (3 * row)) : null;
            var a6 = TRows.Count > 6 ? (T*)((byte*)top + (6 * row)) : null;
            var a9 = TRows.Count > 9 ? (T*)((byte*)top + (9 * row)) : null;
            // Two at a time: half the turns make products 20 to 32 deep, as those of a training step are, faster by two hundredths.
            for (var p = tile.Depth >> 1; p > 0; p--)
            {
                Step2<T, TVector, TSimd, TRows>(
                    top, a3, a6, a9, row, left, ref c000, ref c001, ref c010, ref c011, ref c020, ref c021, ref c030, ref c031, ref c040, ref c041, ref c050, ref c051, ref c060, ref c061, ref c070, ref c071, ref c080, ref c081, ref c090, ref c091, ref c100, ref c101, ref c110, ref c111);
                top = (T*)((byte*)top + step);
                a3 = TRows.Count > 3 ? (T*)((byte*)a3 + step) : null;
                a6 = TRows.Count > 6 ? (T*)((byte*)a6 + step) : null;
                a9 = TRows.Count > 9 ? (T*)((byte*)a9 + step) : null;
                left = (T*)((byte*)left + stepB);
                Step2<T, TVector, TSimd, TRows>(
                    top, a3, a6, a9, row, left, ref c000, ref c001, ref c010, ref c011, ref c020, ref c021, ref c030, ref c031, ref c040, ref c041, ref c050, ref c051, ref c060, ref c061, ref c070, ref c071, ref c080, ref c081, ref c090, ref c091, ref c100, ref c101, ref c110, ref c111);
                top = (T*)((byte*)top + step);
                a3 = TRows.Count > 3 ? (T*)((byte*)a3 + step) : null;
                a6 = TRows.Count > 6 ? (T*)((byte*)a6 + step) : null;
                a9 = TRows.Count > 9 ? (T*)((byte*)a9 + step) : null;
                left = (T*)((byte*)left + stepB);
            }

            if ((tile.Depth & 1) != 0)
            {
                Step2<T, TVector, TSimd, TRows>(
                    top, a3, a6, a9, row, left, ref c000, ref c001, ref c010, ref c011, ref c020, ref c021, ref c030, ref c031, ref c040, ref c041, ref c050, ref c051, ref c060, ref c061, ref c070, ref c071, ref c080, ref c081, ref c090, ref c091, ref c100, ref c101, ref c110, ref c111);
            }

            var d = tile.Bias == null ? c : tile.Bias;
            Store2<T, TVector, TSimd>(tile, c, d, c000, c001);
            if (TRows.Count > 1)
                Store2<T, TVector, TSimd>(tile, c + (1 * tile.RowOfC), d + (1 * rowOfD), c010, c011);
            if (TRows.Count > 2)
                Store2<T, TVector, TSimd>(tile, c + (2 * tile.RowOfC), d + (2 * rowOfD), c020, c021);
            if (TRows.Count > 3)
                Store2<T, TVector, TSimd>(tile, c + (3 * tile.RowOfC), d + (3 * rowOfD), c030, c031);
            if (TRows.Count > 4)
                Store2<T, TVector, TSimd>(tile, c + (4 * tile.RowOfC), d + (4 * rowOfD), c040, c041);
            if (TRows.Count > 5)
                Store2<T, TVector, TSimd>(tile, c + (5 * tile.RowOfC), d + (5 * rowOfD), c050, c051);
            if (TRows.Count > 6)
                Store2<T, TVector, TSimd>(tile, c + (6 * tile.RowOfC), d + (6 * rowOfD), c060, c061);
            if (TRows.Count > 7)
                Store2<T, TVector, TSimd>(tile, c + (7 * tile.RowOfC), d + (7 * rowOfD), c070, c071);
            if (TRows.Count > 8)
                Store2<T, TVector, TSimd>(tile, c + (8 * tile.RowOfC), d + (8 * rowOfD), c080, c081);
            if (TRows.Count > 9)
                Store2<T, TVector, TSimd>(tile, c + (9 * tile.RowOfC), d + (9 * rowOfD), c090, c091);
            if (TRows.Count > 10)
                Store2<T, TVector, TSimd>(tile, c + (10 * tile.RowOfC), d + (10 * rowOfD), c100, c101);
            if (TRows.Count > 11)
                Store2<T, TVector, TSimd>(tile, c + (11 * tile.RowOfC), d + (11 * rowOfD), c110, c111);
            a = (T*)((byte*)a + tile.NextA);
            c += tile.NextC;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step2<T, TVector, TSimd, TRows>(
        T* top, T* a3, T* a6, T* a9, nint row, T* left, ref TVector c000, ref TVector c001, ref TVector c010, ref TVector c011, ref TVector c020, ref TVector c021, ref TVector c030, ref TVector c031, ref TVector c040, ref TVector c041, ref TVector c050, ref TVector c051, ref TVector c060, ref TVector c061, ref TVector c070, ref TVector c071, ref TVector c080, ref TVector c081, ref TVector c090, ref TVector c091, ref TVector c100, ref TVector c101, ref TVector c110, ref TVector c111)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
        where TRows : struct, IRows
    {
        var b0 = TSimd.Load(left);
        var b1 = TSimd.Load(left + TSimd.Count);
        var x = TSimd.Broadcast(*top);
        c000 = TSimd.MultiplyAdd(x, b0, c000);
        c001 = TSimd.MultiplyAdd(x, b1, c001);
        if (TRows.Count > 1)
        {
            x = TSimd.Broadcast(*(T*)((byte*)top + row));
            c010 = TSimd.MultiplyAdd(x, b0, c010);
            c011 = TSimd.MultiplyAdd(x, b1, c011);
        }

        if (TRows.Count > 2)
        {
            x = TSimd.Broadcast(*(T*)((byte*)top + (2 * row)));
            c020 = TSimd.MultiplyAdd(x, b0, c020);
            c021 = TSimd.MultiplyAdd(x, b1, c021);
        }

        if (TRows.Count > 3)
        {
            x = TSimd.Broadcast(*a3);
            c030 = TSimd.MultiplyAdd(x, b0, c030);
            c031 = TSimd.MultiplyAdd(x, b1, c031);
        }

        if (TRows.Count > 4)
        {
            x = TSimd.Broadcast(*(T*)((byte*)a3 + row));
            c040 = TSimd.MultiplyAdd(x, b0, c040);
            c041 = TSimd.MultiplyAdd(x, b1, c041);
        }

        if (TRows.Count > 5)
        {
            x = TSimd.Broadcast(*(T*)((byte*)a3 + (2 * row)));
            c050 = TSimd.MultiplyAdd(x, b0, c050);
            c051 = TSimd.MultiplyAdd(x, b1, c051);
        }

        if (TRows.Count > 6)
        {
            x = TSimd.Broadcast(*a6);
            c060 = TSimd.MultiplyAdd(x, b0, c060);
            c061 = TSimd.MultiplyAdd(x, b1, c061);
        }

        if (TRows.Count > 7)
        {
            x = TSimd.Broadcast(*(T*)((byte*)a6 + row));
            c070 = TSimd.MultiplyAdd(x, b0, c070);
            c071 = TSimd.MultiplyAdd(x, b1, c071);
        }

        if (TRows.Count > 8)
        {
            x = TSimd.Broadcast(*(T*)((byte*)a6 + (2 * row)));
            c080 = TSimd.MultiplyAdd(x, b0, c080);
            c081 = TSimd.MultiplyAdd(x, b1, c081);
        }

        if (TRows.Count > 9)
        {
            x = TSimd.Broadcast(*a9);
            c090 = TSimd.MultiplyAdd(x, b0, c090);
            c091 = TSimd.MultiplyAdd(x, b1, c091);
        }

        if (TRows.Count > 10)
        {
            x = TSimd.Broadcast(*(T*)((byte*)a9 + row));
            c100 = TSimd.MultiplyAdd(x, b0, c100);
            c101 = TSimd.MultiplyAdd(x, b1, c101);
        }

        if (TRows.Count > 11)
        {
            x = TSimd.Broadcast(*(T*)((byte*)a9 + (2 * row)));
            c110 = TSimd.MultiplyAdd(x, b0, c110);
            c111 = TSimd.MultiplyAdd(x, b1, c111);
        }
    }
}
