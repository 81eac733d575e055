using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.FastTree;

/// <summary>What <see cref="FastForestBinaryTrainer"/> learned.</summary>
public sealed class FastForestBinaryModelParameters : TreeEnsembleModelParametersBasedOnQuantileRegressionTree
{
    internal const string LoaderSignature = "FastForestBinaryExec";

    internal FastForestBinaryModelParameters(IEnumerable<TreeShape> trees, int featureCount) : base(trees, featureCount, LoaderSignature)
    {
    }

    private static FastForestBinaryModelParameters Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        var (trees, features) = Load(ctx, LoaderSignature);
        return new FastForestBinaryModelParameters(trees, features);
    }
}
