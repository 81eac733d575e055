using Microsoft.ML.Runtime;

namespace MLNetModelSpace;

/// <summary>What the trainers of encoders have in common: the target, the loss and the schedule of training.</summary>
public abstract class EmbeddingTrainerOptions
{
    internal const double DefaultBallRadius = 3;

    private protected EmbeddingTrainerOptions()
    {
    }

    /// <summary>The column of class shares that targets are made from, at least three classes; default <c>Shares</c>.</summary>
    public string SharesColumnName { get; set; } = ZooColumns.Shares;

    /// <summary>The column that is added; default <c>Embedding</c>.</summary>
    public string OutputColumnName { get; set; } = ZooColumns.Embedding;

    /// <summary>The loss; default the cosine. In the Poincaré ball only <see cref="EmbeddingLoss.MeanSquaredError"/> is defined: the squared
    /// hyperbolic distance.</summary>
    public EmbeddingLoss Loss { get; set; } = EmbeddingLoss.Cosine;

    /// <summary>The space; default the sphere.</summary>
    public EmbeddingSpace Space { get; set; } = EmbeddingSpace.Sphere;

    /// <summary>Hyperbolic distance of a pure class from the centre of the ball: above 0, at most 8; default 3.</summary>
    public double BallRadius { get; set; } = DefaultBallRadius;

    /// <summary>Directions of the classes; default null, the axes.</summary>
    public ClassBasis? Basis { get; set; }

    /// <summary>Temperature τ of the contrastive loss, above 0; default 0.01. The negatives are
    /// neighbours too, and push an embedding off its target by as much as the temperature lets them see: about √τ radians.</summary>
    public double Temperature { get; set; } = 0.01;

    /// <summary>Largest margin ε of the triplet loss, at least 0; default 0.1 (squared units of the space).</summary>
    public double Margin { get; set; } = 0.1;

    /// <summary>Models in a mini-batch, at least 1, at least 2 under the contrastive losses; default 32.</summary>
    public int BatchSize { get; set; } = 32;

    /// <summary>Most passes over the training models, at least 1; default 300.</summary>
    public int Epochs { get; set; } = 300;

    /// <summary>Epochs without a better validation angle after which training stops, at least 1; default 100.</summary>
    public int Patience { get; set; } = 100;

    /// <summary>
    /// Share of the models held out to stop early and to choose the best epoch, from 0 to below 1; default 0.1. With 0 the last
    /// epoch is kept. At least two models are held out where any are.
    /// </summary>
    public double ValidationFraction { get; set; } = 0.1;

    /// <summary>Learning rate of AdamW, above 0; default 1e-3.</summary>
    public double LearningRate { get; set; } = 1e-3;

    /// <summary>How the learning rate changes; default half a cosine.</summary>
    public LearningRateSchedule Schedule { get; set; } = LearningRateSchedule.Cosine;

    /// <summary>Decoupled weight decay of AdamW, at least 0; default 1e-2.</summary>
    public double WeightDecay { get; set; } = 1e-2;

    /// <summary>
    /// Networks trained from different seeds on different validation splits, whose directions are averaged; 1 to 64, default 4.
    /// </summary>
    public int Members { get; set; } = 4;

    /// <summary>Seed of initial weights, splits and batches; default null, the context's, and where it has none 0.</summary>
    public long? Seed { get; set; }

    /// <summary>Most networks trained at once, at least 1; default null, one a core. Results do not depend on it.</summary>
    public int? Threads { get; set; }

    /// <summary>Told of every epoch, from the training threads; default none.</summary>
    public IProgress<EmbeddingEpoch>? Progress { get; set; }

    /// <summary>Stops the training within one mini-batch; default never.</summary>
    public CancellationToken CancellationToken { get; set; }

    internal bool IsContrastive => Loss is EmbeddingLoss.ContrastiveNPair or EmbeddingLoss.Triplet;

    /// <summary>A copy that later changes do not reach, checked.</summary>
    internal EmbeddingTrainerOptions CheckedCopy(IHostEnvironment env)
    {
        var copy = (EmbeddingTrainerOptions)MemberwiseClone();
        copy.Validate();
        copy.Seed = ContextSeed.Or(env, Seed);
        return copy;
    }

