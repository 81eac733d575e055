using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.FastTree;

/// <summary>What <see cref="FastTreeBinaryTrainer"/> learned.</summary>
public sealed class FastTreeBinaryModelParameters : TreeEnsembleModelParametersBasedOnRegressionTree
{
    internal const string LoaderSignature = "FastTreeBinaryExec";

    internal FastTreeBinaryModelParameters(IEnumerable<TreeShape> trees, int featureCount) : base(trees, featureCount, LoaderSignature)
    {
    }

    private static FastTreeBinaryModelParameters Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        var (trees, features) = Load(ctx, LoaderSignature);
        return new FastTreeBinaryModelParameters(trees, features);
    }
}
