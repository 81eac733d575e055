namespace MLNetModelSpace.Theory;

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
