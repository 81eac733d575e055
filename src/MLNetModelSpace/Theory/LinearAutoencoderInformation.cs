using MathNet.Numerics.LinearAlgebra;

namespace MLNetModelSpace.Theory;

/// <summary>
/// How much a linear autoencoder x̂ = W₂(W₁x + b₁) + b₂ knows about Gaussian data: statement 2 of Theorem 1 (the paper,
/// Section 3), as printed, and the forms beside it that are finite.
/// </summary>
/// <remarks>
/// <para>
/// Where the printed form does not hold. The determinants factor: |(I − W₂W₁) Σ (I − W₂W₁)ᵀ| = |Σ|·det(I − W₂W₁)², so Σ cancels
/// and what is printed is −m·log |det(I_k − W₁W₂)|, a function of the weights alone. At the PCA optimum I − W₂W₁ has rank d − k and
/// the value is infinite. It is 0 for zero weights, but not for random ones (against the paper's remark), and negative where
/// I − W₂W₁ stretches volume. It compares x with its own reconstruction, hence speaks of the code, not of what
/// the weights, fixed once trained, remember of X₁.
/// </para>
/// <para>
/// Counterparts, in nats for m samples: <see cref="Regularized"/> sees both x and the error through noise σ²;
/// <see cref="Channel"/> and <see cref="Code"/> are true mutual informations, never negative and finite; <see cref="Rate"/> is the
/// rate–distortion reading; <see cref="PseudoDeterminant"/> leaves the null space out. At the PCA optimum with λ_k ≥ σ² the first three
/// all equal (m/2)·Σ_{i≤k} log(1 + λᵢ/σ²). Derivations are in the README of this folder. Thread-safe; a model of
/// d = 784, k = 32 takes well under a second.
/// </para>
/// </remarks>
public static class LinearAutoencoderInformation
{
    /// <summary>Singular values of I_k − W₁W₂ up to this count as zero in <see cref="PseudoDeterminant"/> unless told otherwise.</summary>
    public const double DefaultTolerance = 1e-6;

    /// <summary>Rows of W₁ whose squared singular value is below this share of the largest span nothing.</summary>
    private const double RankTolerance = 1e-12;

    /// <summary>I(X₁; W) = (m/2)·log(|Σ| / |(I − W₂W₁) Σ (I − W₂W₁)ᵀ|), statement 2 as printed.</summary>
    /// <remarks>Plus infinity where I − W₂W₁ is singular to working precision; may be negative; does not depend on Σ.</remarks>
    /// <param name="x">The Gaussian source of the data, of the model's input dimension.</param>
    /// <param name="weights">The trained model.</param>
    /// <param name="m">The size of the training sample, at least 1.</param>
    /// <exception cref="ArgumentException">The dimensions differ, or <paramref name="m"/> is below 1.</exception>
    public static InformationEstimate AsPrinted(GaussianMoments x, LinearAutoencoderWeights weights, int m)
    {
        Validate(x, weights, m);
        double log = SymmetricMatrix.LogAbsoluteDeterminant(IdentityMinusCodeMap(weights));
        return InformationEstimate.Exact(log == 0 ? 0 : -m * log, "Theorem 1 (2), as printed");
    }

    /// <summary>
    /// (m/2)·log(|Σ + σ²I| / |(I − W₂W₁) Σ (I − W₂W₁)ᵀ + σ²I|): statement 2 with x and the reconstruction error both seen
    /// through noise N(0, σ²I). Finite; 0 for zero weights; negative where the reconstruction is worse than none.
    /// </summary>
    /// <param name="x">The Gaussian source of the data.</param>
    /// <param name="weights">The trained model.</param>
    /// <param name="m">The size of the training sample, at least 1.</param>
    /// <param name="noiseVariance">σ² above 0, in squared units of the data.</param>
    /// <exception cref="ArgumentException">The dimensions differ, an argument is out of range, or σ² is lost in the rounding of Σ.</exception>
    public static InformationEstimate Regularized(GaussianMoments x, LinearAutoencoderWeights weights, int m, double noiseVariance)
    {
        Validate(x, weights, m, noiseVariance);
        double before = x.Noisy(noiseVariance).LogDeterminant;
        var residual = GaussianMoments.AddToDiagonal(ResidualCovariance(x, weights), noiseVariance);
        double after = SymmetricMatrix.TryLogDeterminant(residual) ?? throw LostNoise(noiseVariance);
        return InformationEstimate.Exact(m * (before - after) / 2, "Theorem 1 (2), regularised");
    }

