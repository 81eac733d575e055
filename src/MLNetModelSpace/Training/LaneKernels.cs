using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MLNetModelSpace.Training;

/// <summary>
/// The sums of small layers for eight models at once, each in its own lane of a vector register: every product and sum is the same whatever lies in the other lanes.
/// A place is an offset in floats; what is multiplied with what is said by tables of places, so that convolutions of any geometry and linear layers are
/// the same three sums. libtorch's convolutions of tiny batches spend most of their time between operations (the benchmarks' README has the ratio).
/// </summary>
internal static unsafe class LaneKernels
{
    /// <summary>Models side by side.</summary>
    public const int Lanes = 8;

    /// <summary>Positions at a time, so that what they read stays in the first cache. Sums do not depend on it.</summary>
    private const int Chunk = 64;

    /// <summary>y[yRow[o] + yAt[p]] = bias[o] + Σₜ w[o, t]·x[xAt[p] + xTap[t]].</summary>
    /// <param name="y">The sums.</param>
    /// <param name="yRow">A place for each row.</param>
    /// <param name="yAt">A place for each position.</param>
    /// <param name="w">rows×taps.</param>
    /// <param name="bias">One for each row, or null.</param>
    /// <param name="x">What is summed over.</param>
    /// <param name="xAt">A place for each position.</param>
    /// <param name="xTap">A place for each tap.</param>
    /// <param name="rows">Rows of w.</param>
    /// <param name="taps">Columns of w.</param>
    /// <param name="positions">How many.</param>
    public static void Gather(float* y, int* yRow, int* yAt, float* w, float* bias, float* x, int* xAt, int* xTap, int rows, int taps, int positions)
    {
        for (int from = 0; from < positions; from += Chunk)
        {
            int to = Math.Min(from + Chunk, positions);
            int o = 0;
            for (; o + 4 <= rows; o += 4)
            {
                float* w0 = w + ((nint)o * taps * Lanes), w1 = w0 + ((nint)taps * Lanes), w2 = w1 + ((nint)taps * Lanes), w3 = w2 + ((nint)taps * Lanes);
                Vector256<float> b0 = default, b1 = default, b2 = default, b3 = default;
                if (bias != null)
                    (b0, b1, b2, b3) = (At(bias, o), At(bias, o + 1), At(bias, o + 2), At(bias, o + 3));
                int p = from;
                for (; p + 2 <= to; p += 2)
                {
                    float* xa = x + xAt[p], xb = x + xAt[p + 1];
                    Vector256<float> a0 = b0, a1 = b1, a2 = b2, a3 = b3, c0 = b0, c1 = b1, c2 = b2, c3 = b3;
                    for (int t = 0; t < taps; t++)
                    {
                        int tap = xTap[t], at = t * Lanes;
                        Vector256<float> va = Vector256.Load(xa + tap), vb = Vector256.Load(xb + tap);
                        Vector256<float> weight = Vector256.Load(w0 + at);
                        a0 = Vector256.FusedMultiplyAdd(weight, va, a0);
                        c0 = Vector256.FusedMultiplyAdd(weight, vb, c0);
                        weight = Vector256.Load(w1 + at);
                        a1 = Vector256.FusedMultiplyAdd(weight, va, a1);
                        c1 = Vector256.FusedMultiplyAdd(weight, vb, c1);
                        weight = Vector256.Load(w2 + at);
                        a2 = Vector256.FusedMultiplyAdd(weight, va, a2);
                        c2 = Vector256.FusedMultiplyAdd(weight, vb, c2);
                        weight = Vector256.Load(w3 + at);
                        a3 = Vector256.FusedMultiplyAdd(weight, va, a3);
                        c3 = Vector256.FusedMultiplyAdd(weight, vb, c3);
                    }

                    float* ya = y + yAt[p], yb = y + yAt[p + 1];
                    a0.Store(ya + yRow[o]);
                    a1.Store(ya + yRow[o + 1]);
                    a2.Store(ya + yRow[o + 2]);
                    a3.Store(ya + yRow[o + 3]);
                    c0.Store(yb + yRow[o]);
                    c1.Store(yb + yRow[o + 1]);
                    c2.Store(yb + yRow[o + 2]);
                    c3.Store(yb + yRow[o + 3]);
                }

                for (; p < to; p++)
                {
                    float* xa = x + xAt[p];
                    Vector256<float> a0 = b0, a1 = b1, a2 = b2, a3 = b3;
                    for (int t = 0; t < taps; t++)
                    {
                        int at = t * Lanes;
                        Vector256<float> va = Vector256.Load(xa + xTap[t]);
                        a0 = Vector256.FusedMultiplyAdd(Vector256.Load(w0 + at), va, a0);
                        a1 = Vector256.FusedMultiplyAdd(Vector256.Load(w1 + at), va, a1);
                        a2 = Vector256.FusedMultiplyAdd(Vector256.Load(w2 + at), va, a2);
                        a3 = Vector256.FusedMultiplyAdd(Vector256.Load(w3 + at), va, a3);
                    }

                    float* ya = y + yAt[p];
                    a0.Store(ya + yRow[o]);
                    a1.Store(ya + yRow[o + 1]);
                    a2.Store(ya + yRow[o + 2]);
                    a3.Store(ya + yRow[o + 3]);
                }
            }

            for (; o < rows; o++)
            {
                float* w0 = w + ((nint)o * taps * Lanes);
                Vector256<float> b0 = bias == null ? default : At(bias, o);
                for (int p = from; p < to; p++)
                {
                    float* xa = x + xAt[p];
                    Vector256<float> a0 = b0;
                    for (int t = 0; t < taps; t++)
                        a0 = Vector256.FusedMultiplyAdd(At(w0, t), Vector256.Load(xa + xTap[t]), a0);
                    a0.Store(y + yAt[p] + yRow[o]);
                }
            }
        }
    }

