using System.Globalization;
using MathNet.Numerics.LinearAlgebra;

namespace MLNetModelSpace.Theory;

/// <summary>Checks and log-determinants of covariance matrices, shared by the formulas.</summary>
internal static class SymmetricMatrix
{
    /// <summary>Asymmetry that rounding explains, relative to the geometric mean of the two variances.</summary>
    private const double SymmetryTolerance = 1e-9;

    /// <summary>A symmetric copy of a covariance matrix, or the exception that says what is wrong with it.</summary>
    internal static Matrix<double> Checked(Matrix<double> covariance, string name)
    {
        ArgumentNullException.ThrowIfNull(covariance, name);
        if (covariance.RowCount != covariance.ColumnCount)
        {
            throw new ArgumentException($"A covariance matrix is square; this one is {covariance.RowCount} x {covariance.ColumnCount}.", name);
        }

        int d = covariance.RowCount;
        var copy = Matrix<double>.Build.Dense(d, d);
        for (int i = 0; i < d; i++)
        {
            double variance = covariance[i, i];
            if (!double.IsFinite(variance) || variance <= 0)
            {
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture, $"The covariance matrix is not positive definite: the variance of dimension {i} is {variance}."), name);
            }

            copy[i, i] = variance;
        }

        for (int i = 0; i < d; i++)
        {
            for (int j = 0; j < i; j++)
            {
                double below = covariance[i, j], above = covariance[j, i];
                if (!double.IsFinite(below) || !double.IsFinite(above)
                    || Math.Abs(below - above) > SymmetryTolerance * Math.Sqrt(copy[i, i]) * Math.Sqrt(copy[j, j]))
                {
                    throw new ArgumentException(
                        string.Create(CultureInfo.InvariantCulture, $"The covariance matrix is not symmetric: [{i}, {j}] is {below}, [{j}, {i}] is {above}."), name);
                }

                copy[i, j] = copy[j, i] = (below + above) / 2;
            }
        }

        return copy;
    }

    /// <summary>log |M| of a symmetric matrix by Cholesky, or null where M is not positive definite to working precision.</summary>
    internal static double? TryLogDeterminant(Matrix<double> symmetric)
    {
        Matrix<double> factor;
        try
        {
            factor = symmetric.Cholesky().Factor;
        }
        catch (ArgumentException)
        {
            return null;
        }

        int d = symmetric.RowCount;
        double sum = 0;
        for (int i = 0; i < d; i++)
        {
            double pivot = factor[i, i];

            // A pivot is the variance left when the dimensions before are known. What is left of a dependent
            // dimension is rounding, of the order of d eps of its variance: no longer evidence of definiteness.
            if (!(pivot * pivot > d * MachineEpsilon * symmetric[i, i]))
            {
                return null;
            }

            sum += Math.Log(pivot);
        }

        return 2 * sum;
    }

    /// <summary>log |M| of a positive definite matrix; throws where it is not.</summary>
    internal static double LogDeterminant(Matrix<double> symmetric, string name) => TryLogDeterminant(symmetric)
        ?? throw new ArgumentException(
            "The covariance matrix is not positive definite to working precision (some dimensions are linear combinations of others).", name);

    /// <summary>log |det M| of any square matrix as the sum of its singular values' logarithms; minus infinity where the rank is short.</summary>
    internal static double LogAbsoluteDeterminant(Matrix<double> square)
    {
        var singular = square.Svd(computeVectors: false).S;
        double threshold = square.RowCount * MachineEpsilon * Math.Max(1, singular[0]);
        double sum = 0;
        foreach (double value in singular)
        {
            if (value <= threshold)
            {
                return double.NegativeInfinity;
            }

            sum += Math.Log(value);
        }

        return sum;
    }

    /// <summary>log |I + M / scale| of a positive semi-definite M, each eigenvalue adding log(1 + eigenvalue / scale).</summary>
    internal static double LogDeterminantOfIdentityPlus(Matrix<double> positiveSemidefinite, double scale)
    {
        double sum = 0;
        foreach (double value in Eigenvalues(positiveSemidefinite))
        {
            sum += LogOnePlus(Math.Max(0, value) / scale);
        }

        return sum;
    }

    /// <summary>The eigenvalues of a symmetric matrix, in ascending order.</summary>
    internal static double[] Eigenvalues(Matrix<double> symmetric) =>
        [.. symmetric.Evd(Symmetricity.Symmetric).EigenValues.Select(value => value.Real).Order()];

    /// <summary>A matrix F with F Fᵀ = M for a positive semi-definite M, by eigenvalues, so that M may be singular.</summary>
    internal static Matrix<double> SquareRoot(Matrix<double> positiveSemidefinite)
    {
        var evd = positiveSemidefinite.Evd(Symmetricity.Symmetric);
        var root = evd.EigenVectors.Clone();
        for (int j = 0; j < root.ColumnCount; j++)
        {
            root.SetColumn(j, root.Column(j) * Math.Sqrt(Math.Max(0, evd.EigenValues[j].Real)));
        }

        return root;
    }

    /// <summary>The symmetric part, which removes the rounding of a product that is symmetric in exact arithmetic.</summary>
    internal static Matrix<double> Symmetrize(Matrix<double> matrix) => (matrix + matrix.Transpose()) / 2;

    /// <summary>log(1 + x) without the cancellation at small x.</summary>
    internal static double LogOnePlus(double x) => MathNet.Numerics.SpecialFunctions.Log1p(x);

    /// <summary>The distance from 1 to the next double.</summary>
    internal const double MachineEpsilon = 2.220446049250313e-16;
}