    /// <summary>
    /// (m/2)·[log |Σ| − log |(I − W₂W₁) Σ (I − W₂W₁)ᵀ|₊ − r·log σ²], where |·|₊ leaves out the r directions that are reconstructed
    /// without error. With r = 0 it is the printed form; at the PCA optimum it is (m/2)·Σ_{i≤k} log(λᵢ/σ²).
    /// </summary>
    /// <remarks>
    /// The two determinants are of d and of d − r dimensions: what remains is the entropy of r dimensions, which has meaning only
    /// against a unit. σ² is that unit, and the value is the rate of these r components at the water level σ²; it may be negative.
    /// </remarks>
    /// <param name="x">The Gaussian source of the data.</param>
    /// <param name="weights">The trained model.</param>
    /// <param name="m">The size of the training sample, at least 1.</param>
    /// <param name="noiseVariance">σ² above 0, in squared units of the data; 1 by default.</param>
    /// <param name="tolerance">Singular values of I_k − W₁W₂ up to this count as zero; at least 0.</param>
    /// <exception cref="ArgumentException">The dimensions differ or an argument is out of range.</exception>
    public static InformationEstimate PseudoDeterminant(
        GaussianMoments x, LinearAutoencoderWeights weights, int m, double noiseVariance = 1, double tolerance = DefaultTolerance)
    {
        Validate(x, weights, m, noiseVariance);
        ArgumentRanges.RequireNotNegative(tolerance, nameof(tolerance));
        var lost = ReconstructedDirections(weights, tolerance, out int rank);
        if (rank == 0)
        {
            return InformationEstimate.Exact(-m * SymmetricMatrix.LogAbsoluteDeterminant(IdentityMinusCodeMap(weights)), "Theorem 1 (2), pseudo-determinant, r = 0");
        }

        // Project the r directions out, then give them a known variance, so that an ordinary Cholesky takes the rest.
        var residual = ResidualCovariance(x, weights);
        var along = residual * lost;
        var projected = residual - (along * lost.Transpose()) - (lost * along.Transpose()) + (lost * (lost.TransposeThisAndMultiply(along)) * lost.Transpose());
        double filler = x.TotalVariance / x.Dimension;
        var filled = SymmetricMatrix.Symmetrize(projected + (lost * lost.Transpose() * filler));
        double after = SymmetricMatrix.LogDeterminant(filled, nameof(weights)) - (rank * Math.Log(filler));
        double value = m * (x.LogDeterminant - after - (rank * Math.Log(noiseVariance))) / 2;
        return InformationEstimate.Exact(value, $"Theorem 1 (2), pseudo-determinant, r = {rank}");
    }

    /// <summary>
    /// m·I(x; x̂ + ν) = (m/2)·log |I + W₂W₁ΣW₁ᵀW₂ᵀ/σ²| with ν ~ N(0, σ²I): the autoencoder as a Gaussian channel, what its output
    /// tells of its input at the resolution σ. Finite, never negative, 0 for zero weights.
    /// </summary>
    /// <param name="x">The Gaussian source of the data.</param>
    /// <param name="weights">The trained model.</param>
    /// <param name="m">The size of the training sample, at least 1.</param>
    /// <param name="noiseVariance">σ² above 0, in squared units of the data.</param>
    /// <exception cref="ArgumentException">The dimensions differ or an argument is out of range.</exception>
    public static InformationEstimate Channel(GaussianMoments x, LinearAutoencoderWeights weights, int m, double noiseVariance)
    {
        Validate(x, weights, m, noiseVariance);

        // |I_d + W₂ C W₂ᵀ/σ²| = |I_k + Fᵀ W₂ᵀW₂ F/σ²| with C = F Fᵀ, the covariance of the code.
        var root = SymmetricMatrix.SquareRoot(CodeCovariance(x, weights.EncoderView));
        var output = weights.DecoderView * root;
        return InformationEstimate.Exact(
            m * SymmetricMatrix.LogDeterminantOfIdentityPlus(output.TransposeThisAndMultiply(output), noiseVariance) / 2, "Gaussian channel");
    }

    /// <summary>
    /// m·I(x + ν; W₁x), what the code tells of the noisy input under the best decoder there is: −(m/2)·log of the share of the
    /// variance of x + ν that the code leaves unexplained. Finite, never negative, and the same for every invertible change of the code.
    /// </summary>
    /// <param name="x">The Gaussian source of the data.</param>
    /// <param name="weights">The trained model.</param>
    /// <param name="m">The size of the training sample, at least 1.</param>
    /// <param name="noiseVariance">σ² above 0, in squared units of the data.</param>
    /// <exception cref="ArgumentException">The dimensions differ or an argument is out of range.</exception>
    public static InformationEstimate Code(GaussianMoments x, LinearAutoencoderWeights weights, int m, double noiseVariance)
    {
        Validate(x, weights, m, noiseVariance);
        var basis = RowBasis(weights.EncoderView);
        if (basis is null)
        {
            return InformationEstimate.Exact(0, "code, best decoder");
        }

        // Q spans the rows of W₁: I = ½ log |QΣQᵀ| − ½ log |σ² QΣ(Σ + σ²I)⁻¹Qᵀ|, both of the code's size.
        var seen = basis * x.CovarianceView;
        double prior = SymmetricMatrix.LogDeterminant(SymmetricMatrix.Symmetrize(seen * basis.Transpose()), nameof(x));
        var solved = x.Noisy(noiseVariance).Factor.Solve(basis.Transpose());
        var posterior = SymmetricMatrix.Symmetrize(seen * solved);
        double unexplained = SymmetricMatrix.LogDeterminant(posterior, nameof(x)) + (basis.RowCount * Math.Log(noiseVariance));
        return InformationEstimate.Exact(m * Math.Max(0, prior - unexplained) / 2, "code, best decoder");
    }

