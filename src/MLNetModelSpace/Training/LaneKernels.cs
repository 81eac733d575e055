using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MLNetModelSpace.Training;

/// <summary>A factor of a sum of products: its numbers lie at outer[i] + inner[k] floats, eight models wide.</summary>
internal readonly unsafe struct LaneFactor(float* numbers, int* outer, int* inner)
{
    public readonly float* Numbers = numbers;
    public readonly int* Outer = outer;
    public readonly int* Inner = inner;
}

/// <summary>A step of Adam: what is the same for all weights.</summary>
/// <param name="Rest1">1 − β₁, rounded once: 1 − 0.999 in single precision is off by 1e-5.</param>
/// <param name="Beta2">What stays of the second moment.</param>
/// <param name="Rest2">1 − β₂.</param>
/// <param name="Size">The rate over what the first moment still lacks.</param>
/// <param name="Root">One over the root of what the second lacks.</param>
/// <param name="Epsilon">Added to the divisor.</param>
/// <param name="Kept">What AdamW leaves of a weight.</param>
/// <param name="Decay">What Adam adds of a weight to its gradient.</param>
internal readonly record struct AdamStep(float Rest1, float Beta2, float Rest2, float Size, float Root, float Epsilon, float Kept, float Decay);

/// <summary>
/// The sums of small layers for eight models at once, each in its own lane of a vector register: every product and sum is the same whatever lies in the other lanes.
/// A place is an offset in floats; what is multiplied with what is said by tables of places, so that convolutions of any geometry and linear layers, forward and
/// back, are one and the same sum. libtorch's convolutions of tiny batches spend most of their time between operations (the benchmarks' README has the ratio).
/// </summary>
internal static unsafe class LaneKernels
{
    /// <summary>Models side by side.</summary>
    public const int Lanes = 8;

    /// <summary>Terms that are summed at once where there are more than <see cref="MostTerms"/>.</summary>
    private const int Terms = 32;

    private const int MostTerms = 96;

    /// <summary>Numbers of the second factor that are used again and again: 20 KB, in the first cache of 32 KB beside what streams past.</summary>
    private const int Held = 640;

    /// <summary>c[cRow[i] + cColumn[j]] = or += Σₖ a[i, k]·b[j, k].</summary>
    /// <param name="a">The first factor, rows×terms.</param>
    /// <param name="rows">How many i.</param>
    /// <param name="b">The second factor, columns×terms.</param>
    /// <param name="columns">How many j.</param>
    /// <param name="terms">How many k.</param>
    /// <param name="c">The sums; where places coincide, they are to be added.</param>
    /// <param name="cRow">A place for each row.</param>
    /// <param name="cColumn">A place for each column.</param>
    /// <param name="add">To what is there.</param>
    public static void Multiply(LaneFactor a, int rows, LaneFactor b, int columns, int terms, float* c, int* cRow, int* cColumn, bool add)
    {
        int termBlock = terms > MostTerms ? Terms : terms, columnBlock = Math.Max(2, Held / termBlock / 2 * 2), whole = rows / 4 * 4;
        for (int j = 0; j < columns; j += columnBlock)
        {
            int end = Math.Min(j + columnBlock, columns);
            for (int k = 0; k < terms; k += termBlock)
            {
                int last = Math.Min(k + termBlock, terms);
                bool adds = add || k > 0;
                Tiles(a, 0, whole, b, j, end, k, last, c, cRow, cColumn, adds);
                // Rows left over: the other way round, so that a tile is wide again.
                if (whole < rows)
                {
                    int wide = j + ((end - j) / 4 * 4);
                    Tiles(b, j, wide, a, whole, rows, k, last, c, cColumn, cRow, adds);
                    for (int i = whole; i < rows; i++)
                    {
                        for (int column = wide; column < end; column++)
                            One(a, i, b, column, k, last, c + cRow[i] + cColumn[column], adds);
                    }
                }
            }
        }
    }

