namespace TorchSharp.LinearAlgebra;

/// <summary>
/// Householder reflections H = I − τ·v·vᵀ with v[0] = 1, signed as LAPACK signs them, on matrices stored by columns
/// (Golub and Van Loan, Matrix Computations, 4th ed., 5.1 and 5.2).
/// </summary>
internal static class Householder
{
    /// <summary>Replaces x by v (v[0] = 1 understood, the place keeps β) such that H·x = (β, 0, …); returns τ, which is 0 where x[1..] is already 0.</summary>
    public static double Reflect(Span<double> x)
    {
        if (x.Length < 2)
            return 0;
        var tail = x[1..];
        var squares = VectorOperations.Dot(tail, tail);
        if (squares == 0)
            return 0;
        var alpha = x[0];
        var beta = -Math.CopySign(Math.Sqrt((alpha * alpha) + squares), alpha);
        VectorOperations.Scale(1 / (alpha - beta), tail);
        x[0] = beta;
        return (beta - alpha) / beta;
    }

    /// <summary>y ← H·y, with v as <see cref="Reflect"/> leaves it.</summary>
    public static void Apply(ReadOnlySpan<double> v, double tau, Span<double> y)
    {
        if (tau == 0)
            return;
        var tail = v[1..];
        var scale = tau * (y[0] + VectorOperations.Dot(tail, y[1..]));
        y[0] -= scale;
        VectorOperations.Axpy(-scale, tail, y[1..]);
    }

    /// <summary>A = Q·R in place: R on and above the diagonal, the reflections below it and in <paramref name="tau"/>.</summary>
    public static void Factor(int rows, int columns, Span<double> a, Span<double> tau)
    {
        var count = Math.Min(rows, columns);
        for (var k = 0; k < count; k++)
        {
            var v = a.Slice((k * rows) + k, rows - k);
            tau[k] = Reflect(v);
            for (var j = k + 1; j < columns; j++)
                Apply(v, tau[k], a.Slice((j * rows) + k, rows - k));
        }
    }

    /// <summary>B ← Q·B, with Q as <see cref="Factor"/> leaves it and B stored by columns of <paramref name="rows"/> elements.</summary>
    public static void MultiplyByQ(int rows, int reflections, ReadOnlySpan<double> a, ReadOnlySpan<double> tau, int columns, Span<double> b)
    {
        for (var j = 0; j < columns; j++)
        {
            for (var k = reflections - 1; k >= 0; k--)
                Apply(a.Slice((k * rows) + k, rows - k), tau[k], b.Slice((j * rows) + k, rows - k));
        }
    }
}
