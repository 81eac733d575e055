namespace MLNetModelSpace;

/// <summary>What <see cref="ProbeModelEstimator"/> makes of a model's answers. They combine freely.</summary>
[Flags]
public enum ProbeFeatures
{
    /// <summary>Nothing: refused by the estimator.</summary>
    None = 0,

    /// <summary>The mean squared reconstruction error of every probe; slots such as <c>error noise[3]</c>.</summary>
    Errors = 1 << 0,

    /// <summary>
    /// The mean squared error of every row and of every column of pixels, for each kind of probe; slots such as
    /// <c>error reference row 7</c>.
    /// </summary>
    ErrorProfiles = 1 << 1,

    /// <summary>Mean, standard deviation and projections on fixed directions of every answer; slots such as <c>answer grating[2] cos1</c>.</summary>
    Answers = 1 << 2,

    /// <summary>
    /// Singular values of the Jacobian at some probes, restricted to fixed directions; slots such as <c>jacobian noise[0] σ1</c>.
    /// </summary>
    JacobianSpectra = 1 << 3,

    /// <summary>
    /// log₁₀ of the mean error of every group of probes, and of the norm of its gradient by the parameters: of all, and of the first
    /// and the last weight and bias; slots such as <c>reference group 3 gradient</c>. Unlike the other families it depends on
    /// how hidden units are scaled, and it sets the model's autograd to work.
    /// </summary>
    GradientNorms = 1 << 4,

    /// <summary>
    /// Whether a model is at rest on what the models of a class are at rest on. Training stops near a minimum of the error on the
    /// model's own images, so that their mean gradient is next to nothing. From labelled training models this family learns, for each
    /// class, the mixture of seeded textures on which the gradients of its models cancel best compared with those of all models, and
    /// gives log₁₀ of the share that is left of a model's gradient there, by the first and by the last weight; slots such as
    /// <c>stationary class 3 last weight</c>. It sees no image but the textures: where it tells classes apart, their statistics are
    /// in the weights. Needs <see cref="ProbeModelEstimator.Options.StationarityOptions.LabelColumnName"/>; the order of hidden units does not show.
    /// </summary>
    Stationarity = 1 << 5,

    /// <summary>
    /// The mean squared error of every group of probes: of each kind, and of reference images group by group; slots such as
    /// <c>error reference group 3</c>.
    /// </summary>
    GroupErrors = 1 << 6,
}
