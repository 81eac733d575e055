using System.Numerics;
using System.Runtime.CompilerServices;

namespace TorchSharp.Kernels;

/// <content>Large products: a block of B for the third-level cache and a block of A for the second are packed into the order of reading.</content>
internal static unsafe partial class Gemm
{
    /// <summary>The depth of a block: a panel of B of this depth takes half a first-level cache of 32 KB.</summary>
    private const int BlockDepth = 256;

    /// <summary>Rows of A in a block; with the depth, a block of float32 takes about 200 KB of the second-level cache.</summary>
    private const int BlockRows = 192;

    /// <summary>Columns of B in a block.</summary>
    private const int BlockColumns = 2048;

    private static bool PrefersPacking<T>(in Product<T> product)
        where T : unmanaged
        => product is { M: >= 96, N: >= 96, K: >= 48 } && (long)product.M * product.N * product.K >= (product.TransA ? 128L * 128 * 128 : 256L * 256 * 256);

    /// <summary>Shares the longer side of the result out among threads, whole tiles to each; every element is summed in the same order as on one.</summary>
    private static void MultiplyInParts<T, TVector, TSimd>(in Product<T> product)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        var whole = product;
        if (product.M >= product.N)
            Threads.For(product.M, TallRows, (from, to) => MultiplyPacked<T, TVector, TSimd>(whole.Rows(from, to - from)));
        else
            Threads.For(product.N, 2 * TSimd.Count, (from, to) => MultiplyPacked<T, TVector, TSimd>(whole.Columns(from, to - from)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyPacked<T, TVector, TSimd>(in Product<T> product)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        using var scratch = Scratch.Begin();
        var panel = 2 * TSimd.Count;
        var depth = Math.Min(BlockDepth, product.K);
        var packedA = (T*)Unsafe.AsPointer(ref scratch.Rent<T>((depth * (BlockRows + TallRows)) + 8)[0]);
        var packedB = (T*)Unsafe.AsPointer(ref scratch.Rent<T>(depth * (Math.Min(BlockColumns, product.N) + panel))[0]);
        for (var column = 0; column < product.N; column += BlockColumns)
        {
            var columns = Math.Min(BlockColumns, product.N - column);
            for (var p = 0; p < product.K; p += BlockDepth)
            {
                var tile = new Tile<T>
                {
                    Depth = Math.Min(BlockDepth, product.K - p),
                    RowOfA = sizeof(T),
                    StepOfA = TallRows * sizeof(T),
                    StepOfB = panel * sizeof(T),
                    RowOfC = product.Ldc,
                    NextA = TallRows * Math.Min(BlockDepth, product.K - p) * sizeof(T),
                    NextC = TallRows * product.Ldc,
                    Bias = p == 0 && product.Bias != null ? product.Bias + column : null,
                    Alpha = product.Alpha,
                    Beta = p == 0 ? product.Beta : T.One,
                };
                var packed = product.TransB ? 0 : PackWhole<T, TVector, TSimd>(product, p, tile.Depth, column, columns / panel, packedB);
                for (var j = packed * panel; j < columns; j += panel)
                    PackPanel<T, TVector, TSimd>(product, p, tile.Depth, column + j, Math.Min(panel, columns - j), panel, packedB + (j * (nint)tile.Depth));
                for (var row = 0; row < product.M; row += BlockRows)
                {
                    var rows = Math.Min(BlockRows, product.M - row);
                    for (var i = 0; i < rows; i += TallRows)
                        PackRows(product, row + i, Math.Min(TallRows, rows - i), p, tile.Depth, packedA + (i * (nint)tile.Depth));
                    RunBlock<T, TVector, TSimd>(tile, rows, columns, packedA, packedB, product.C + (row * product.Ldc) + column);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunBlock<T, TVector, TSimd>(Tile<T> tile, int rows, int columns, T* packedA, T* packedB, T* c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        var panel = 2 * TSimd.Count;
        for (var j = 0; j < columns; j += panel)
        {
            var b = packedB + (j * (nint)tile.Depth);
            var (whole, rest) = Math.DivRem(rows, TallRows);
            RunTiles<T, TVector, TSimd>(ref tile, 2, whole, TallRows, packedA, b, c + j, Math.Min(panel, columns - j));
            if (rest > 0)
            {
                whole *= TallRows;
                RunTiles<T, TVector, TSimd>(
                    ref tile, 2, 1, rest, packedA + (whole * (nint)tile.Depth), b, c + (whole * tile.RowOfC) + j, Math.Min(panel, columns - j));
            }

            if (tile.Bias != null)
                tile.Bias += panel;
        }
    }
}