    /// <summary>x[xAt[p] + xTap[t]] += Σₒ w[o, t]·y[yRow[o] + yAt[p]]: the transpose of <see cref="Gather"/>. Parameters are those.</summary>
    public static void Scatter(float* x, int* xAt, int* xTap, float* w, float* y, int* yRow, int* yAt, int rows, int taps, int positions)
    {
        nint row = (nint)taps * Lanes;
        for (int from = 0; from < positions; from += Chunk)
        {
            int to = Math.Min(from + Chunk, positions);
            int t = 0;
            for (; t + 4 <= taps; t += 4)
            {
                float* w0 = w + ((nint)t * Lanes);
                int p = from;
                for (; p + 2 <= to; p += 2)
                {
                    float* ya = y + yAt[p], yb = y + yAt[p + 1], weights = w0;
                    Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default, c0 = default, c1 = default, c2 = default, c3 = default;
                    for (int o = 0; o < rows; o++, weights += row)
                    {
                        int at = yRow[o];
                        Vector256<float> va = Vector256.Load(ya + at), vb = Vector256.Load(yb + at);
                        Vector256<float> weight = Vector256.Load(weights);
                        a0 = Vector256.FusedMultiplyAdd(weight, va, a0);
                        c0 = Vector256.FusedMultiplyAdd(weight, vb, c0);
                        weight = Vector256.Load(weights + Lanes);
                        a1 = Vector256.FusedMultiplyAdd(weight, va, a1);
                        c1 = Vector256.FusedMultiplyAdd(weight, vb, c1);
                        weight = Vector256.Load(weights + (2 * Lanes));
                        a2 = Vector256.FusedMultiplyAdd(weight, va, a2);
                        c2 = Vector256.FusedMultiplyAdd(weight, vb, c2);
                        weight = Vector256.Load(weights + (3 * Lanes));
                        a3 = Vector256.FusedMultiplyAdd(weight, va, a3);
                        c3 = Vector256.FusedMultiplyAdd(weight, vb, c3);
                    }

                    // One after the other: the two positions may share a place.
                    float* xa = x + xAt[p], xb = x + xAt[p + 1];
                    Add(xa + xTap[t], a0);
                    Add(xa + xTap[t + 1], a1);
                    Add(xa + xTap[t + 2], a2);
                    Add(xa + xTap[t + 3], a3);
                    Add(xb + xTap[t], c0);
                    Add(xb + xTap[t + 1], c1);
                    Add(xb + xTap[t + 2], c2);
                    Add(xb + xTap[t + 3], c3);
                }

                for (; p < to; p++)
                {
                    float* ya = y + yAt[p], weights = w0;
                    Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default;
                    for (int o = 0; o < rows; o++, weights += row)
                    {
                        Vector256<float> va = Vector256.Load(ya + yRow[o]);
                        a0 = Vector256.FusedMultiplyAdd(Vector256.Load(weights), va, a0);
                        a1 = Vector256.FusedMultiplyAdd(Vector256.Load(weights + Lanes), va, a1);
                        a2 = Vector256.FusedMultiplyAdd(Vector256.Load(weights + (2 * Lanes)), va, a2);
                        a3 = Vector256.FusedMultiplyAdd(Vector256.Load(weights + (3 * Lanes)), va, a3);
                    }

                    float* xa = x + xAt[p];
                    Add(xa + xTap[t], a0);
                    Add(xa + xTap[t + 1], a1);
                    Add(xa + xTap[t + 2], a2);
                    Add(xa + xTap[t + 3], a3);
                }
            }

            for (; t < taps; t++)
            {
                for (int p = from; p < to; p++)
                {
                    float* ya = y + yAt[p], weights = w + ((nint)t * Lanes);
                    Vector256<float> a0 = default;
                    for (int o = 0; o < rows; o++, weights += row)
                        a0 = Vector256.FusedMultiplyAdd(Vector256.Load(weights), Vector256.Load(ya + yRow[o]), a0);
                    Add(x + xAt[p] + xTap[t], a0);
                }
            }
        }
    }

