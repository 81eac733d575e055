namespace MLNetModelSpace.Theory;

/// <summary>How the information of features about a label is bounded with classifiers.</summary>
public sealed class InformationOptions : EstimationOptions
{
    /// <summary>How many folds the rows are held out in; 5 by default, at least 2. Fewer where there are fewer groups.</summary>
    public int Folds { get; set; } = 5;

    /// <summary>How many folds of each training side calibrate its classifiers and choose among them; 3 by default, at least 2.</summary>
    public int CalibrationFolds { get; set; } = 3;

    /// <summary>The classifiers to choose from, by their log-loss inside the training side; logistic regression and boosted trees by default.</summary>
    public IReadOnlyList<InformationClassifier> Classifiers { get; set; } = [InformationClassifier.LogisticRegression(), InformationClassifier.FastTree()];

    /// <summary>
    /// A key or Boolean column whose equal values stay on one side of every split, such as <see cref="ZooColumns.Fold"/>; none by default. A zoo needs it:
    /// models trained on shared images would otherwise tell on each other.
    /// </summary>
    public string? SamplingKeyColumnName { get; set; }

    /// <summary>Whether all feature columns together are measured too, where there is more than one; true by default.</summary>
    public bool Together { get; set; } = true;

    /// <summary>Told what is being measured, one line a feature column; none by default.</summary>
    public IProgress<string>? Progress { get; set; }

    internal override void Validate()
    {
        base.Validate();
        ArgumentRanges.RequireAtLeast(Folds, 2, nameof(Folds));
        ArgumentRanges.RequireAtLeast(CalibrationFolds, 2, nameof(CalibrationFolds));
        if (Classifiers is null || Classifiers.Count == 0 || Classifiers.Contains(null!))
        {
            throw new ArgumentException("At least one classifier is needed.", nameof(Classifiers));
        }
    }
}

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

    /// <summary>The seed of jitter and bootstrap; the same seed gives the same numbers on any number of threads.</summary>
    public int Seed { get; set; }

    /// <summary>Cancels a long estimation, which then throws <see cref="OperationCanceledException"/>.</summary>
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
