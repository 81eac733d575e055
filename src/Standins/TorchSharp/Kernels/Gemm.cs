using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace TorchSharp.Kernels;

/// <summary>The matrix product C ← α·op(A)·op(B) + β·C.</summary>
/// <remarks>
/// Three ways, chosen by the shape alone, so that a product has one result whatever the number of threads:
/// dot products along the depth where both factors run along it and it is long (<c>Gemm.Dot.cs</c>); tiles over A as it lies and B as it lies or
/// packed a panel at a time, for products of a training step (<c>Gemm.Small.cs</c>); and packed blocks of both that fit the caches (Goto and van de Geijn,
/// "Anatomy of high-performance matrix multiplication", 2008) for large ones (<c>Gemm.Large.cs</c>).
/// </remarks>
internal static unsafe partial class Gemm
{
    /// <summary>Whether twelve rows of two accumulators fit the registers; otherwise six do.</summary>
    private static bool HasThirtyTwoRegisters => Vector512.IsHardwareAccelerated || AdvSimd.Arm64.IsSupported;

    private static int TallRows => HasThirtyTwoRegisters ? 12 : 6;

    private static int WideRows => HasThirtyTwoRegisters ? 6 : 3;

    /// <summary>
    /// C ← α·op(A)·op(B) + β·C over row-major matrices: op(A) is <paramref name="m"/>×<paramref name="k"/>, op(B) is
    /// <paramref name="k"/>×<paramref name="n"/>, C is <paramref name="m"/>×<paramref name="n"/>. With <paramref name="beta"/> = 0, C is not read.
    /// </summary>
    /// <param name="lda">Elements from one stored row of A to the next; likewise <paramref name="ldb"/> and <paramref name="ldc"/>.</param>
    /// <param name="bias">A row that takes the place of every row of C on the right, with <paramref name="beta"/> = 1; empty for none.</param>
    /// <exception cref="ArgumentException">A matrix does not fit its span.</exception>
    public static void Multiply<T>(
        bool transA, bool transB, int m, int n, int k, T alpha, ReadOnlySpan<T> a, int lda, ReadOnlySpan<T> b, int ldb, T beta, Span<T> c, int ldc,
        ReadOnlySpan<T> bias = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (m == 0 || n == 0)
            return;
        CheckFits(c.Length, m, n, ldc, "C");
        if (!bias.IsEmpty)
        {
            if (bias.Length != n || beta != T.One)
                throw new ArgumentException($"A bias of {bias.Length} elements, with beta {beta}, for {n} columns.");
            if (n == 1 || k == 0 || alpha == T.Zero)
            {
                for (var i = 0; i < m; i++)
                    bias.CopyTo(c[(i * ldc)..]);
                bias = default;
            }
        }

        if (k == 0 || alpha == T.Zero)
        {
            ScaleRows(m, n, beta, c, ldc);
            return;
        }

        CheckFits(a.Length, transA ? k : m, transA ? m : k, lda, "A");
        CheckFits(b.Length, transB ? n : k, transB ? k : n, ldb, "B");
        fixed (T* pa = a, pb = b, pc = c, row = bias)
        {
            // A single column is a single row of the transposed product, which the tiles hold better.
            var product = n == 1 && ldc == 1 && m > 1
                ? new Product<T>(!transB && ldb > 1, !transA, 1, m, k, alpha, pb, ldb, pa, lda, beta, pc, m, null)
                : new Product<T>(transA, transB, m, n, k, alpha, pa, lda, pb, ldb, beta, pc, ldc, row);
            Run(product);
        }
    }

    private static void Run<T>(in Product<T> product)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Vector512.IsHardwareAccelerated && product.N > Vector512<T>.Count)
            Run<T, Vector512<T>, Simd512<T>>(product);
        else if (Vector256.IsHardwareAccelerated)
            Run<T, Vector256<T>, Simd256<T>>(product);
        else
            Run<T, Vector128<T>, Simd128<T>>(product);
    }

    private static void Run<T, TVector, TSimd>(in Product<T> product)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : struct
        where TSimd : struct, ISimd<T, TVector>
    {
        if (PrefersDots<T, TVector, TSimd>(product))
            MultiplyByDots<T, TVector, TSimd>(product);
        else if (!PrefersPacking(product))
            MultiplySmall<T, TVector, TSimd>(product);
        else if (Threads.Pays((long)product.M * product.N * product.K))
            MultiplyInParts<T, TVector, TSimd>(product);
        else
            MultiplyPacked<T, TVector, TSimd>(product);
    }

    private static void CheckFits(int length, int rows, int columns, int stride, string name)
    {
        if (stride < columns || ((long)(rows - 1) * stride) + columns > length)
            throw new ArgumentException($"Matrix {name} of {rows}×{columns} with {stride} elements a row does not fit {length} elements.");
    }

    private static void ScaleRows<T>(int m, int n, T beta, Span<T> c, int ldc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < m; i++)
        {
            var row = c.Slice(i * ldc, n);
            if (beta == T.Zero)
                row.Clear();
            else
                TensorPrimitives.Multiply(row, beta, row);
        }
    }

    /// <summary>A product as the drivers see it, with A's two strides in place of its transposition.</summary>
    private readonly struct Product<T>(
        bool transA, bool transB, int m, int n, int k, T alpha, T* a, int lda, T* b, int ldb, T beta, T* c, int ldc, T* bias)
        where T : unmanaged
    {
        public readonly bool TransA = transA;
        public readonly bool TransB = transB;
        public readonly int M = m;
        public readonly int N = n;
        public readonly int K = k;
        public readonly T Alpha = alpha;
        public readonly T Beta = beta;
        public readonly T* A = a;
        public readonly T* B = b;
        public readonly T* C = c;
        public readonly T* Bias = bias;
        public readonly nint RowOfA = transA ? 1 : lda;
        public readonly nint StepOfA = transA ? lda : 1;
        public readonly nint Ldb = ldb;
        public readonly nint Ldc = ldc;

        /// <summary>Some rows of the result.</summary>
        public Product<T> Rows(int first, int count) =>
            new(TransA, TransB, count, N, K, Alpha, A + (first * RowOfA), Lda, B, (int)Ldb, Beta, C + (first * Ldc), (int)Ldc, Bias);

        /// <summary>Some columns of the result.</summary>
        public Product<T> Columns(int first, int count) =>
            new(TransA, TransB, M, count, K, Alpha, A, Lda, B + (first * (TransB ? Ldb : 1)), (int)Ldb, Beta, C + first, (int)Ldc, Bias == null ? null : Bias + first);

        private int Lda => (int)(TransA ? StepOfA : RowOfA);
    }
}