    /// <summary>w[o, t] = Σₚ y[yRow[o] + yAt[p]]·x[xAt[p] + xTap[t]]: the gradient of <see cref="Gather"/> by its weights. Parameters are those.</summary>
    public static void Correlate(float* w, float* y, int* yRow, int* yAt, float* x, int* xAt, int* xTap, int rows, int taps, int positions)
    {
        nint row = (nint)taps * Lanes;
        new Span<float>(w, checked((int)(rows * row))).Clear();
        for (int from = 0; from < positions; from += Chunk)
        {
            int to = Math.Min(from + Chunk, positions);
            int o = 0;
            for (; o + 4 <= rows; o += 4)
            {
                int r0 = yRow[o], r1 = yRow[o + 1], r2 = yRow[o + 2], r3 = yRow[o + 3];
                int t = 0;
                for (; t + 2 <= taps; t += 2)
                {
                    float* w0 = w + (o * row) + (t * Lanes), w1 = w0 + row, w2 = w1 + row, w3 = w2 + row;
                    Vector256<float> a0 = Vector256.Load(w0), a1 = Vector256.Load(w1), a2 = Vector256.Load(w2), a3 = Vector256.Load(w3);
                    Vector256<float> c0 = At(w0, 1), c1 = At(w1, 1), c2 = At(w2, 1), c3 = At(w3, 1);
                    float* xa = x + xTap[t], xb = x + xTap[t + 1];
                    for (int p = from; p < to; p++)
                    {
                        int at = xAt[p];
                        float* yp = y + yAt[p];
                        Vector256<float> va = Vector256.Load(xa + at), vb = Vector256.Load(xb + at);
                        Vector256<float> slope = Vector256.Load(yp + r0);
                        a0 = Vector256.FusedMultiplyAdd(slope, va, a0);
                        c0 = Vector256.FusedMultiplyAdd(slope, vb, c0);
                        slope = Vector256.Load(yp + r1);
                        a1 = Vector256.FusedMultiplyAdd(slope, va, a1);
                        c1 = Vector256.FusedMultiplyAdd(slope, vb, c1);
                        slope = Vector256.Load(yp + r2);
                        a2 = Vector256.FusedMultiplyAdd(slope, va, a2);
                        c2 = Vector256.FusedMultiplyAdd(slope, vb, c2);
                        slope = Vector256.Load(yp + r3);
                        a3 = Vector256.FusedMultiplyAdd(slope, va, a3);
                        c3 = Vector256.FusedMultiplyAdd(slope, vb, c3);
                    }

                    a0.Store(w0);
                    a1.Store(w1);
                    a2.Store(w2);
                    a3.Store(w3);
                    c0.Store(w0 + Lanes);
                    c1.Store(w1 + Lanes);
                    c2.Store(w2 + Lanes);
                    c3.Store(w3 + Lanes);
                }

                for (; t < taps; t++)
                {
                    float* w0 = w + (o * row) + (t * Lanes), w1 = w0 + row, w2 = w1 + row, w3 = w2 + row;
                    Vector256<float> a0 = Vector256.Load(w0), a1 = Vector256.Load(w1), a2 = Vector256.Load(w2), a3 = Vector256.Load(w3);
                    for (int p = from; p < to; p++)
                    {
                        float* yp = y + yAt[p];
                        Vector256<float> va = Vector256.Load(x + xTap[t] + xAt[p]);
                        a0 = Vector256.FusedMultiplyAdd(Vector256.Load(yp + r0), va, a0);
                        a1 = Vector256.FusedMultiplyAdd(Vector256.Load(yp + r1), va, a1);
                        a2 = Vector256.FusedMultiplyAdd(Vector256.Load(yp + r2), va, a2);
                        a3 = Vector256.FusedMultiplyAdd(Vector256.Load(yp + r3), va, a3);
                    }

                    a0.Store(w0);
                    a1.Store(w1);
                    a2.Store(w2);
                    a3.Store(w3);
                }
            }

            for (; o < rows; o++)
            {
                for (int t = 0; t < taps; t++)
                {
                    float* w0 = w + (o * row) + (t * Lanes);
                    Vector256<float> a0 = Vector256.Load(w0);
                    for (int p = from; p < to; p++)
                        a0 = Vector256.FusedMultiplyAdd(Vector256.Load(y + yRow[o] + yAt[p]), Vector256.Load(x + xTap[t] + xAt[p]), a0);
                    a0.Store(w0);
                }
            }
        }
    }

