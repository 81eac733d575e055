using System.Numerics.Tensors;
using MathNet.Numerics.LinearAlgebra;

namespace MLNetModelSpace.Embedding;

/// <summary>
/// Principal fitted components (Cook, 2007, "Fisher lecture: Dimension reduction in regression", with a general noise covariance):
/// features are regressed on polynomials of the shares, not the other way round. Shares are few and exact, features many and noisy, so the
/// curve of datasets in feature space and the noise about it are learned from fewer models than a map from features to shares, and what
/// moves features across the curve, as images that were never seen do, does not move the estimate.
/// </summary>
/// <param name="features">All models' features.</param>
/// <param name="shares">All models' shares.</param>
/// <param name="standardization">Of the features.</param>
/// <param name="components">Most principal components of the features that are looked at.</param>
internal sealed class InverseRegressionLearner(ColumnMatrix features, ColumnMatrix shares, Standardization standardization, int components)
{
    /// <summary>Models for each component, so that the noise of components can be told.</summary>
    private const int ModelsPerComponent = 3;

    /// <summary>Share of the mean variance in the covariance of the noise.</summary>
    private const double Shrinkage = 0.02;
    private const double Ridge = 1e-6;
    private const double Negligible = 1e-10;
    private const double Smallest = 1e-300;

    /// <summary>Learns from some of the models.</summary>
    /// <exception cref="InvalidDataException">There are too few of them, or their features do not differ.</exception>
    public InverseRegression Learn(int[] rows, CancellationToken cancellation)
    {
        ShareMonomials monomials = ShareMonomials.For(shares.Columns, rows.Length);
        if (rows.Length < ModelsPerComponent * monomials.Count)
            throw new InvalidDataException($"There are {rows.Length} models to learn from; inverse regression on {shares.Columns} classes needs at least {ModelsPerComponent * monomials.Count}.");
        (double[][] centred, double[] mean) = Centre(rows);
        (double[] values, double[] vectors) = Decompose(Gram(centred, cancellation), rows.Length);
        int kept = Math.Min(components, rows.Length / ModelsPerComponent);
        while (kept > 0 && !(values[kept - 1] > Negligible * values[0]))
            kept--;
        if (kept == 0)
            throw new InvalidDataException("The features of all models are the same: there is nothing to tell their shares by.");
        cancellation.ThrowIfCancellationRequested();

        // Scores of the models on the components, [n×kept].
        double[][] scores = new double[rows.Length][];
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = new double[kept];
            for (int c = 0; c < kept; c++)
                scores[i][c] = vectors[(c * rows.Length) + i] * Math.Sqrt(values[c]);
        }

        double[][] powers = Array.ConvertAll(rows, row => Powers(monomials, row));
        double[] curve = FitCurve(scores, powers, kept, monomials.Count);                  // [monomials×kept]
        double[] root = Cholesky(NoiseCovariance(scores, powers, curve, kept, monomials.Count), kept);
        for (int m = 0; m < monomials.Count; m++)
            SolveLower(root, curve.AsSpan(m * kept, kept));
        (double[] basis, double[] within, int count) = Reduce(curve, kept, monomials.Count);

        // Back through the root and the components: one row of weights over the features for each coordinate.
        float[] projection = new float[count * features.Columns], offset = new float[count];
        for (int q = 0; q < count; q++)
        {
            Span<double> along = basis.AsSpan(q * kept, kept);
            SolveUpper(root, along);
            double[] row = new double[features.Columns];
            for (int i = 0; i < rows.Length; i++)
            {
                double weight = 0;
                for (int c = 0; c < kept; c++)
                    weight += along[c] * vectors[(c * rows.Length) + i] / Math.Sqrt(values[c]);
                TensorPrimitives.MultiplyAdd(centred[i], weight, row, row);
            }

            for (int j = 0; j < row.Length; j++)
                projection[(q * row.Length) + j] = (float)row[j];
            offset[q] = (float)TensorPrimitives.Dot<double>(row, mean);
        }

