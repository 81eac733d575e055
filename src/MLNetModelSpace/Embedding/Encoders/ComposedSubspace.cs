using System.Numerics.Tensors;

namespace MLNetModelSpace.Embedding;

/// <summary>
/// The composed map M = D·E of a network (<see cref="TwoFactorForm"/>) seen in the directions in which the training models' maps agree
/// most: the k leading directions U of the mean symmetric map, found by orthogonal iteration. A model gives UᵀMU and Uᵀ times the
/// offset that biases add. Like M it is invariant under permutation and scaling of hidden units, and for a linear autoencoder under
/// any invertible map of its code.
/// </summary>
internal static class ComposedSubspace
{
    private const int Iterations = 16;

    /// <summary>The mean of (M + Mᵀ)/2 grows by one model; <paramref name="mean"/> has the square of the form's inputs.</summary>
    public static void Accumulate(TwoFactorForm form, double[] mean)
    {
        int n = form.Inputs;
        ParallelLoops.For(n, CancellationToken.None, i =>
        {
            Span<double> row = mean.AsSpan(i * n, n);
            for (int unit = 0; unit < form.Units; unit++)
            {
                ReadOnlySpan<double> reads = form.Incoming(unit), writes = form.Outgoing(unit);
                TwoFactorForm.AddScaled(reads, writes[i] / 2, row);
                TwoFactorForm.AddScaled(writes, reads[i] / 2, row);
            }
        });
    }

    /// <summary>k orthonormal directions, one after another, that span the leading subspace of a symmetric matrix.</summary>
    public static double[] Leading(double[] matrix, int n, int k)
    {
        double[] basis = new double[k * n], next = new double[k * n];
        var random = new Random(1);
        for (int i = 0; i < basis.Length; i++)
            basis[i] = random.NextDouble() - 0.5;
        Orthonormalize(basis, n, k);
        for (int step = 0; step < Iterations; step++)
        {
            double[] from = basis, to = next;
            ParallelLoops.For(n, CancellationToken.None, i =>
            {
                for (int a = 0; a < k; a++)
                    to[(a * n) + i] = TensorPrimitives.Dot<double>(matrix.AsSpan(i * n, n), from.AsSpan(a * n, n));
            });
            (basis, next) = (next, basis);
            Orthonormalize(basis, n, k);
        }

        return basis;
    }

    /// <summary>How many numbers a model gives.</summary>
    public static int Count(int k) => (k * k) + k;

    /// <summary>UᵀMU row by row, then Uᵀ·offset.</summary>
    public static void Evaluate(TwoFactorForm form, ReadOnlySpan<double> basis, int k, Span<float> destination)
    {
        int n = form.Inputs;
        double[] reads = new double[k * form.Units], writes = new double[k * form.Units];
        for (int a = 0; a < k; a++)
        {
            ReadOnlySpan<double> direction = basis.Slice(a * n, n);
            for (int unit = 0; unit < form.Units; unit++)
            {
                reads[(a * form.Units) + unit] = TensorPrimitives.Dot(form.Incoming(unit), direction);
                writes[(a * form.Units) + unit] = TensorPrimitives.Dot(form.Outgoing(unit), direction);
            }

            destination[(k * k) + a] = (float)TensorPrimitives.Dot(form.Offset, direction);
        }

        for (int a = 0; a < k; a++)
        {
            for (int b = 0; b < k; b++)
            {
                destination[(a * k) + b] = (float)TensorPrimitives.Dot<double>(
                    writes.AsSpan(a * form.Units, form.Units), reads.AsSpan(b * form.Units, form.Units));
            }
        }
    }

    /// <summary>Gram and Schmidt, twice over, which leaves rounding only; a direction that vanishes becomes an axis.</summary>
    private static void Orthonormalize(Span<double> basis, int n, int k)
    {
        for (int a = 0; a < k; a++)
        {
            Span<double> row = basis.Slice(a * n, n);
            for (int axis = a; ; axis++)
            {
                double before = TensorPrimitives.Norm<double>(row);
                for (int pass = 0; pass < 2; pass++)
                {
                    for (int b = 0; b < a; b++)
                        TwoFactorForm.AddScaled(basis.Slice(b * n, n), -TensorPrimitives.Dot<double>(row, basis.Slice(b * n, n)), row);
                }

                double norm = TensorPrimitives.Norm<double>(row);
                if (norm > 1e-12 * before && norm > 0)
                {
                    TensorPrimitives.Divide(row, norm, row);
                    break;
                }

                row.Clear();
                row[axis % n] = 1;
            }
        }
    }
}