    /// <summary>Four rows and three columns at a time: twelve sums, and what they read, fill the sixteen registers of AVX2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tiles(
        LaneFactor a, int rowFrom, int rowTo, LaneFactor b, int columnFrom, int columnTo, int from, int to, float* c, int* cRow, int* cColumn, bool add)
    {
        int* aInner = a.Inner, bInner = b.Inner;
        for (int i = rowFrom; i < rowTo; i += 4)
        {
            float* a0 = a.Numbers + a.Outer[i], a1 = a.Numbers + a.Outer[i + 1], a2 = a.Numbers + a.Outer[i + 2], a3 = a.Numbers + a.Outer[i + 3];
            int j = columnFrom;
            for (; j + 3 <= columnTo && j + 4 != columnTo; j += 3)
            {
                float* b0 = b.Numbers + b.Outer[j], b1 = b.Numbers + b.Outer[j + 1], b2 = b.Numbers + b.Outer[j + 2];
                Vector256<float> s00 = default, s10 = default, s20 = default, s30 = default, s01 = default, s11 = default, s21 = default, s31 = default;
                Vector256<float> s02 = default, s12 = default, s22 = default, s32 = default;
                for (int k = from; k < to; k++)
                {
                    nint at = aInner[k], bt = bInner[k];
                    Vector256<float> left = Vector256.Load(b0 + bt), right = Vector256.Load(b1 + bt), third = Vector256.Load(b2 + bt);
                    Vector256<float> factor = Vector256.Load(a0 + at);
                    s00 = Vector256.FusedMultiplyAdd(factor, left, s00);
                    s01 = Vector256.FusedMultiplyAdd(factor, right, s01);
                    s02 = Vector256.FusedMultiplyAdd(factor, third, s02);
                    factor = Vector256.Load(a1 + at);
                    s10 = Vector256.FusedMultiplyAdd(factor, left, s10);
                    s11 = Vector256.FusedMultiplyAdd(factor, right, s11);
                    s12 = Vector256.FusedMultiplyAdd(factor, third, s12);
                    factor = Vector256.Load(a2 + at);
                    s20 = Vector256.FusedMultiplyAdd(factor, left, s20);
                    s21 = Vector256.FusedMultiplyAdd(factor, right, s21);
                    s22 = Vector256.FusedMultiplyAdd(factor, third, s22);
                    factor = Vector256.Load(a3 + at);
                    s30 = Vector256.FusedMultiplyAdd(factor, left, s30);
                    s31 = Vector256.FusedMultiplyAdd(factor, right, s31);
                    s32 = Vector256.FusedMultiplyAdd(factor, third, s32);
                }

                float* c0 = c + cColumn[j], c1 = c + cColumn[j + 1], c2 = c + cColumn[j + 2];
                Put(c0 + cRow[i], s00, add);
                Put(c0 + cRow[i + 1], s10, add);
                Put(c0 + cRow[i + 2], s20, add);
                Put(c0 + cRow[i + 3], s30, add);
                Put(c1 + cRow[i], s01, add);
                Put(c1 + cRow[i + 1], s11, add);
                Put(c1 + cRow[i + 2], s21, add);
                Put(c1 + cRow[i + 3], s31, add);
                Put(c2 + cRow[i], s02, add);
                Put(c2 + cRow[i + 1], s12, add);
                Put(c2 + cRow[i + 2], s22, add);
                Put(c2 + cRow[i + 3], s32, add);
            }

            for (; j + 2 <= columnTo; j += 2)
            {
                float* b0 = b.Numbers + b.Outer[j], b1 = b.Numbers + b.Outer[j + 1];
                Vector256<float> s00 = default, s10 = default, s20 = default, s30 = default, s01 = default, s11 = default, s21 = default, s31 = default;
                for (int k = from; k < to; k++)
                {
                    nint at = aInner[k], bt = bInner[k];
                    Vector256<float> left = Vector256.Load(b0 + bt), right = Vector256.Load(b1 + bt);
                    Vector256<float> factor = Vector256.Load(a0 + at);
                    s00 = Vector256.FusedMultiplyAdd(factor, left, s00);
                    s01 = Vector256.FusedMultiplyAdd(factor, right, s01);
                    factor = Vector256.Load(a1 + at);
                    s10 = Vector256.FusedMultiplyAdd(factor, left, s10);
                    s11 = Vector256.FusedMultiplyAdd(factor, right, s11);
                    factor = Vector256.Load(a2 + at);
                    s20 = Vector256.FusedMultiplyAdd(factor, left, s20);
                    s21 = Vector256.FusedMultiplyAdd(factor, right, s21);
                    factor = Vector256.Load(a3 + at);
                    s30 = Vector256.FusedMultiplyAdd(factor, left, s30);
                    s31 = Vector256.FusedMultiplyAdd(factor, right, s31);
                }

                float* c0 = c + cColumn[j], c1 = c + cColumn[j + 1];
                Put(c0 + cRow[i], s00, add);
                Put(c0 + cRow[i + 1], s10, add);
                Put(c0 + cRow[i + 2], s20, add);
                Put(c0 + cRow[i + 3], s30, add);
                Put(c1 + cRow[i], s01, add);
                Put(c1 + cRow[i + 1], s11, add);
                Put(c1 + cRow[i + 2], s21, add);
                Put(c1 + cRow[i + 3], s31, add);
            }

            for (; j < columnTo; j++)
            {
                float* b0 = b.Numbers + b.Outer[j];
                Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
                for (int k = from; k < to; k++)
                {
                    nint at = aInner[k];
                    Vector256<float> factor = Vector256.Load(b0 + bInner[k]);
                    s0 = Vector256.FusedMultiplyAdd(Vector256.Load(a0 + at), factor, s0);
                    s1 = Vector256.FusedMultiplyAdd(Vector256.Load(a1 + at), factor, s1);
                    s2 = Vector256.FusedMultiplyAdd(Vector256.Load(a2 + at), factor, s2);
                    s3 = Vector256.FusedMultiplyAdd(Vector256.Load(a3 + at), factor, s3);
                }

                float* c0 = c + cColumn[j];
                Put(c0 + cRow[i], s0, add);
                Put(c0 + cRow[i + 1], s1, add);
                Put(c0 + cRow[i + 2], s2, add);
                Put(c0 + cRow[i + 3], s3, add);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(LaneFactor a, int row, LaneFactor b, int column, int from, int to, float* c, bool add)
    {
        float* a0 = a.Numbers + a.Outer[row], b0 = b.Numbers + b.Outer[column];
        Vector256<float> sum = default;
        for (int k = from; k < to; k++)
            sum = Vector256.FusedMultiplyAdd(Vector256.Load(a0 + a.Inner[k]), Vector256.Load(b0 + b.Inner[k]), sum);
        Put(c, sum, add);
    }

    /// <summary>sum[o] = Σₚ y[yRow[o] + yAt[p]].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

    /// <summary>y[yRow[o] + yAt[p]] = bias[o].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fill(float* y, float* bias, int* yRow, int* yAt, int rows, int positions)
    {
        for (int p = 0; p < positions; p++)
        {
            float* to = y + yAt[p];
            for (int o = 0; o < rows; o++)
                Vector256.Load(bias + (o * Lanes)).Store(to + yRow[o]);
        }
    }

    /// <summary>dy = slope·(y − x), and each lane's sum of (y − x)² added to its place.</summary>
    /// <param name="y">Reconstructions.</param>
    /// <param name="x">What they reconstruct.</param>
    /// <param name="dy">Receives the gradient; may be <paramref name="y"/>.</param>
    /// <param name="count">Floats, a multiple of the lanes.</param>
    /// <param name="slope">Of the gradient.</param>
    /// <param name="factor">Of the sums.</param>
    /// <param name="total">One for each lane.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SquaredErrors(float* y, float* x, float* dy, int count, float slope, double factor, double* total)
    {
        // Single precision for a thousand terms, double for their sums.
        const int Block = 1024 * Lanes;
        Vector256<float> by = Vector256.Create(slope);
        for (int from = 0; from < count; from += Block)
        {
            Vector256<float> sum = default;
            for (int i = from, to = Math.Min(from + Block, count); i < to; i += Lanes)
            {
                Vector256<float> error = Vector256.Load(y + i) - Vector256.Load(x + i);
                sum = Vector256.FusedMultiplyAdd(error, error, sum);
                (error * by).Store(dy + i);
            }

            for (int lane = 0; lane < Lanes; lane++)
                total[lane] += factor * sum[lane];
        }
    }

    /// <summary>One step of Adam or AdamW as PyTorch's fused one has it (Kingma and Ba, 2015; Loshchilov and Hutter, 2019).</summary>
    /// <param name="p">Weights.</param>
    /// <param name="g">Their gradient.</param>
    /// <param name="m">First moments.</param>
    /// <param name="v">Second moments.</param>
    /// <param name="count">Floats, a multiple of the lanes.</param>
    /// <param name="step">What is the same for all weights.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Adam(float* p, float* g, float* m, float* v, int count, AdamStep step)
    {
        Vector256<float> rest1 = Vector256.Create(step.Rest1), beta2 = Vector256.Create(step.Beta2), rest2 = Vector256.Create(step.Rest2);
        Vector256<float> size = Vector256.Create(step.Size), root = Vector256.Create(step.Root), epsilon = Vector256.Create(step.Epsilon);
        Vector256<float> kept = Vector256.Create(step.Kept), decay = Vector256.Create(step.Decay);
        for (int i = 0; i < count; i += Lanes)
        {
            Vector256<float> weight = Vector256.Load(p + i) * kept, first = Vector256.Load(m + i);
            Vector256<float> gradient = Vector256.FusedMultiplyAdd(weight, decay, Vector256.Load(g + i));
            first = Vector256.FusedMultiplyAdd(gradient - first, rest1, first);
            Vector256<float> second = Vector256.FusedMultiplyAdd(gradient * gradient, rest2, Vector256.Load(v + i) * beta2);
            first.Store(m + i);
            second.Store(v + i);
            Vector256<float> divisor = Vector256.FusedMultiplyAdd(Vector256.Sqrt(second), root, epsilon);
            (weight - (size * first / divisor)).Store(p + i);
        }
    }

    /// <summary>One step of gradient descent with momentum as PyTorch has it: the buffer becomes momentum·buffer + gradient.</summary>
    /// <param name="p">Weights.</param>
    /// <param name="g">Their gradient.</param>
    /// <param name="buffer">Zero before the first step; null without momentum.</param>
    /// <param name="count">Floats, a multiple of the lanes.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="decay">Of the weights, added to the gradient.</param>
    /// <param name="momentum">In [0, 1).</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sgd(float* p, float* g, float* buffer, int count, float rate, float decay, float momentum)
    {
        Vector256<float> step = Vector256.Create(-rate), fall = Vector256.Create(decay), keep = Vector256.Create(momentum);
        for (int i = 0; i < count; i += Lanes)
        {
            Vector256<float> weight = Vector256.Load(p + i), gradient = Vector256.FusedMultiplyAdd(weight, fall, Vector256.Load(g + i));
            if (buffer != null)
            {
                gradient = Vector256.FusedMultiplyAdd(Vector256.Load(buffer + i), keep, gradient);
                gradient.Store(buffer + i);
            }

            Vector256.FusedMultiplyAdd(gradient, step, weight).Store(p + i);
        }
    }

    /// <summary>Adds numbers place by place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddAll(float* places, float* numbers, int count)
    {
        for (int i = 0; i < count; i += Lanes)
            Add(places + i, Vector256.Load(numbers + i));
    }

    /// <summary>Puts eight rows side by side: destination[i, lane] = rows[lane][i].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

    // One after the other: the places of a tile may coincide.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* place, Vector256<float> value, bool add) => (add ? Vector256.Load(place) + value : value).Store(place);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float* place, Vector256<float> value) => (Vector256.Load(place) + value).Store(place);
}
