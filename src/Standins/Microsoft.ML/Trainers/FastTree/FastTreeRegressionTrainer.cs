using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.FastTree;

/// <summary>Boosted trees for regression, fitted to squared error.</summary>
public sealed class FastTreeRegressionTrainer
    : BoostingFastTreeTrainerBase<FastTreeRegressionTrainer.Options, RegressionPredictionTransformer<FastTreeRegressionModelParameters>, FastTreeRegressionModelParameters>
{
    internal FastTreeRegressionTrainer(IHostEnvironment env, Options options)
        : base(env, options, TrainerUtils.MakeFloatLabel(options.LabelColumnName), "FastTreeRegression")
    {
    }

    private protected override ITreeObjective MakeObjective() => new SquaredObjective(base.Options.LearningRate, base.Options.Shrinkage);

    private protected override FastTreeRegressionModelParameters MakeModel(List<TreeShape> trees, int featureCount) => new(trees, featureCount);

    private protected override RegressionPredictionTransformer<FastTreeRegressionModelParameters> MakeTransformer(
        FastTreeRegressionModelParameters model, DataViewSchema trainSchema) => new(Host, model, trainSchema, FeatureColumn.Name);

    private protected override SchemaShape.Column[] GetOutputColumnsCore(SchemaShape inputSchema) => TrainerUtils.RegressionScores();

    public new sealed class Options : BoostedTreeOptions
    {
    }
}
