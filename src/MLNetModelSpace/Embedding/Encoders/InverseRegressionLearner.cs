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
        (Matrix<double> scores, double[][] loadings) = FindComponents(centred, Math.Min(components, rows.Length / ModelsPerComponent), cancellation);
        cancellation.ThrowIfCancellationRequested();

        // Least squares from monomials [n×monomials] to scores [n×kept].
        Matrix<double> powers = Matrix<double>.Build.DenseOfRowArrays(Array.ConvertAll(rows, row => Powers(monomials, row)));
        Matrix<double> normal = powers.TransposeThisAndMultiply(powers) + (Ridge * rows.Length * Matrix<double>.Build.DenseIdentity(monomials.Count));
        Matrix<double> curve = normal.Cholesky().Solve(powers.TransposeThisAndMultiply(scores));                      // [monomials×kept]
        Matrix<double> root = NoiseCovariance(scores - (powers * curve), monomials.Count).Cholesky().Factor;          // [kept×kept], lower
        (Matrix<double> basis, Matrix<double> within) = Reduce(root.Solve(curve.Transpose()));

        // Back through the root and the components: one row of weights over the features for each coordinate.
        Matrix<double> along = root.Transpose().Solve(basis);                                                         // [kept×q]
        int count = along.ColumnCount;
        float[] projection = new float[count * features.Columns], offset = new float[count];
        double[] weights = new double[features.Columns];
        for (int q = 0; q < count; q++)
        {
            Array.Clear(weights);
            for (int c = 0; c < loadings.Length; c++)
                TensorPrimitives.MultiplyAdd(loadings[c], along[c, q], weights, weights);
            TensorPrimitives.ConvertTruncating<double, float>(weights, projection.AsSpan(q * weights.Length, weights.Length));
            offset[q] = (float)TensorPrimitives.Dot<double>(weights, mean);
        }

        return new InverseRegression(standardization, monomials, projection, offset, [.. within.ToRowMajorArray().Select(value => (float)value)]);
    }

    /// <summary>
    /// The principal components: the models' scores on them, [n×kept], and each one's direction in the space of features, of unit length. From the Gram matrix of the
    /// models or of the features, whichever is the smaller.
    /// </summary>
    private static (Matrix<double> Scores, double[][] Loadings) FindComponents(double[][] centred, int most, CancellationToken cancellation)
    {
        int n = centred.Length, width = centred[0].Length;
        bool byFeatures = width < n;
        double[][] vectors = byFeatures ? Matrix<double>.Build.DenseOfRowArrays(centred).ToColumnArrays() : centred;
        (double[] values, double[][] directions) = DenseEigen.Decompose(Gram(vectors, cancellation), vectors.Length);
        int kept = Math.Min(most, values.Length);
        while (kept > 0 && !(values[kept - 1] > Negligible * values[0]))
            kept--;
        if (kept == 0)
            throw new InvalidDataException("The features of all models are the same: there is nothing to tell their shares by.");
        if (byFeatures)
        {
            double[][] axes = directions[..kept];
            return (Matrix<double>.Build.Dense(n, kept, (i, c) => TensorPrimitives.Dot<double>(centred[i], axes[c])), axes);
        }

        double[][] loadings = new double[kept][];
        for (int c = 0; c < kept; c++)
        {
            loadings[c] = new double[width];
            for (int i = 0; i < n; i++)
                TensorPrimitives.MultiplyAdd(centred[i], directions[c][i] / Math.Sqrt(values[c]), loadings[c], loadings[c]);
        }

        return (Matrix<double>.Build.Dense(n, kept, (i, c) => directions[c][i] * Math.Sqrt(values[c])), loadings);
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
        ParallelLoops.For(rows.Length, cancellation, i =>
        {
            for (int j = 0; j <= i; j++)
                gram[(i * rows.Length) + j] = gram[(j * rows.Length) + i] = TensorPrimitives.Dot<double>(rows[i], rows[j]);
        });
        return gram;
    }

    /// <summary>Of what the curve leaves of the scores, drawn towards equal variances.</summary>
    private static Matrix<double> NoiseCovariance(Matrix<double> residuals, int monomials)
    {
        Matrix<double> covariance = residuals.TransposeThisAndMultiply(residuals);
        int kept = covariance.RowCount;
        double floor = Math.Max(Shrinkage * covariance.Trace() / kept, Smallest);
        return (((1 - Shrinkage) * covariance) + (floor * Matrix<double>.Build.DenseIdentity(kept))) / (residuals.RowCount - monomials);
    }

    /// <summary>An orthonormal basis of what the monomials' columns span, [kept×q], and the curve in it, [q×monomials].</summary>
    private static (Matrix<double> Basis, Matrix<double> Curve) Reduce(Matrix<double> curve)
    {
        (double[] values, double[][] vectors) = DenseEigen.Decompose(curve.TransposeThisAndMultiply(curve).ToRowMajorArray(), curve.ColumnCount);
        int q = Math.Min(curve.ColumnCount, curve.RowCount);
        while (q > 1 && !(values[q - 1] > Negligible * values[0]))
            q--;
        Matrix<double> directions = Matrix<double>.Build.DenseOfColumnArrays(vectors[..q]);                          // [monomials×q]
        double[] lengths = [.. values[..q].Select(value => Math.Sqrt(Math.Max(value, 0)))];
        Matrix<double> inverse = Matrix<double>.Build.DenseOfDiagonalArray([.. lengths.Select(length => length > 0 ? 1 / length : 0)]);
        return (curve * directions * inverse, Matrix<double>.Build.DenseOfDiagonalArray(lengths) * directions.Transpose());
    }
}

/// <summary>Estimates for every training model from the models of the other parts, so that they look as those of new models will.</summary>
internal static class CrossFitting
{
    public const int MaxFolds = 64;

    private const int Usual = 5;

    /// <summary>Parts for models that say none.</summary>
    public static int[] InTurn(int models)
    {
        int[] folds = new int[models];
        for (int i = 0; i < models; i++)
            folds[i] = i % Usual;
        return folds;
    }

    /// <summary>Learns once without each part.</summary>
    /// <returns>What was learned, a stage for each part, and the estimate of every model by the stage without its part.</returns>
    /// <exception cref="InvalidDataException">There are too many parts, or too few models in the others.</exception>
    public static (InverseRegression[] Stages, ColumnMatrix Estimates) Run(
        InverseRegressionLearner learner, ColumnMatrix features, int[] folds, EmbeddingTrainerOptions options)
    {
        int count = folds.Max() + 1;
        if (count > MaxFolds)
            throw new InvalidDataException($"Models come in {count} folds; expected at most {MaxFolds}.");
        var stages = new InverseRegression[count];
        for (int fold = 0; fold < count; fold++)
        {
            int left = fold;
            stages[fold] = learner.Learn([.. Enumerable.Range(0, folds.Length).Where(row => folds[row] != left)], options.CancellationToken);
        }

        int classes = stages[0].Classes;
        float[] estimates = new float[folds.Length * classes];
        for (int row = 0; row < folds.Length; row++)
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            stages[folds[row]].Estimate(features[row], estimates.AsSpan(row * classes, classes));
        }

        return (stages, ColumnMatrix.FromFlat(estimates, folds.Length, classes));
    }
}