    /// <summary>sum[o] = Σₚ y[yRow[o] + yAt[p]].</summary>
    public static void Sum(float* sum, float* y, int* yRow, int* yAt, int rows, int positions)
    {
        for (int o = 0; o < rows; o++)
        {
            // Four sums, since each waits for its last addition.
            Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default;
            float* from = y + yRow[o];
            int p = 0;
            for (; p + 4 <= positions; p += 4)
            {
                a0 += Vector256.Load(from + yAt[p]);
                a1 += Vector256.Load(from + yAt[p + 1]);
                a2 += Vector256.Load(from + yAt[p + 2]);
                a3 += Vector256.Load(from + yAt[p + 3]);
            }

            for (; p < positions; p++)
                a0 += Vector256.Load(from + yAt[p]);
            (a0 + a1 + (a2 + a3)).Store(sum + (o * Lanes));
        }
    }

    /// <summary>Adds one number for each lane to every place.</summary>
    /// <param name="places">Numbers of all lanes.</param>
    /// <param name="lane">One number for each lane.</param>
    /// <param name="count">Floats, a multiple of the lanes.</param>
    public static void AddToAll(float* places, float* lane, int count)
    {
        Vector256<float> value = Vector256.Load(lane);
        for (int i = 0; i < count; i += Lanes)
            Add(places + i, value);
    }

    /// <summary>Adds numbers place by place.</summary>
    public static void AddAll(float* places, float* numbers, int count)
    {
        for (int i = 0; i < count; i += Lanes)
            Add(places + i, Vector256.Load(numbers + i));
    }

