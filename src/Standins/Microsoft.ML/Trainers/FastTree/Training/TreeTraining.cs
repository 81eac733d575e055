namespace Microsoft.ML.Trainers.FastTree;

/// <summary>Everything the training of an ensemble needs to know, apart from data and objective.</summary>
internal sealed record EnsembleTraining
{
    public int Trees { get; init; } = 100;

    public int Leaves { get; init; } = 20;

    public int MinimumExamplesPerLeaf { get; init; } = 10;

    public int MaximumBins { get; init; } = 255;

    public double FeatureFraction { get; init; } = 1;

    public double FeatureFractionPerSplit { get; init; } = 1;

    public double FeatureFirstUsePenalty { get; init; }

    public double FeatureReusePenalty { get; init; }

    /// <summary>Every how many trees a new bag of rows is drawn; 0 for no bagging.</summary>
    public int BaggingSize { get; init; }

    public double BaggingExampleFraction { get; init; } = 0.7;

    public int Seed { get; init; } = 123;

    /// <summary>Draws each tree's features. It belongs to the trainer and goes on from one fit to the next, as officially.</summary>
    public Random FeatureRandom { get; init; } = new(123);

    /// <summary>How many random numbers a grown leaf costs, before the next tree draws its splits.</summary>
    public int DrawsPerLeaf { get; init; }

    public int? Threads { get; init; }

    /// <summary>What each tree may grow to.</summary>
    public TreeGrowth Growth(bool boosted) => new(Leaves, MinimumExamplesPerLeaf, FeatureFractionPerSplit, !boosted, FeatureFirstUsePenalty, FeatureReusePenalty);
}

/// <summary>Rows to train trees on: finite features, labels, and weights where rows have them.</summary>
internal sealed record TreeRows(float[] Values, int Rows, int Features, float[] Labels, double[]? Weights);

/// <summary>What the trees of an ensemble are fitted to.</summary>
internal interface ITreeObjective
{
    /// <summary>Computes each row's target from its label and the score so far.</summary>
    void ComputeTargets(ReadOnlySpan<float> labels, ReadOnlySpan<double> scores, Span<double> targets);

    /// <summary>Replaces the mean targets in the leaves by what the ensemble adds to a row's score.</summary>
    void AdjustLeaves(GrownTree tree, TreeLearner learner);
}

/// <summary>Trains ensembles, boosted or bagged.</summary>
internal static class EnsembleTrainer
{
    /// <summary>
    /// Trains tree after tree. A tree that finds no split is left out of the ensemble, and as nothing would change after it, so are all that would
    /// follow where neither rows nor features are drawn afresh.
    /// </summary>
    /// <param name="boosted">Whether each tree is fitted to what those before it left; else all are fitted to the labels.</param>
    public static List<TreeShape> Train(TreeRows rows, EnsembleTraining training, ITreeObjective objective, bool boosted, Action<int>? failed)
    {
        var parallel = new ParallelLoop(training.Threads);
        var data = BinnedData.Create(rows.Values, rows.Rows, rows.Features, training.MaximumBins, training.MinimumExamplesPerLeaf, parallel);
        var learner = new TreeLearner(data, training.Growth(boosted), rows.Weights, parallel);
        var sampling = new Sampling(data, training);
        var scores = new double[rows.Rows];
        var targets = new double[rows.Rows];
        objective.ComputeTargets(rows.Labels, scores, targets);
        var trees = new List<TreeShape>(training.Trees);
        int failures = 0;
        for (int i = 0; i < training.Trees; i++)
        {
            sampling.Next(i);
            var tree = learner.Grow(targets, sampling.Rows, sampling.Features, sampling.Random);
            if (tree is null)
            {
                failures++;
                continue;
            }
            sampling.Skip(training.DrawsPerLeaf * tree.Leaves);
            objective.AdjustLeaves(tree, learner);
            trees.Add(tree.ToShape(data));
            if (!boosted)
                continue;
            AddScores(tree, learner, data, sampling.Rows.Length > 0, scores);
            objective.ComputeTargets(rows.Labels, scores, targets);
        }
        if (failures > 0)
            failed?.Invoke(failures);
        return trees;
    }

    private static void AddScores(GrownTree tree, TreeLearner learner, BinnedData data, bool bagged, double[] scores)
    {
        if (bagged)
        {
            for (int row = 0; row < scores.Length; row++)
                scores[row] += tree.LeafValue[tree.LeafOf(data, row)];
            return;
        }
        for (int leaf = 0; leaf < tree.Leaves; leaf++)
        {
            double value = tree.LeafValue[leaf];
            foreach (int row in learner.RowsOf(leaf))
                scores[row] += value;
        }
    }

    private sealed class Sampling(BinnedData data, EnsembleTraining training)
    {
        private readonly Random _rows = new(training.Seed);

        /// <summary>Draws the features of splits.</summary>
        public Random Random { get; } = new(training.Seed);

        public int[] Rows { get; private set; } = [];

        public bool[]? Features { get; private set; }

        public void Skip(int draws)
        {
            for (int i = 0; i < draws; i++)
                Random.Next();
        }

        public void Next(int tree)
        {
            if (training.BaggingSize > 0 && training.BaggingExampleFraction < 1 && tree % training.BaggingSize == 0)
            {
                // The official trees leave the first bag unused.
                if (tree == 0)
                    FeatureSampler.DrawRows(data.Rows, training.BaggingExampleFraction, _rows);
                Rows = FeatureSampler.DrawRows(data.Rows, training.BaggingExampleFraction, _rows);
            }
            if (training.FeatureFraction >= 1 || data.Features == 0)
                return;
            lock (training.FeatureRandom)
                Features = FeatureSampler.DrawForTree(data.Features, training.FeatureFraction, training.FeatureRandom);
        }
    }
}
