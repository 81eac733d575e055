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
        InformationGuard.AtLeast(Folds, 2, nameof(Folds));
        InformationGuard.AtLeast(CalibrationFolds, 2, nameof(CalibrationFolds));
        if (Classifiers is null || Classifiers.Count == 0 || Classifiers.Contains(null!))
        {
            throw new ArgumentException("At least one classifier is needed.", nameof(Classifiers));
        }
    }
}
