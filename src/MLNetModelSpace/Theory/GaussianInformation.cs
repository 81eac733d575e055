using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace MLNetModelSpace.Theory;

/// <summary>Entropy and mutual information of Gaussians, in closed form from moments and estimated from samples.</summary>
/// <remarks>
/// The closed forms are Cover and Thomas, Elements of Information Theory (2006), theorem 8.4.1 and equation 8.58; log-determinants
/// are taken by Cholesky, in float64. Thread-safe.
/// </remarks>
public static class GaussianInformation
{
    /// <summary>log(2πe): twice the entropy of a standard normal variable.</summary>
    internal const double LogTwoPiE = 2.83787706640934548356;

    /// <summary>The differential entropy ½·log((2πe)^d |Σ|), in nats. It changes with the unit of the data and may be negative.</summary>
    /// <param name="covariance">Σ, symmetric and positive definite.</param>
    /// <exception cref="ArgumentException">Σ is not square, not symmetric or not positive definite.</exception>
    public static double Entropy(Matrix<double> covariance)
    {
        var checkedCovariance = SymmetricMatrix.Checked(covariance, nameof(covariance));
        return EntropyOf(checkedCovariance.RowCount, SymmetricMatrix.LogDeterminant(checkedCovariance, nameof(covariance)));
    }

    /// <summary>I(X; Y) = ½·log(|Σ_X| |Σ_Y| / |Σ|) of the two parts of a Gaussian vector.</summary>
    /// <param name="covariance">Σ of (X, Y) together, symmetric and positive definite.</param>
    /// <param name="firstDimension">How many of the dimensions, counted from the first, are X; at least 1, and fewer than all.</param>
    /// <exception cref="ArgumentException">Σ is not square, not symmetric or not positive definite, or a part is empty.</exception>
    public static InformationEstimate MutualInformation(Matrix<double> covariance, int firstDimension)
    {
        var joint = SymmetricMatrix.Checked(covariance, nameof(covariance));
        return InformationEstimate.Exact(Math.Max(0, FromJoint(joint, firstDimension, nameof(covariance))), "Gaussian, closed form");
    }

    /// <summary>
    /// Estimates I(X; Y) from samples as if they were Gaussian: the closed form on the sample covariance, less the bias that a
    /// sample covariance's log-determinant is known to have (Wishart: Σᵢ ψ((n − i)/2) + d·log(2/(n − 1))), with a bootstrap interval
    /// over the samples' log-density ratios, whose mean the estimate is.
    /// </summary>
    /// <remarks>
    /// Where there are no more samples than dimensions, the covariance is shrunk (Ledoit–Wolf), no bias is taken off, and the estimate
    /// is pulled towards zero. The value and its interval are cut at 0, since a mutual information is not negative.
    /// </remarks>
    /// <param name="x">n × d₁, a sample a row.</param>
    /// <param name="y">n × d₂, the same rows.</param>
    /// <param name="options">Interval and seed; defaults where null.</param>
    /// <exception cref="ArgumentException">Different numbers of rows, fewer than two, a constant column, a value that is not finite, or a joint covariance that is singular.</exception>
    public static InformationEstimate MutualInformation(Matrix<double> x, Matrix<double> y, EstimationOptions? options = null)
    {
        options ??= new EstimationOptions();
        options.Validate();
        PairedSamples.Check(x, y);
        var joint = x.Append(y);
        var moments = GaussianMoments.FromSamples(joint);
        double value = Estimate(moments, x.ColumnCount, out double[] terms, joint);
        var (low, high) = Bootstrap.OfMean(terms, options);
        double shift = value - (terms.Sum() / terms.Length);
        value = Math.Max(0, value);
        return new InformationEstimate(
            value, Math.Clamp(low + shift, 0, value), Math.Max(value, high + shift), options.Confidence, x.RowCount, "Gaussian, from samples");
    }

    internal static double EntropyOf(int dimension, double logDeterminant) => ((dimension * LogTwoPiE) + logDeterminant) / 2;

    /// <summary>The estimate, and the log-density ratio of each sample, of which it is the mean but for a constant: its influence on the estimate.</summary>
    private static double Estimate(GaussianMoments moments, int firstDimension, out double[] terms, Matrix<double> joint)
    {
        int n = joint.RowCount, d = joint.ColumnCount, rest = d - firstDimension;
        var covariance = moments.CovarianceView;
        var both = covariance.Cholesky();
        var first = covariance.SubMatrix(0, firstDimension, 0, firstDimension).Cholesky();
        var second = covariance.SubMatrix(firstDimension, rest, firstDimension, rest).Cholesky();
        terms = new double[n];
        for (int i = 0; i < n; i++)
        {
            var z = joint.Row(i) - moments.MeanView;
            var zx = z.SubVector(0, firstDimension);
            var zy = z.SubVector(firstDimension, rest);
            terms[i] = ((zx * first.Solve(zx)) + (zy * second.Solve(zy)) - (z * both.Solve(z))) / 2;
        }

        double value = FromJoint(covariance, firstDimension, nameof(joint));
        return moments.Shrinkage > 0
            ? value
            : value - ((LogDeterminantBias(n, firstDimension) + LogDeterminantBias(n, rest) - LogDeterminantBias(n, d)) / 2);
    }

    /// <summary>E log |S| − log |Σ| of the unbiased covariance of n Gaussian samples.</summary>
    private static double LogDeterminantBias(int n, int dimension)
    {
        double sum = dimension * Math.Log(2.0 / (n - 1));
        for (int i = 1; i <= dimension; i++)
        {
            sum += SpecialFunctions.DiGamma((n - i) / 2.0);
        }

        return sum;
    }

    private static double FromJoint(Matrix<double> joint, int firstDimension, string name)
    {
        int d = joint.RowCount;
        if (firstDimension < 1 || firstDimension >= d)
        {
            throw new ArgumentOutOfRangeException(nameof(firstDimension), firstDimension, $"Between 1 and {d - 1} of the {d} dimensions are the first part.");
        }

        int rest = d - firstDimension;
        double first = SymmetricMatrix.LogDeterminant(joint.SubMatrix(0, firstDimension, 0, firstDimension), name);
        double second = SymmetricMatrix.LogDeterminant(joint.SubMatrix(firstDimension, rest, firstDimension, rest), name);
        return (first + second - SymmetricMatrix.LogDeterminant(joint, name)) / 2;
    }
}

/// <summary>How a covariance matrix estimated from samples is drawn towards a multiple of the identity.</summary>
public enum CovarianceShrinkage
{
    /// <summary><see cref="LedoitWolf"/> where there are no more samples than dimensions, so that the sample covariance is singular; else <see cref="None"/>.</summary>
    Automatic = 0,

    /// <summary>The unbiased sample covariance as it is; it must be positive definite.</summary>
    None = 1,

    /// <summary>
    /// (1 − ρ)·S + ρ·(tr S / d)·I with the ρ that minimises the expected squared error, estimated from the samples
    /// (Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", 2004, section 3).
    /// </summary>
    LedoitWolf = 2,
}