    private protected virtual void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(SharesColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(OutputColumnName);
        ArgumentRanges.RequireDefined(Loss, nameof(Loss));
        ArgumentRanges.RequireDefined(Space, nameof(Space));
        ArgumentRanges.RequireDefined(Schedule, nameof(Schedule));
        if (Space == EmbeddingSpace.PoincareBall && Loss != EmbeddingLoss.MeanSquaredError)
        {
            throw new ArgumentException(
                $"The loss {Loss} is not defined in the Poincaré ball, where an angle does not see the distance from the centre and a contrast drives points to the rim: use {EmbeddingLoss.MeanSquaredError}.",
                nameof(Loss));
        }

        PoincareBall.CheckRadius(BallRadius);
        ArgumentRanges.RequirePositive(Temperature, nameof(Temperature));
        ArgumentRanges.RequireNotNegative(Margin, nameof(Margin));
        ArgumentRanges.RequirePositive(LearningRate, nameof(LearningRate));
        ArgumentRanges.RequireNotNegative(WeightDecay, nameof(WeightDecay));
        ArgumentRanges.RequireAtLeast(BatchSize, 1, nameof(BatchSize));
        ArgumentRanges.RequireAtLeast(Epochs, 1, nameof(Epochs));
        ArgumentRanges.RequireAtLeast(Patience, 1, nameof(Patience));
        ArgumentRanges.Require(Members, 1, 64, nameof(Members));
        if (!(ValidationFraction is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(ValidationFraction), ValidationFraction, $"The validation fraction is {ValidationFraction}; expected 0 to below 1.");
        ArgumentRanges.RequireAtLeast(Threads ?? 1, 1, nameof(Threads));
        if (IsContrastive && BatchSize == 1)
            throw new ArgumentException($"The loss {Loss} compares the models of a batch with each other: a batch of one has no negatives.", nameof(BatchSize));
    }
}

/// <summary>
/// The losses of section 4.2 under which an encoder is trained. Here xᵢ is the encoder's output for model i, dᵢ the unit
/// vector of the dataset it was trained on, and N the size of a mini-batch. What is printed in the paper and what is
/// minimised here differ where the printed formula cannot be meant; each member says how.
/// </summary>
public enum EmbeddingLoss
{
    /// <summary>
    /// Contrastive N-pair: −(1/N) Σᵢ log( exp(xᵢᵀdᵢ/τ) / Σⱼ exp(xᵢᵀdⱼ/τ) ), xᵢ on the unit sphere.
    /// The paper prints one positive x⁺ᵢ beside a sum over i of negatives x⁻ᵢ, the index bound twice; here the positive is
    /// the model's own dataset and the negatives are the other datasets of the batch. The paper has no temperature (τ = 1),
    /// under which unit vectors cannot become confident; τ is <see cref="EmbeddingTrainerOptions.Temperature"/>.
    /// </summary>
    ContrastiveNPair,

    /// <summary>
    /// Angle: (1/N) Σᵢ (1 − cos(xᵢ, dᵢ)). The paper prints cos(x · d), which is the cosine of a number, and whose
    /// minimisation would turn the vectors apart.
    /// </summary>
    Cosine,

    /// <summary>
    /// Triplet: mean over i and over j ≠ i of max(0, ‖xᵢ − dᵢ‖² − ‖xᵢ − dⱼ‖² + ε), xᵢ on the unit sphere, squared distances
    /// as printed. The paper's bracket is left open, its sum is over x alone, and it does not say where x⁻ comes from: here
    /// every other dataset of the batch is a negative once. Datasets fill the sphere, so a fixed margin asks for the
    /// impossible between neighbours: ε is bounded by <see cref="EmbeddingTrainerOptions.Margin"/> and by ‖dᵢ − dⱼ‖².
    /// </summary>
    Triplet,

    /// <summary>
    /// Mean squared error (1/N) Σᵢ ‖xᵢ − dᵢ‖², as printed. Here xᵢ is the output before it is scaled to unit length: on the
    /// sphere ‖x − d‖² = 2(1 − cos(x, d)), and the loss would be <see cref="Cosine"/> again.
    /// </summary>
    MeanSquaredError,
}

/// <summary>How an encoder scales its features, with what it learns from the training models.</summary>
public enum FeatureScaling
{
    /// <summary>Every feature to mean 0 and deviation 1: for features of different kinds.</summary>
    PerFeature,

    /// <summary>
    /// Every feature to mean 0, all by one factor to a root mean square of 1: for features of one kind and unit, where those that vary
    /// most say most.
    /// </summary>
    Common,
}

/// <summary>One point of an encoder's learning curve.</summary>
/// <param name="Member">Which network of the ensemble, from 0.</param>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="TrainingLoss">Mean loss over the epoch's mini-batches.</param>
/// <param name="ValidationLoss">Loss over the validation models; the training loss where there are none.</param>
/// <param name="ValidationAngle">Mean angle over the validation models in degrees; over the training models where there are none.</param>
/// <param name="LearningRate">The learning rate of this epoch.</param>
public readonly record struct EmbeddingEpoch(
    int Member, int Epoch, double TrainingLoss, double ValidationLoss, double ValidationAngle, double LearningRate);

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
