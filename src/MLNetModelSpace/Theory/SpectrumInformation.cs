namespace MLNetModelSpace.Theory;

/// <summary>
/// How much the singular values of a linear autoencoder know about its training data: statement 3 of Theorem 1 (the paper,
/// Section 3), as printed, and in a form that is finite and never negative.
/// </summary>
/// <remarks>
/// <para>
/// Where the printed form does not hold. It is a differential entropy (negative for small λ, changing with the unit of the data)
/// read as a mutual information; given X₁ the singular values are fixed, so their conditional differential entropy is minus
/// infinity, not 0. Its last step puts λᵢ² where the proof has Var(sᵢ), and ¼ where it has ½; the sampling variance of
/// sᵢ = √λ̂ᵢ is λᵢ/(2m) (<see cref="SamplingVariance"/>), so H(S) falls with m instead of growing m-fold. And sᵢ ≈ √λᵢ is not
/// what training gives: the loss fixes only the product W₂W₁ = UUᵀ, whose singular values are 1; those of W₁ and W₂
/// are whatever initialisation and optimizer leave, or √(1 − γ/λᵢ) under weight decay γ on both (Kunin et al., 2019).
/// </para>
/// <para><see cref="Observed"/> is the counterpart; the derivation is in the README of this folder. Thread-safe.</para>
/// </remarks>
public static class SpectrumInformation
{
    /// <summary>I(X₁; S) ≈ (m/4)·log((2πe)^k ∏ λᵢ²), statement 3 as printed.</summary>
    /// <param name="eigenvalues">λ₁ … λ_k, the k largest eigenvalues of Σ, above 0; not empty.</param>
    /// <param name="m">The size of the training sample, at least 1.</param>
    /// <exception cref="ArgumentException">There are no eigenvalues, one is not above 0, or <paramref name="m"/> is below 1.</exception>
    public static InformationEstimate AsPrinted(IReadOnlyList<double> eigenvalues, int m)
    {
        Validate(eigenvalues, m);
        double sum = eigenvalues.Count * GaussianInformation.LogTwoPiE;
        foreach (double value in eigenvalues)
        {
            sum += 2 * Math.Log(value);
        }

        return InformationEstimate.Exact(m * sum / 4, "Theorem 1 (3), as printed");
    }

    /// <summary>H(S) = ½·log((2πe)^k ∏ Var(sᵢ)), the line of the proof before λᵢ² takes the variances' place: a differential entropy, which may be negative.</summary>
    /// <param name="variances">Var(sᵢ), above 0: measured over a zoo, or from <see cref="SamplingVariance"/>.</param>
    /// <exception cref="ArgumentException">There are no variances, or one is not above 0.</exception>
    public static InformationEstimate Entropy(IReadOnlyList<double> variances)
    {
        Validate(variances, 1);
        return InformationEstimate.Exact(variances.Sum(value => GaussianInformation.EntropyOf(1, Math.Log(value))), "H(S), Theorem 1 (3), proof");
    }

    /// <summary>
    /// Var(√λ̂) = λ/(2m): the variance of a singular value √λ̂ over training samples of m points, by the delta method from
    /// Var(λ̂) = 2λ²/m (Anderson, "Asymptotic theory for principal component analysis", 1963, for distinct eigenvalues).
    /// </summary>
    /// <param name="eigenvalue">λ, above 0.</param>
    /// <param name="m">The size of the training sample, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public static double SamplingVariance(double eigenvalue, int m)
    {
        ArgumentRanges.RequirePositive(eigenvalue, nameof(eigenvalue));
        ArgumentRanges.RequireAtLeast(m, 1, nameof(m));
        return eigenvalue / (2.0 * m);
    }

    /// <summary>
    /// I(X₁; S + τν) = ½·Σ log(1 + λᵢ/(2mτ²)) with sᵢ = √λ̂ᵢ and ν ~ N(0, I): what the singular values, read with precision τ,
    /// tell of the sample, to first order in 1/m. Finite and never negative; with τ the rounding error it is the information stored.
    /// </summary>
    /// <param name="eigenvalues">λ₁ … λ_k, distinct, above 0; not empty.</param>
    /// <param name="m">The size of the training sample, at least 1.</param>
    /// <param name="noiseVariance">τ² above 0, in squared units of the singular values.</param>
    /// <exception cref="ArgumentException">There are no eigenvalues, or an argument is out of range.</exception>
    public static InformationEstimate Observed(IReadOnlyList<double> eigenvalues, int m, double noiseVariance)
    {
        Validate(eigenvalues, m);
        ArgumentRanges.RequirePositive(noiseVariance, nameof(noiseVariance));
        double sum = eigenvalues.Sum(value => SymmetricMatrix.LogOnePlus(SamplingVariance(value, m) / noiseVariance));
        return InformationEstimate.Exact(sum / 2, "spectrum at finite precision");
    }

    private static void Validate(IReadOnlyList<double> values, int m)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count == 0)
        {
            throw new ArgumentException("There are no values.", nameof(values));
        }

        foreach (double value in values)
        {
            ArgumentRanges.RequirePositive(value, nameof(values));
        }

        ArgumentRanges.RequireAtLeast(m, 1, nameof(m));
    }
}
