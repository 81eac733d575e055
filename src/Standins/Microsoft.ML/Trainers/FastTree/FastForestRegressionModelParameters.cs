using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.FastTree;

/// <summary>What <see cref="FastForestRegressionTrainer"/> learned.</summary>
public sealed class FastForestRegressionModelParameters : TreeEnsembleModelParametersBasedOnQuantileRegressionTree
{
    internal const string LoaderSignature = "FastForestRegressionExec";

    internal FastForestRegressionModelParameters(IEnumerable<TreeShape> trees, int featureCount) : base(trees, featureCount, LoaderSignature)
    {
    }

    private static FastForestRegressionModelParameters Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        var (trees, features) = Load(ctx, LoaderSignature);
        return new FastForestRegressionModelParameters(trees, features);
    }
}
