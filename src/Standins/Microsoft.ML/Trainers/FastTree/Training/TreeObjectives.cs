namespace Microsoft.ML.Trainers.FastTree;

/// <summary>
/// Logistic loss of 2·rate·score, fitted by one Newton step a leaf (Friedman, "Greedy function approximation", 2001; "LogitBoost", 2000).
/// </summary>
internal sealed class LogisticObjective(double learningRate, double shrinkage, double maximumOutput) : ITreeObjective
{
    private const double Least = 1.4e-45;
    private double[] _curvatures = [];

    /// <summary>What the score is multiplied by inside the logistic function.</summary>
    public double Sigmoid { get; } = 2 * learningRate;

    public void ComputeTargets(ReadOnlySpan<float> labels, ReadOnlySpan<double> scores, Span<double> targets)
    {
        if (_curvatures.Length < labels.Length)
            _curvatures = new double[labels.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            double sign = labels[i] > 0 ? Sigmoid : -Sigmoid;
            double slope = sign / (1 + Math.Exp(sign * scores[i])), size = Math.Abs(slope);
            targets[i] = slope;
            _curvatures[i] = size * (Sigmoid - size);
        }
    }

    public void AdjustLeaves(GrownTree tree, TreeLearner learner)
    {
        for (int leaf = 0; leaf < tree.Leaves; leaf++)
        {
            double curvature = learner.WeightedSum(leaf, _curvatures);
            // Where every row of a leaf is certain, both means vanish; a tiny number keeps the quotient finite.
            double weight = learner.WeightOf(leaf);
            double step = learningRate * shrinkage * (tree.LeafValue[leaf] + Least) / ((curvature / weight) + Least);
            tree.LeafValue[leaf] = Math.Clamp(step, -maximumOutput, maximumOutput);
        }
    }
}

/// <summary>Squared error: each tree is fitted to the residuals and added times the rate.</summary>
internal sealed class SquaredObjective(double learningRate, double shrinkage) : ITreeObjective
{
    public void ComputeTargets(ReadOnlySpan<float> labels, ReadOnlySpan<double> scores, Span<double> targets)
    {
        for (int i = 0; i < labels.Length; i++)
            targets[i] = labels[i] - scores[i];
    }

    public void AdjustLeaves(GrownTree tree, TreeLearner learner)
    {
        for (int leaf = 0; leaf < tree.Leaves; leaf++)
            tree.LeafValue[leaf] *= learningRate * shrinkage;
    }
}

/// <summary>The labels themselves, ±1 for two classes: leaves keep their mean.</summary>
internal sealed class LabelObjective(bool binary, double maximumOutput) : ITreeObjective
{
    public void ComputeTargets(ReadOnlySpan<float> labels, ReadOnlySpan<double> scores, Span<double> targets)
    {
        for (int i = 0; i < labels.Length; i++)
            targets[i] = !binary ? labels[i] : labels[i] > 0 ? 1 : -1;
    }

    public void AdjustLeaves(GrownTree tree, TreeLearner learner)
    {
        for (int leaf = 0; leaf < tree.Leaves; leaf++)
            tree.LeafValue[leaf] = Math.Clamp(tree.LeafValue[leaf], -maximumOutput, maximumOutput);
    }
}
