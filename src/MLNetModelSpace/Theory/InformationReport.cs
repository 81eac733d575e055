namespace MLNetModelSpace.Theory;

/// <summary>How much of a label's information survives in each vectorization of the models, and in the predictions made from them.</summary>
public sealed record InformationReport
{
    /// <summary>The name under which all feature columns together are reported.</summary>
    public const string Together = "(all together)";

    internal InformationReport(InformationEstimate label, int classes, IReadOnlyList<FeatureInformation> features, InformationEstimate weights, string best)
    {
        Label = label;
        Classes = classes;
        Features = features;
        Weights = weights;
        Best = best;
        OrderBreaches = FindBreaches();
    }

    /// <summary>H(Y), the entropy of the label in these rows: all that there is to know.</summary>
    public InformationEstimate Label { get; }

    /// <summary>The number of classes.</summary>
    public int Classes { get; }

    /// <summary>Each feature column, in the order asked for, and all together last where that was asked for.</summary>
    public IReadOnlyList<FeatureInformation> Features { get; }

    /// <summary>
    /// What the weights know at least: the best bound over all features computed from them. Its interval is at the confidence 1 − α/F
    /// for each of the F features (Bonferroni), since the best of several is chosen.
    /// </summary>
    public InformationEstimate Weights { get; }

    /// <summary>The features that gave <see cref="Weights"/>.</summary>
    public string Best { get; }

    /// <summary>
    /// Where the estimates break the data-processing order label ≥ weights ≥ features ≥ prediction by more than their intervals, one sentence each;
    /// empty where they keep it. A breach shows the error of an estimator, such as a bound below the truth, not a gain of information.
    /// </summary>
    public IReadOnlyList<string> OrderBreaches { get; }

    /// <summary>The share of what the weights are known to know that features keep: their bound over that of the weights; NaN-free: 0 where the weights' bound is 0.</summary>
    /// <param name="name">A feature column of this report.</param>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public double ShareKept(string name)
    {
        var feature = Features.FirstOrDefault(candidate => candidate.Name == name)
            ?? throw new ArgumentException($"There is no feature column '{name}'; there are {string.Join(", ", Features.Select(candidate => candidate.Name))}.", nameof(name));
        return Weights.Nats > 0 ? feature.Bound.Nats / Weights.Nats : 0;
    }

    /// <summary>How the information of features about a label is bounded with classifiers.</summary>
    public sealed class Options : EstimationOptions
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

        /// <summary>The same with a seed.</summary>
        internal Options Seeded(long seed)
        {
            var copy = (Options)MemberwiseClone();
            copy.Seed = seed;
            return copy;
        }

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

    private List<string> FindBreaches()
    {
        var breaches = new List<string>();
        void Check(string name, InformationEstimate after, string source, InformationEstimate before)
        {
            if (after.Lower > before.Upper)
            {
                breaches.Add(FormattableString.Invariant(
                    $"{name} {after.Bits:0.000} bit [{after.LowerBits:0.000}, {after.UpperBits:0.000}] is above {source} {before.Bits:0.000} bit [{before.LowerBits:0.000}, {before.UpperBits:0.000}]."));
            }
        }

        Check("The weights' bound", Weights, "the label's entropy", Label);
        foreach (var feature in Features)
        {
            Check($"The neighbour estimate of '{feature.Name}'", feature.Neighbors, "the label's entropy", Label);
            Check($"The neighbour estimate of '{feature.Name}'", feature.Neighbors, "the weights' bound", Weights);
            Check($"The prediction from '{feature.Name}'", feature.Prediction, "the bound of the same features", feature.Bound);
        }

        return breaches;
    }
}

/// <summary>How much one column of features knows about the label.</summary>
/// <param name="Name">The column, or <see cref="InformationReport.Together"/>.</param>
/// <param name="Dimensions">How many slots it has.</param>
/// <param name="ConstantSlots">How many of them never change; they know nothing and are left out.</param>
/// <param name="Bound">The lower bound of the best classifier (<see cref="ClassifierInformation"/>).</param>
/// <param name="Neighbors">The nearest-neighbour estimate (<see cref="MutualInformation.Ross"/>), which falls short in many dimensions.</param>
/// <param name="Prediction">What is left in the classifier's held-out answer alone, the most probable class (<see cref="MutualInformation.Discrete"/>).</param>
/// <param name="Classifiers">The classifier chosen in each fold.</param>
public sealed record FeatureInformation(
    string Name,
    int Dimensions,
    int ConstantSlots,
    InformationEstimate Bound,
    InformationEstimate Neighbors,
    InformationEstimate Prediction,
    IReadOnlyList<string> Classifiers);
