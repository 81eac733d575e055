using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.FastTree;

/// <summary>A random forest for regression. Its score is the mean over trees of the mean label in a row's leaf.</summary>
public sealed class FastForestRegressionTrainer
    : RandomForestTrainerBase<FastForestRegressionTrainer.Options, RegressionPredictionTransformer<FastForestRegressionModelParameters>, FastForestRegressionModelParameters>
{
    internal FastForestRegressionTrainer(IHostEnvironment env, Options options)
        : base(env, options, TrainerUtils.MakeFloatLabel(options.LabelColumnName), "FastForestRegression")
    {
    }

    private protected override ITreeObjective MakeObjective() => new LabelObjective(binary: false, double.PositiveInfinity);

    private protected override FastForestRegressionModelParameters MakeModel(List<TreeShape> trees, int featureCount) => new(trees, featureCount);

    private protected override RegressionPredictionTransformer<FastForestRegressionModelParameters> MakeTransformer(
        FastForestRegressionModelParameters model, DataViewSchema trainSchema) => new(Host, model, trainSchema, FeatureColumn.Name);

    private protected override SchemaShape.Column[] GetOutputColumnsCore(SchemaShape inputSchema) => TrainerUtils.RegressionScores();

    public new sealed class Options : FastForestOptionsBase
    {
        /// <summary>
        /// How many labels the official trainer draws in each leaf, for quantiles: with options a hundred, without none. They take part in the draws
        /// of the splits that follow.
        /// </summary>
        internal int QuantileSamples = 100;

        internal override EnsembleTraining ToTraining() => base.ToTraining() with { DrawsPerLeaf = QuantileSamples };
    }
}
