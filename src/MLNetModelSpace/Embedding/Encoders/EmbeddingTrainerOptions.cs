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

    /// <summary>Seed of initial weights, splits and batches; default 1.</summary>
    public long Seed { get; set; } = 1;

    /// <summary>Most networks trained at once; −1 (default) for one a core. Results do not depend on it.</summary>
    public int MaxThreads { get; set; } = -1;

    /// <summary>Told of every epoch, from the training threads.</summary>
    public IProgress<EmbeddingEpoch>? Progress { get; set; }

    /// <summary>Stops the training within one mini-batch.</summary>
    public CancellationToken CancellationToken { get; set; }

    internal bool IsContrastive => Loss is EmbeddingLoss.ContrastiveNPair or EmbeddingLoss.Triplet;

    /// <summary>A copy that later changes do not reach, checked.</summary>
    internal EmbeddingTrainerOptions CheckedCopy()
    {
        var copy = (EmbeddingTrainerOptions)MemberwiseClone();
        copy.Validate();
        return copy;
    }

    private protected virtual void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(SharesColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(OutputColumnName);
        if (!Enum.IsDefined(Loss))
            throw new ArgumentOutOfRangeException(nameof(Loss), Loss, "The loss is not one of those defined.");
        if (!Enum.IsDefined(Space))
            throw new ArgumentOutOfRangeException(nameof(Space), Space, "The space is not one of those defined.");
        if (!Enum.IsDefined(Schedule))
            throw new ArgumentOutOfRangeException(nameof(Schedule), Schedule, "The schedule is not one of those defined.");
        if (Space == EmbeddingSpace.PoincareBall && Loss != EmbeddingLoss.MeanSquaredError)
        {
            throw new ArgumentException(
                $"The loss {Loss} is not defined in the Poincaré ball, where an angle does not see the distance from the centre and a contrast drives points to the rim: use {EmbeddingLoss.MeanSquaredError}.",
                nameof(Loss));
        }

        PoincareBall.CheckRadius(BallRadius);
        Positive(Temperature, nameof(Temperature));
        NotNegative(Margin, nameof(Margin));
        Positive(LearningRate, nameof(LearningRate));
        NotNegative(WeightDecay, nameof(WeightDecay));
        AtLeast(BatchSize, 1, nameof(BatchSize));
        AtLeast(Epochs, 1, nameof(Epochs));
        AtLeast(Patience, 1, nameof(Patience));
        AtLeast(Members, 1, nameof(Members));
        if (Members > 64)
            throw new ArgumentOutOfRangeException(nameof(Members), Members, $"{Members} networks; expected 1 to 64.");
        if (!(ValidationFraction is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(ValidationFraction), ValidationFraction, $"The validation fraction is {ValidationFraction}; expected 0 to below 1.");
        if (MaxThreads is 0 or < -1)
            throw new ArgumentOutOfRangeException(nameof(MaxThreads), MaxThreads, $"{MaxThreads} threads; expected at least 1, or -1 for all.");
        if (IsContrastive && BatchSize == 1)
            throw new ArgumentException($"The loss {Loss} compares the models of a batch with each other: a batch of one has no negatives.", nameof(BatchSize));
    }

    private protected static void AtLeast(int value, int least, string name)
    {
        if (value < least)
            throw new ArgumentOutOfRangeException(name, value, $"'{name}' is {value}; expected at least {least}.");
    }

    private protected static void Positive(double value, string name)
    {
        if (!(value > 0) || !double.IsFinite(value))
            throw new ArgumentOutOfRangeException(name, value, $"'{name}' is {value}; expected a finite value above 0.");
    }

    private protected static void NotNegative(double value, string name)
    {
        if (!(value >= 0) || !double.IsFinite(value))
            throw new ArgumentOutOfRangeException(name, value, $"'{name}' is {value}; expected a finite value of at least 0.");
    }
}
