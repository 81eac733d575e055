using System.Numerics;
using System.Runtime.CompilerServices;

namespace TorchSharp.Kernels;

/// <content>Products whose factors are in cache anyway: A is read where it lies, and B too unless it is transposed or a panel is narrower than its registers.</content>
internal static unsafe partial class Gemm
{
    /// <summary>The depth that is gone through at once, so that a packed panel of B stays in the first-level cache.</summary>
    private const int PanelDepth = 256;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplySmall<T, TVector, TSimd>(in Product<T> product)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        using var scratch = Scratch.Begin();
        var count = TSimd.Count;
        var panel = (T*)null;

        // Rows of B that lie far apart share few cache sets: where there is enough to do, a panel is brought together first.
        var gathers = product is { M: >= 48, K: >= 64, Ldb: >= 128 };
        var heights = default(Heights);
        var held = 0;
        var column = 0;
        while (column < product.N)
        {
            var left = product.N - column;
            var registers = left >= 4 * count && product.M <= WideRows ? 4 : left > count ? 2 : 1;
            var width = Math.Min(left, registers * count);
            if (registers != held)
                (held, heights) = (registers, Heights.Of(product.M, registers));
            var packed = product.TransB || width < registers * count || gathers;
            if (packed && panel == null)
                panel = (T*)Unsafe.AsPointer(ref scratch.Rent<T>(Math.Min(product.K, PanelDepth) * 4 * count)[0]);
            var depth = packed ? PanelDepth : product.K;
            for (var p = 0; p < product.K; p += depth)
            {
                var tile = new Tile<T>
                {
                    Depth = Math.Min(depth, product.K - p),
                    RowOfA = product.RowOfA * sizeof(T),
                    StepOfA = product.StepOfA * sizeof(T),
                    StepOfB = (packed ? registers * count : product.Ldb) * sizeof(T),
                    RowOfC = product.Ldc,
                    Bias = p == 0 && product.Bias != null ? product.Bias + column : null,
                    Alpha = product.Alpha,
                    Beta = p == 0 ? product.Beta : T.One,
                };
                var b = packed ? panel : product.B + (p * product.Ldb) + column;
                if (packed)
                    PackPanel<T, TVector, TSimd>(product, p, tile.Depth, column, width, registers * count, panel);
                RunPanel<T, TVector, TSimd>(ref tile, heights, product.A + (p * product.StepOfA), b, product.C + column, registers, width);
            }

            column += width;
        }
    }

    /// <summary>All rows of C over one panel of B, in tiles of nearly equal height.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunPanel<T, TVector, TSimd>(ref Tile<T> tile, in Heights heights, T* a, T* b, T* c, int registers, int width)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        if (heights.Taller > 0)
        {
            (tile.NextA, tile.NextC) = ((heights.Rows + 1) * tile.RowOfA, (heights.Rows + 1) * tile.RowOfC);
            RunTiles<T, TVector, TSimd>(ref tile, registers, heights.Taller, heights.Rows + 1, a, b, c, width);
            a = (T*)((byte*)a + (heights.Taller * tile.NextA));
            c += heights.Taller * tile.NextC;
        }

        (tile.NextA, tile.NextC) = (heights.Rows * tile.RowOfA, heights.Rows * tile.RowOfC);
        RunTiles<T, TVector, TSimd>(ref tile, registers, heights.Others, heights.Rows, a, b, c, width);
    }

    /// <summary>Tiles of one height, one below the other.</summary>
    private static void RunTiles<T, TVector, TSimd>(ref Tile<T> tile, int registers, int count, int rows, T* a, T* b, T* c, int width)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        if (width == registers * TSimd.Count)
        {
            tile.Count = count;
            RunTile<T, TVector, TSimd>(tile, registers, rows, a, b, c);
            return;
        }

        for (var i = 0; i < count; i++)
        {
            RunPartialTile<T, TVector, TSimd>(tile, registers, rows, a, b, c, width);
            a = (T*)((byte*)a + tile.NextA);
            c += tile.NextC;
        }
    }

    /// <summary>A tile narrower than its registers is computed beside C and then merged.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunPartialTile<T, TVector, TSimd>(in Tile<T> tile, int registers, int rows, T* a, T* b, T* c, int width)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        var full = registers * TSimd.Count;
        var buffer = stackalloc T[rows * full];
        var aside = tile;
        (aside.Count, aside.Beta, aside.RowOfC) = (1, T.Zero, full);
        aside.Bias = null;
        RunTile<T, TVector, TSimd>(aside, registers, rows, a, b, buffer);
        for (var i = 0; i < rows; i++)
        {
            var source = buffer + (i * full);
            var target = c + (i * tile.RowOfC);
            var addend = tile.Bias == null ? target : tile.Bias;
            var j = 0;
            for (; j + TSimd.Count <= width; j += TSimd.Count)
            {
                var x = TSimd.Load(source + j);
                TSimd.Store(tile.Beta == T.Zero ? x : TSimd.MultiplyAdd(TSimd.Broadcast(tile.Beta), TSimd.Load(addend + j), x), target + j);
            }

            for (; j < width; j++)
                target[j] = tile.Beta == T.Zero ? source[j] : T.FusedMultiplyAdd(tile.Beta, addend[j], source[j]);
        }
    }

    private static void RunTile<T, TVector, TSimd>(in Tile<T> tile, int registers, int rows, T* a, T* b, T* c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        if (registers == 2)
            RunTile2<T, TVector, TSimd>(tile, rows, a, b, c);
        else if (registers == 1)
            RunTile1<T, TVector, TSimd>(tile, rows, a, b, c);
        else
            RunTile4<T, TVector, TSimd>(tile, rows, a, b, c);
    }

    private static void RunTile1<T, TVector, TSimd>(in Tile<T> tile, int rows, T* a, T* b, T* c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        switch (rows)
        {
            case 1:
                Kernel1<T, TVector, TSimd, Rows1>(tile, a, b, c);
                break;
            case 2:
                Kernel1<T, TVector, TSimd, Rows2>(tile, a, b, c);
                break;
            case 3:
                Kernel1<T, TVector, TSimd, Rows3>(tile, a, b, c);
                break;
            case 4:
                Kernel1<T, TVector, TSimd, Rows4>(tile, a, b, c);
                break;
            case 5:
                Kernel1<T, TVector, TSimd, Rows5>(tile, a, b, c);
                break;
            case 6:
                Kernel1<T, TVector, TSimd, Rows6>(tile, a, b, c);
                break;
            case 7:
                Kernel1<T, TVector, TSimd, Rows7>(tile, a, b, c);
                break;
            case 8:
                Kernel1<T, TVector, TSimd, Rows8>(tile, a, b, c);
                break;
            case 9:
                Kernel1<T, TVector, TSimd, Rows9>(tile, a, b, c);
                break;
            case 10:
                Kernel1<T, TVector, TSimd, Rows10>(tile, a, b, c);
                break;
            case 11:
                Kernel1<T, TVector, TSimd, Rows11>(tile, a, b, c);
                break;
            default:
                Kernel1<T, TVector, TSimd, Rows12>(tile, a, b, c);
                break;
        }
    }

    private static void RunTile2<T, TVector, TSimd>(in Tile<T> tile, int rows, T* a, T* b, T* c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        switch (rows)
        {
            case 1:
                Kernel2<T, TVector, TSimd, Rows1>(tile, a, b, c);
                break;
            case 2:
                Kernel2<T, TVector, TSimd, Rows2>(tile, a, b, c);
                break;
            case 3:
                Kernel2<T, TVector, TSimd, Rows3>(tile, a, b, c);
                break;
            case 4:
                Kernel2<T, TVector, TSimd, Rows4>(tile, a, b, c);
                break;
            case 5:
                Kernel2<T, TVector, TSimd, Rows5>(tile, a, b, c);
                break;
            case 6:
                Kernel2<T, TVector, TSimd, Rows6>(tile, a, b, c);
                break;
            case 7:
                Kernel2<T, TVector, TSimd, Rows7>(tile, a, b, c);
                break;
            case 8:
                Kernel2<T, TVector, TSimd, Rows8>(tile, a, b, c);
                break;
            case 9:
                Kernel2<T, TVector, TSimd, Rows9>(tile, a, b, c);
                break;
            case 10:
                Kernel2<T, TVector, TSimd, Rows10>(tile, a, b, c);
                break;
            case 11:
                Kernel2<T, TVector, TSimd, Rows11>(tile, a, b, c);
                break;
            default:
                Kernel2<T, TVector, TSimd, Rows12>(tile, a, b, c);
                break;
        }
    }

    private static void RunTile4<T, TVector, TSimd>(in Tile<T> tile, int rows, T* a, T* b, T* c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        switch (rows)
        {
            case 1:
                Kernel4<T, TVector, TSimd, Rows1>(tile, a, b, c);
                break;
            case 2:
                Kernel4<T, TVector, TSimd, Rows2>(tile, a, b, c);
                break;
            case 3:
                Kernel4<T, TVector, TSimd, Rows3>(tile, a, b, c);
                break;
            case 4:
                Kernel4<T, TVector, TSimd, Rows4>(tile, a, b, c);
                break;
            case 5:
                Kernel4<T, TVector, TSimd, Rows5>(tile, a, b, c);
                break;
            default:
                Kernel4<T, TVector, TSimd, Rows6>(tile, a, b, c);
                break;
        }
    }

    /// <summary>How the rows of C fall into tiles: some are one row taller than the others.</summary>
    private readonly struct Heights(int rows, int taller, int others)
    {
        public readonly int Rows = rows;
        public readonly int Taller = taller;
        public readonly int Others = others;

        public static Heights Of(int m, int registers)
        {
            var limit = registers == 4 ? WideRows : registers == 2 ? TallRows : 12;
            var tiles = (m + limit - 1) / limit;
            return new Heights(m / tiles, m % tiles, tiles - (m % tiles));
        }
    }
}
