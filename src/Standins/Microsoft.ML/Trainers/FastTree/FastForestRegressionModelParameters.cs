using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.FastTree;

/// <summary>What <see cref="FastForestRegressionTrainer"/> learned. A score is the mean of what the trees give, whose weights say 1 all the same.</summary>
public sealed class FastForestRegressionModelParameters : TreeEnsembleModelParametersBasedOnQuantileRegressionTree
{
    internal const string LoaderSignature = "FastForestRegressionExec";

    internal FastForestRegressionModelParameters(IEnumerable<TreeShape> trees, int featureCount) : base(trees, featureCount, LoaderSignature)
    {
    }

    // (The official package's score is NaN where no tree could be grown.)
    private protected override float ScoreOf(double sum) => TrainedTreeEnsemble.Trees.Count == 0 ? 0 : (float)(sum / TrainedTreeEnsemble.Trees.Count);

    private static FastForestRegressionModelParameters Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        var (trees, features) = Load(ctx, LoaderSignature);
        return new FastForestRegressionModelParameters(trees, features);
    }
}
