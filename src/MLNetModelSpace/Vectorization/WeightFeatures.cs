namespace MLNetModelSpace;

/// <summary>
/// Families of features that <see cref="VectorizeWeightsEstimator"/> computes from weights alone. They combine freely; the slots
/// of a family follow those of the family with the smaller number.
/// </summary>
[Flags]
public enum WeightFeatures
{
    /// <summary>No family: refused by the estimator.</summary>
    None = 0,

    /// <summary>
    /// Singular values of every tensor, in descending order; slots such as <c>encoder.weight σ1</c>. A kernel is reshaped to
    /// out_channels × (in_channels·kH·kW); a vector has one singular value, its norm.
    /// </summary>
    SingularValues = 1 << 0,

    /// <summary>Histogram of every tensor's values, in fractions; slots such as <c>encoder.weight hist[3]</c>.</summary>
    Histogram = 1 << 1,

    /// <summary>
    /// Mean, variance, skewness, kurtosis, norms and quantiles of every tensor's values; slots such as <c>encoder.weight q25</c>
    /// (Unterthiner et al., 2020).
    /// </summary>
    LayerStatistics = 1 << 2,

    /// <summary>
    /// Shape of every matrix's spectrum: norms, stable rank, entropy, power-law exponent, Marchenko–Pastur fit, phase; slots such as
    /// <c>encoder.weight alpha</c> (Martin and Mahoney, 2018, and WeightWatcher).
    /// </summary>
    SpectralShape = 1 << 3,
}
