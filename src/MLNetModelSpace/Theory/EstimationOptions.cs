namespace MLNetModelSpace.Theory;

/// <summary>What the estimators of information from samples have in common: the neighbours, the interval, the seed.</summary>
public class EstimationOptions
{
    /// <summary>k, the number of nearest neighbours; 4 by default. More neighbours mean less variance and more bias.</summary>
    public int Neighbors { get; set; } = 4;

    /// <summary>
    /// The standard deviation of the noise added to every standardised coordinate before neighbours are sought, so that duplicate
    /// points and ties have distances to tell them apart; 1e-10 of the column's standard deviation by default. With 0 nothing is
    /// added, and points that coincide with their k-th neighbour are an error.
    /// </summary>
    public double Jitter { get; set; } = 1e-10;

    /// <summary>How many bootstrap replicates the interval is taken from; 1000 by default, at least 10.</summary>
    public int BootstrapReplicates { get; set; } = 1000;

    /// <summary>The nominal coverage of the interval, in (0, 1); 0.95 by default.</summary>
    public double Confidence { get; set; } = 0.95;

    /// <summary>
    /// The seed of jitter and bootstrap; null by default, for 0, and in <c>Information.Measure</c> for the context's. The same seed gives the same numbers on any
    /// number of threads.
    /// </summary>
    public long? Seed { get; set; }

    internal int SeedOrZero => ContextSeed.ToInt32(Seed ?? 0);

    /// <summary>Cancels a long estimation, which then throws <see cref="OperationCanceledException"/>; never by default.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>The same at another confidence.</summary>
    internal EstimationOptions With(double confidence)
    {
        var copy = (EstimationOptions)MemberwiseClone();
        copy.Confidence = confidence;
        return copy;
    }

    internal virtual void Validate()
    {
        ArgumentRanges.RequireAtLeast(Neighbors, 1, nameof(Neighbors));
        ArgumentRanges.RequireNotNegative(Jitter, nameof(Jitter));
        ArgumentRanges.RequireAtLeast(BootstrapReplicates, 10, nameof(BootstrapReplicates));
        InformationGuard.Confidence(Confidence, nameof(Confidence));
    }
}
