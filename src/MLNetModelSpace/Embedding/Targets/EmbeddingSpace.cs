namespace MLNetModelSpace;

/// <summary>The space that models and datasets are placed in.</summary>
public enum EmbeddingSpace
{
    /// <summary>
    /// The unit sphere: a dataset is its class shares scaled to unit length, a mixture the scaled sum of its parts
    /// (the paper's first variant). Distance: the angle in radians.
    /// </summary>
    Sphere,

    /// <summary>
    /// The Poincaré ball of curvature −1: pure classes near the rim, mixtures towards the centre (the paper's second variant,
    /// a hierarchy). A dataset is the weighted Einstein midpoint of its classes. Distance: hyperbolic.
    /// </summary>
    PoincareBall,
}
