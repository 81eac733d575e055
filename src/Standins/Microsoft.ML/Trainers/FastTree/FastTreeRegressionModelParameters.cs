using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.FastTree;

/// <summary>What <see cref="FastTreeRegressionTrainer"/> learned.</summary>
public sealed class FastTreeRegressionModelParameters : TreeEnsembleModelParametersBasedOnRegressionTree
{
    internal const string LoaderSignature = "FastTreeRegressionExec";

    internal FastTreeRegressionModelParameters(IEnumerable<TreeShape> trees, int featureCount) : base(trees, featureCount, LoaderSignature)
    {
    }

    private static FastTreeRegressionModelParameters Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        var (trees, features) = Load(ctx, LoaderSignature);
        return new FastTreeRegressionModelParameters(trees, features);
    }
}
