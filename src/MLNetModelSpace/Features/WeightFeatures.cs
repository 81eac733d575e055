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

    /// <summary>
    /// The composed map of all layers: diagonal, response to and residual of fixed directions, offset; slots such as
    /// <c>composed diag[3]</c>. Invariant under permutation and scaling of hidden units, and under any invertible map of a linear
    /// autoencoder's code.
    /// </summary>
    ComposedMap = 1 << 4,

    /// <summary>Gram matrices of what hidden units read and write; slots such as <c>read gram diag[3]</c>. Invariant under permutation and positive scaling of hidden units.</summary>
    UnitGram = 1 << 5,

    /// <summary>Hidden units sorted by strength and scaled alike; slots such as <c>unit 3 strength</c>. Invariant under permutation and positive scaling of hidden units.</summary>
    SortedUnits = 1 << 6,

    /// <summary>
    /// Singular values of the composed map and its singular vectors on fixed directions; slots such as <c>composed v1 cos0</c>.
    /// Invariant as <see cref="ComposedMap"/> is, and under change of sign.
    /// </summary>
    SingularVectors = 1 << 7,

    /// <summary>
    /// The weights themselves, hidden units aligned to a reference model, projected on principal or random directions; slots such as
    /// <c>weights principal1</c>.
    /// </summary>
    RawWeights = 1 << 8,

    /// <summary>
    /// The composed map in a basis of low-frequency cosines, and its offset: what the model does to coarse patterns, in few numbers
    /// whatever the size of images; slots such as <c>composed cos0→cos3</c>. Invariant as <see cref="ComposedMap"/> is.
    /// </summary>
    ComposedCosines = 1 << 9,

    /// <summary>All canonical forms: invariant under the symmetries of the network.</summary>
    CanonicalForms = ComposedMap | UnitGram | SortedUnits | SingularVectors | ComposedCosines,
}