        return new InverseRegression(standardization, monomials, projection, offset, Array.ConvertAll(within, value => (float)value));
    }

    private double[] Powers(ShareMonomials monomials, int row)
    {
        double[] point = new double[shares.Columns], powers = new double[monomials.Count];
        for (int i = 0; i < point.Length; i++)
            point[i] = shares[row][i];
        monomials.Evaluate(point, powers);
        return powers;
    }

    private (double[][] Centred, double[] Mean) Centre(int[] rows)
    {
        float[] standardized = new float[features.Columns];
        double[] mean = new double[features.Columns];
        double[][] centred = new double[rows.Length][];
        for (int i = 0; i < rows.Length; i++)
        {
            standardization.Apply(features[rows[i]], standardized);
            centred[i] = Array.ConvertAll(standardized, value => (double)value);
            TensorPrimitives.Add(mean, centred[i], mean);
        }

        TensorPrimitives.Divide(mean, rows.Length, mean);
        foreach (double[] row in centred)
            TensorPrimitives.Subtract<double>(row, mean, row);
        return (centred, mean);
    }

    private static double[] Gram(double[][] rows, CancellationToken cancellation)
    {
        double[] gram = new double[rows.Length * rows.Length];
        Parallel.For(0, rows.Length, new ParallelOptions { CancellationToken = cancellation }, i =>
        {
            for (int j = 0; j <= i; j++)
                gram[(i * rows.Length) + j] = gram[(j * rows.Length) + i] = TensorPrimitives.Dot<double>(rows[i], rows[j]);
        });
        return gram;
    }

    private static (double[] Values, double[] Vectors) Decompose(double[] matrix, int n)
    {
        double[] values = new double[n], vectors = new double[n * n];
        SymmetricEigen.Decompose(matrix, values, vectors, new double[2 * n]);
        return (values, vectors);
    }

    /// <summary>Least squares from monomials to scores.</summary>
    private static double[] FitCurve(double[][] scores, double[][] powers, int kept, int count)
    {
        double[] normal = new double[count * count], right = new double[count * kept];
        for (int i = 0; i < scores.Length; i++)
        {
            for (int m = 0; m < count; m++)
            {
                TensorPrimitives.MultiplyAdd(powers[i], powers[i][m], normal.AsSpan(m * count, count), normal.AsSpan(m * count, count));
                TensorPrimitives.MultiplyAdd(scores[i], powers[i][m], right.AsSpan(m * kept, kept), right.AsSpan(m * kept, kept));
            }
        }

        for (int m = 0; m < count; m++)
            normal[(m * count) + m] += Ridge * scores.Length;
        double[] root = Cholesky(normal, count), column = new double[count];
        for (int c = 0; c < kept; c++)
        {
            for (int m = 0; m < count; m++)
                column[m] = right[(m * kept) + c];
            SolveLower(root, column);
            SolveUpper(root, column);
            for (int m = 0; m < count; m++)
                right[(m * kept) + c] = column[m];
        }

        return right;
    }

    private static double[] NoiseCovariance(double[][] scores, double[][] powers, double[] curve, int kept, int count)
    {
        double[] covariance = new double[kept * kept], residual = new double[kept];
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i].CopyTo(residual, 0);
            for (int m = 0; m < count; m++)
                TensorPrimitives.MultiplyAdd(curve.AsSpan(m * kept, kept), -powers[i][m], residual, residual);
            for (int c = 0; c < kept; c++)
                TensorPrimitives.MultiplyAdd(residual, residual[c], covariance.AsSpan(c * kept, kept), covariance.AsSpan(c * kept, kept));
        }

        double trace = 0;
        for (int c = 0; c < kept; c++)
            trace += covariance[(c * kept) + c];
        double floor = Math.Max(Shrinkage * trace / kept, Smallest);
        TensorPrimitives.Multiply(covariance, 1 - Shrinkage, covariance);
        for (int c = 0; c < kept; c++)
            covariance[(c * kept) + c] += floor;
        TensorPrimitives.Divide(covariance, scores.Length - count, covariance);
        return covariance;
    }

    /// <summary>An orthonormal basis of what the monomials' columns span, [q×kept], and the curve in it, [q×monomials].</summary>
    private static (double[] Basis, double[] Curve, int Count) Reduce(double[] curve, int kept, int count)
    {
        double[] gram = new double[count * count];
        for (int a = 0; a < count; a++)
        {
            for (int b = 0; b < count; b++)
                gram[(a * count) + b] = TensorPrimitives.Dot<double>(curve.AsSpan(a * kept, kept), curve.AsSpan(b * kept, kept));
        }

        (double[] values, double[] vectors) = Decompose(gram, count);
        int q = Math.Min(count, kept);
        while (q > 1 && !(values[q - 1] > Negligible * values[0]))
            q--;
        double[] basis = new double[q * kept], within = new double[q * count];
        for (int i = 0; i < q; i++)
        {
            double length = Math.Sqrt(values[i]);
            for (int m = 0; m < count; m++)
            {
                double part = vectors[(i * count) + m];
                within[(i * count) + m] = length * part;
                if (length > 0)
                    TensorPrimitives.MultiplyAdd(curve.AsSpan(m * kept, kept), part / length, basis.AsSpan(i * kept, kept), basis.AsSpan(i * kept, kept));
            }
        }

        return (basis, within, q);
    }

    /// <summary>The lower triangular root of a positive definite matrix, row by row.</summary>
    private static double[] Cholesky(double[] matrix, int n) => Matrix<double>.Build.Dense(n, n, matrix).Cholesky().Factor.ToRowMajorArray();

    private static void SolveLower(double[] root, Span<double> vector)
    {
        int n = vector.Length;
        for (int i = 0; i < n; i++)
            vector[i] = (vector[i] - TensorPrimitives.Dot<double>(root.AsSpan(i * n, i), vector[..i])) / root[(i * n) + i];
    }

    /// <summary>By the transposed root.</summary>
    private static void SolveUpper(double[] root, Span<double> vector)
    {
        int n = vector.Length;
        for (int i = n - 1; i >= 0; i--)
        {
            vector[i] /= root[(i * n) + i];
            for (int k = 0; k < i; k++)
                vector[k] -= root[(i * n) + k] * vector[i];
        }
    }
}
