using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MLNetModelSpace.Search;

/// <summary>
/// Scores of many rows against one query: four rows at a time, so that loads of one hide behind the sums of the others and a
/// scan runs at the speed of memory.
/// </summary>
internal static class RowScan
{
    /// <summary>Writes one score a row: the dot product, or the squared Euclidean distance.</summary>
    public static void Score(ReadOnlySpan<float> rows, ReadOnlySpan<float> query, Span<float> scores, IndexMetric metric)
    {
        int dimension = query.Length;
        if (rows.Length != (long)dimension * scores.Length)
            throw new ArgumentException("The rows do not fit the query and the scores.", nameof(rows));
        ref float row = ref MemoryMarshal.GetReference(rows);
        ref float q = ref MemoryMarshal.GetReference(query);
        int i = 0;
        for (; i <= scores.Length - 4; i += 4)
        {
            (scores[i], scores[i + 1], scores[i + 2], scores[i + 3]) = metric != IndexMetric.Euclidean
                ? DotFour(ref row, ref q, dimension)
                : SquaresFour(ref row, ref q, dimension);
            row = ref Unsafe.Add(ref row, 4 * dimension);
        }

        for (; i < scores.Length; i++)
        {
            ReadOnlySpan<float> one = rows.Slice(i * dimension, dimension);
            scores[i] = metric != IndexMetric.Euclidean ? DotOne(one, query) : SquaresOne(one, query);
        }
    }

    private static (float A, float B, float C, float D) DotFour(ref float row, ref float q, int dimension)
    {
        Vector256<float> a = default, b = default, c = default, d = default;
        int j = 0;
        for (; j <= dimension - 8; j += 8)
        {
            Vector256<float> value = Vector256.LoadUnsafe(ref q, (nuint)j);
            a = Vector256.FusedMultiplyAdd(value, Vector256.LoadUnsafe(ref row, (nuint)j), a);
            b = Vector256.FusedMultiplyAdd(value, Vector256.LoadUnsafe(ref row, (nuint)(dimension + j)), b);
            c = Vector256.FusedMultiplyAdd(value, Vector256.LoadUnsafe(ref row, (nuint)((2 * dimension) + j)), c);
            d = Vector256.FusedMultiplyAdd(value, Vector256.LoadUnsafe(ref row, (nuint)((3 * dimension) + j)), d);
        }

        (float A, float B, float C, float D) sums = (Vector256.Sum(a), Vector256.Sum(b), Vector256.Sum(c), Vector256.Sum(d));
        for (; j < dimension; j++)
        {
            float value = Unsafe.Add(ref q, j);
            sums.A = MathF.FusedMultiplyAdd(value, Unsafe.Add(ref row, j), sums.A);
            sums.B = MathF.FusedMultiplyAdd(value, Unsafe.Add(ref row, dimension + j), sums.B);
            sums.C = MathF.FusedMultiplyAdd(value, Unsafe.Add(ref row, (2 * dimension) + j), sums.C);
            sums.D = MathF.FusedMultiplyAdd(value, Unsafe.Add(ref row, (3 * dimension) + j), sums.D);
        }

        return sums;
    }

    private static (float A, float B, float C, float D) SquaresFour(ref float row, ref float q, int dimension)
    {
        Vector256<float> a = default, b = default, c = default, d = default;
        int j = 0;
        for (; j <= dimension - 8; j += 8)
        {
            Vector256<float> value = Vector256.LoadUnsafe(ref q, (nuint)j);
            Vector256<float> ga = value - Vector256.LoadUnsafe(ref row, (nuint)j);
            Vector256<float> gb = value - Vector256.LoadUnsafe(ref row, (nuint)(dimension + j));
            Vector256<float> gc = value - Vector256.LoadUnsafe(ref row, (nuint)((2 * dimension) + j));
            Vector256<float> gd = value - Vector256.LoadUnsafe(ref row, (nuint)((3 * dimension) + j));
            a = Vector256.FusedMultiplyAdd(ga, ga, a);
            b = Vector256.FusedMultiplyAdd(gb, gb, b);
            c = Vector256.FusedMultiplyAdd(gc, gc, c);
            d = Vector256.FusedMultiplyAdd(gd, gd, d);
        }

        (float A, float B, float C, float D) sums = (Vector256.Sum(a), Vector256.Sum(b), Vector256.Sum(c), Vector256.Sum(d));
        for (; j < dimension; j++)
        {
            float value = Unsafe.Add(ref q, j);
            sums.A = Add(value - Unsafe.Add(ref row, j), sums.A);
            sums.B = Add(value - Unsafe.Add(ref row, dimension + j), sums.B);
            sums.C = Add(value - Unsafe.Add(ref row, (2 * dimension) + j), sums.C);
            sums.D = Add(value - Unsafe.Add(ref row, (3 * dimension) + j), sums.D);
        }

        return sums;

        static float Add(float gap, float sum) => MathF.FusedMultiplyAdd(gap, gap, sum);
    }

    // The rows left over go through the same sums in the same order, so that a row's score does not depend on its place.
    private static float DotOne(ReadOnlySpan<float> row, ReadOnlySpan<float> query)
    {
        Vector256<float> sum = default;
        int j = 0;
        ref float r = ref MemoryMarshal.GetReference(row);
        ref float q = ref MemoryMarshal.GetReference(query);
        for (; j <= row.Length - 8; j += 8)
            sum = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref q, (nuint)j), Vector256.LoadUnsafe(ref r, (nuint)j), sum);
        float total = Vector256.Sum(sum);
        for (; j < row.Length; j++)
            total = MathF.FusedMultiplyAdd(query[j], row[j], total);
        return total;
    }

    private static float SquaresOne(ReadOnlySpan<float> row, ReadOnlySpan<float> query)
    {
        Vector256<float> sum = default;
        int j = 0;
        ref float r = ref MemoryMarshal.GetReference(row);
        ref float q = ref MemoryMarshal.GetReference(query);
        for (; j <= row.Length - 8; j += 8)
        {
            Vector256<float> gap = Vector256.LoadUnsafe(ref q, (nuint)j) - Vector256.LoadUnsafe(ref r, (nuint)j);
            sum = Vector256.FusedMultiplyAdd(gap, gap, sum);
        }

        float total = Vector256.Sum(sum);
        for (; j < row.Length; j++)
            total = MathF.FusedMultiplyAdd(query[j] - row[j], query[j] - row[j], total);
        return total;
    }
}
