namespace Microsoft.ML.Trainers.FastTree;

/// <summary>Options of all trainers of trees.</summary>
public abstract class TreeOptions : TrainerInputBaseWithWeight
{
    /// <summary>The most threads to use; null for as many as there are processors. It does not change the result.</summary>
    public int? NumberOfThreads = null;

    /// <summary>The seed of bagging.</summary>
    public int Seed = 123;

    /// <summary>The seed of feature sampling. A trainer goes on drawing where its last fit ended: fitted twice, it may give two models.</summary>
    public int FeatureSelectionSeed = 123;

    /// <summary>The most bins a feature's values are put into, 2 or more. More than 256 are not supported where a feature has more different values.</summary>
    public int MaximumBinCountPerFeature = 255;

    /// <summary>Taken off the gain of a split by a feature that no split has used yet.</summary>
    public double FeatureFirstUsePenalty;

    /// <summary>Taken off the gain of a split by a feature that has been used, times the logarithm of how often.</summary>
    public double FeatureReusePenalty;

    /// <summary>The most leaves of a tree.</summary>
    public int NumberOfLeaves = 20;

    /// <summary>
    /// The fewest rows that may be in a leaf; 0 or less means 1. (To the official trainers, 0 or less allows leaves of no row as well: where rounding leaves
    /// such a side a remainder of the sum, its gain and its value are infinite, and so are scores. Without one, their trees are those of 1.)
    /// </summary>
    public int MinimumExampleCountPerLeaf = 10;

    public int NumberOfTrees = 100;

    /// <summary>The share of features each tree may use.</summary>
    public double FeatureFraction = 1;

    /// <summary>Every how many trees a new bag of rows is drawn; 0 for training on all rows.</summary>
    public int BaggingSize;

    /// <summary>The share of rows in a bag.</summary>
    public double BaggingExampleFraction = 0.7;

    /// <summary>The share of the tree's features each split may use.</summary>
    public double FeatureFractionPerSplit = 1;

    private protected TreeOptions()
    {
    }

    internal virtual EnsembleTraining ToTraining()
    {
        CheckAtLeast(NumberOfLeaves, 2, nameof(NumberOfLeaves));
        CheckPositive(NumberOfTrees, nameof(NumberOfTrees));
        CheckNotNegative(BaggingSize, nameof(BaggingSize));
        CheckPositive(NumberOfThreads ?? 1, nameof(NumberOfThreads));
        CheckShare(FeatureFraction, nameof(FeatureFraction));
        CheckShare(FeatureFractionPerSplit, nameof(FeatureFractionPerSplit));
        CheckShare(BaggingExampleFraction, nameof(BaggingExampleFraction));
        CheckNotNegative(FeatureFirstUsePenalty, nameof(FeatureFirstUsePenalty));
        CheckNotNegative(FeatureReusePenalty, nameof(FeatureReusePenalty));
        return new EnsembleTraining
        {
            Trees = NumberOfTrees,
            Leaves = NumberOfLeaves,
            MinimumExamplesPerLeaf = MinimumExampleCountPerLeaf,
            MaximumBins = MaximumBinCountPerFeature,
            FeatureFraction = FeatureFraction,
            FeatureFractionPerSplit = FeatureFractionPerSplit,
            FeatureFirstUsePenalty = FeatureFirstUsePenalty,
            FeatureReusePenalty = FeatureReusePenalty,
            BaggingSize = BaggingSize,
            BaggingExampleFraction = BaggingExampleFraction,
            Seed = Seed,
            FeatureRandom = new Random(FeatureSelectionSeed),
            Threads = NumberOfThreads,
        };
    }

    private protected static void CheckPositive(double value, string name)
    {
        if (!(value > 0) || double.IsInfinity(value))
            throw new ArgumentOutOfRangeException(name, "Must be positive.");
    }

    private protected static void CheckNotNegative(double value, string name)
    {
        if (!(value >= 0) || double.IsInfinity(value))
            throw new ArgumentOutOfRangeException(name, "Must be non-negative.");
    }

    private static void CheckAtLeast(int value, int least, string name)
    {
        if (value < least)
            throw new ArgumentOutOfRangeException(name, $"Must be at least {least}.");
    }

    private static void CheckShare(double value, string name)
    {
        if (!(value >= 0 && value <= 1))
            throw new ArgumentOutOfRangeException(name, "Must be between 0 and 1.");
    }
}

/// <summary>Options of the trainers that boost.</summary>
public abstract class BoostedTreeOptions : TreeOptions
{
    /// <summary>How much of each tree goes into the model; with 0 every score is 0. A finite number. (The official package takes infinity and NaN, too, and gives scores that are not finite.)</summary>
    public double LearningRate = 0.2;

    /// <summary>What each tree's outputs are multiplied by, beside the learning rate.</summary>
    public double Shrinkage = 1;

    /// <summary>The greatest magnitude of a leaf's value, for two classes.</summary>
    public double MaximumTreeOutput = 100;

    private protected BoostedTreeOptions()
    {
    }

    internal override EnsembleTraining ToTraining()
    {
        if (!double.IsFinite(LearningRate))
            throw new ArgumentOutOfRangeException(nameof(LearningRate), "Must be finite.");
        CheckPositive(Shrinkage, nameof(Shrinkage));
        CheckNotNegative(MaximumTreeOutput, nameof(MaximumTreeOutput));
        return base.ToTraining();
    }
}

/// <summary>Options of the random forests.</summary>
public abstract class FastForestOptionsBase : TreeOptions
{
    private protected FastForestOptionsBase()
    {
        FeatureFraction = 0.7;
        BaggingSize = 1;
        FeatureFractionPerSplit = 0.7;
    }
}
