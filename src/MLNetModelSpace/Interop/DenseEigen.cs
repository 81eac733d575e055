using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MLNetModelSpace.Interop;

/// <summary>
/// Eigenvalues and eigenvectors of symmetric matrices by LAPACK's blocked solver in libtorch: for matrices as large as a zoo has models. A row's own small matrices go
/// through <see cref="SymmetricEigen"/>, which allocates nothing.
/// </summary>
internal static class DenseEigen
{
    /// <summary>All eigenvalues, the largest first, and an eigenvector of unit length for each. On one thread of our own; one call, which looks at no token.</summary>
    /// <param name="matrix">Symmetric, n×n, finite; not changed.</param>
    /// <param name="n">Rows.</param>
    public static (double[] Values, double[][] Vectors) Decompose(double[] matrix, int n) => TorchThreads.Run(() =>
    {
        Tensor copy = empty([n, n], float64, CPU);
        matrix.AsSpan(0, n * n).CopyTo(MemoryMarshal.Cast<byte, double>(copy.bytes));
        (Tensor ascending, Tensor columns) = linalg.eigh(copy);
        double[] values = ascending.data<double>().ToArray(), rows = columns.mT.contiguous().data<double>().ToArray();
        Array.Reverse(values);
        double[][] vectors = new double[n][];
        for (int i = 0; i < n; i++)
            vectors[i] = rows[((n - 1 - i) * n)..((n - i) * n)];
        return (values, vectors);
    });
}
