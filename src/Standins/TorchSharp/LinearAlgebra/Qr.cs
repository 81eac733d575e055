using System.Numerics;
using TorchSharp.Kernels;

namespace TorchSharp.LinearAlgebra;

/// <summary>The QR decomposition by Householder reflections, with LAPACK's signs (the diagonal of R may be negative).</summary>
internal static class Qr
{
    /// <summary>A = Q·R for row-major matrices.</summary>
    /// <param name="complete">Q is rows×rows and R rows×columns; otherwise Q is rows×k and R k×columns with k = min(rows, columns).</param>
    /// <param name="q">Q, or empty when it is not wanted.</param>
    public static void Decompose<T>(int rows, int columns, ReadOnlySpan<T> a, bool complete, Span<T> q, Span<T> r)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scratch = Scratch.Begin();
        var rank = Math.Min(rows, columns);
        var width = complete ? rows : rank;
        var factor = scratch.Rent<double>(rows * columns);
        var tau = scratch.Rent<double>(rank);
        VectorOperations.ToColumns(rows, columns, a, factor);
        var scale = VectorOperations.Normalize(factor);
        Householder.Factor(rows, columns, factor, tau);

        for (var i = 0; i < width; i++)
        {
            for (var j = 0; j < columns; j++)
                r[(i * columns) + j] = j < i ? T.Zero : T.CreateTruncating(factor[(j * rows) + i] * scale);
        }

        if (q.IsEmpty)
            return;
        var columnsOfQ = scratch.RentCleared<double>(rows * width);
        for (var j = 0; j < width; j++)
            columnsOfQ[(j * rows) + j] = 1;
        Householder.MultiplyByQ(rows, rank, factor, tau, width, columnsOfQ);
        VectorOperations.FromColumns(rows, width, columnsOfQ, q);
    }
}