    /// <summary>
    /// m·R(D), the rate–distortion function of the source at the model's own squared error D: the fewest nats that any code,
    /// linear or not, needs for m samples to be rebuilt as well. 0 where the model is no better than the mean, infinite at D = 0.
    /// </summary>
    /// <param name="x">The Gaussian source of the data.</param>
    /// <param name="weights">The trained model.</param>
    /// <param name="m">The size of the training sample, at least 1.</param>
    /// <exception cref="ArgumentException">The dimensions differ or <paramref name="m"/> is below 1.</exception>
    public static InformationEstimate Rate(GaussianMoments x, LinearAutoencoderWeights weights, int m)
    {
        Validate(x, weights, m);
        return InformationEstimate.Exact(m * RateDistortion.AtDistortion(x.Eigenvalues, ReconstructionError(x, weights)).Rate, "rate at the model's distortion");
    }

    /// <summary>E‖x − x̂‖² = tr((I − W₂W₁) Σ (I − W₂W₁)ᵀ) + ‖(I − W₂W₁)μ − W₂b₁ − b₂‖², summed over dimensions, in squared units of the data.</summary>
    /// <param name="x">The Gaussian source of the data.</param>
    /// <param name="weights">The trained model.</param>
    /// <exception cref="ArgumentException">The dimensions differ.</exception>
    public static double ReconstructionError(GaussianMoments x, LinearAutoencoderWeights weights)
    {
        Validate(x, weights, 1);
        var bias = x.MeanView - weights.Reconstruct(x.MeanView);
        return Math.Max(0, ResidualCovariance(x, weights).Trace()) + (bias * bias);
    }

    /// <summary>I_k − W₁W₂, whose determinant is that of I_d − W₂W₁ (Sylvester).</summary>
    private static Matrix<double> IdentityMinusCodeMap(LinearAutoencoderWeights weights) =>
        GaussianMoments.AddToDiagonal(-(weights.EncoderView * weights.DecoderView), 1);

    /// <summary>(I − W₂W₁) Σ (I − W₂W₁)ᵀ by products of rank k.</summary>
    private static Matrix<double> ResidualCovariance(GaussianMoments x, LinearAutoencoderWeights weights)
    {
        var seen = weights.EncoderView * x.CovarianceView;
        var cross = weights.DecoderView * seen;
        var code = seen * weights.EncoderView.Transpose();
        var output = weights.DecoderView * code * weights.DecoderView.Transpose();
        return SymmetricMatrix.Symmetrize(x.CovarianceView - cross - cross.Transpose() + output);
    }

    private static Matrix<double> CodeCovariance(GaussianMoments x, Matrix<double> encoder) =>
        SymmetricMatrix.Symmetrize(encoder * x.CovarianceView * encoder.Transpose());

    /// <summary>An orthonormal basis of the directions w with (I − W₂W₁)ᵀw = 0: W₁ᵀu for the left null vectors u of I_k − W₁W₂.</summary>
    private static Matrix<double> ReconstructedDirections(LinearAutoencoderWeights weights, double tolerance, out int rank)
    {
        var svd = IdentityMinusCodeMap(weights).Svd();
        var columns = Enumerable.Range(0, svd.S.Count).Where(i => svd.S[i] <= tolerance).Select(i => svd.U.Column(i)).ToArray();
        rank = columns.Length;
        return rank == 0 ? svd.U : weights.EncoderView.TransposeThisAndMultiply(Matrix<double>.Build.DenseOfColumnVectors(columns)).GramSchmidt().Q;
    }

    /// <summary>Orthonormal rows spanning those of W₁, or null where W₁ is zero.</summary>
    private static Matrix<double>? RowBasis(Matrix<double> encoder)
    {
        var evd = SymmetricMatrix.Symmetrize(encoder * encoder.Transpose()).Evd(Symmetricity.Symmetric);
        double largest = evd.EigenValues.Max(value => value.Real);
        var kept = largest > 0
            ? Enumerable.Range(0, encoder.RowCount).Where(i => evd.EigenValues[i].Real > RankTolerance * largest).ToArray()
            : [];
        return kept.Length == 0
            ? null
            : Matrix<double>.Build.DenseOfColumnVectors(kept.Select(i => evd.EigenVectors.Column(i) / Math.Sqrt(evd.EigenValues[i].Real)))
                .TransposeThisAndMultiply(encoder);
    }

    private static ArgumentException LostNoise(double noiseVariance) => new(
        $"The noise variance {noiseVariance:R} is lost in the rounding of the data's covariance; take a larger one.", nameof(noiseVariance));

    private static void Validate(GaussianMoments x, LinearAutoencoderWeights weights, int m, double noiseVariance = 1)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentRanges.RequireAtLeast(m, 1, nameof(m));
        ArgumentRanges.RequirePositive(noiseVariance, nameof(noiseVariance));
        if (x.Dimension != weights.InputDimension)
        {
            throw new ArgumentException($"The model takes {weights.InputDimension} dimensions, the data has {x.Dimension}.", nameof(weights));
        }
    }
}