    /// <summary>Puts eight rows side by side: destination[i, lane] = rows[lane][i].</summary>
    public static void Interleave(float** rows, float* destination, int count)
    {
        int i = 0;
        if (Avx.IsSupported)
        {
            for (; i + 8 <= count; i += 8, destination += 8 * Lanes)
            {
                Vector256<float> r0 = Vector256.Load(rows[0] + i), r1 = Vector256.Load(rows[1] + i), r2 = Vector256.Load(rows[2] + i), r3 = Vector256.Load(rows[3] + i);
                Vector256<float> r4 = Vector256.Load(rows[4] + i), r5 = Vector256.Load(rows[5] + i), r6 = Vector256.Load(rows[6] + i), r7 = Vector256.Load(rows[7] + i);
                Vector256<float> a0 = Avx.UnpackLow(r0, r1), a1 = Avx.UnpackHigh(r0, r1), a2 = Avx.UnpackLow(r2, r3), a3 = Avx.UnpackHigh(r2, r3);
                Vector256<float> a4 = Avx.UnpackLow(r4, r5), a5 = Avx.UnpackHigh(r4, r5), a6 = Avx.UnpackLow(r6, r7), a7 = Avx.UnpackHigh(r6, r7);
                r0 = Avx.Shuffle(a0, a2, 0x44);
                r1 = Avx.Shuffle(a0, a2, 0xEE);
                r2 = Avx.Shuffle(a1, a3, 0x44);
                r3 = Avx.Shuffle(a1, a3, 0xEE);
                r4 = Avx.Shuffle(a4, a6, 0x44);
                r5 = Avx.Shuffle(a4, a6, 0xEE);
                r6 = Avx.Shuffle(a5, a7, 0x44);
                r7 = Avx.Shuffle(a5, a7, 0xEE);
                Avx.Permute2x128(r0, r4, 0x20).Store(destination);
                Avx.Permute2x128(r1, r5, 0x20).Store(destination + Lanes);
                Avx.Permute2x128(r2, r6, 0x20).Store(destination + (2 * Lanes));
                Avx.Permute2x128(r3, r7, 0x20).Store(destination + (3 * Lanes));
                Avx.Permute2x128(r0, r4, 0x31).Store(destination + (4 * Lanes));
                Avx.Permute2x128(r1, r5, 0x31).Store(destination + (5 * Lanes));
                Avx.Permute2x128(r2, r6, 0x31).Store(destination + (6 * Lanes));
                Avx.Permute2x128(r3, r7, 0x31).Store(destination + (7 * Lanes));
            }
        }

        for (; i < count; i++, destination += Lanes)
        {
            for (int lane = 0; lane < Lanes; lane++)
                destination[lane] = rows[lane][i];
        }
    }

    /// <summary>Takes eight rows apart: rows[lane][i] = source[i, lane]; the inverse of <see cref="Interleave"/>.</summary>
    public static void Separate(float* source, float** rows, int count)
    {
        int i = 0;
        if (Avx.IsSupported)
        {
            // The transpose of eight by eight is its own inverse: each row of eight is put beside the others.
            float** block = stackalloc float*[Lanes];
            float* turned = stackalloc float[Lanes * Lanes];
            for (; i + 8 <= count; i += 8, source += 8 * Lanes)
            {
                for (int lane = 0; lane < Lanes; lane++)
                    block[lane] = source + (lane * Lanes);
                Interleave(block, turned, 8);
                for (int lane = 0; lane < Lanes; lane++)
                    Vector256.Load(turned + (lane * Lanes)).Store(rows[lane] + i);
            }
        }

        for (; i < count; i++, source += Lanes)
        {
            for (int lane = 0; lane < Lanes; lane++)
                rows[lane][i] = source[lane];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> At(float* numbers, int index) => Vector256.Load(numbers + ((nint)index * Lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float* place, Vector256<float> value) => (Vector256.Load(place) + value).Store(place);
}
