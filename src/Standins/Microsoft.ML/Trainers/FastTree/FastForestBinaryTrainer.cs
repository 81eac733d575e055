using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.FastTree;

/// <summary>A random forest for two classes. Its score is the sum over trees of the mean of +1 and -1 in a row's leaf; it has no probability.</summary>
public sealed class FastForestBinaryTrainer
    : RandomForestTrainerBase<FastForestBinaryTrainer.Options, BinaryPredictionTransformer<FastForestBinaryModelParameters>, FastForestBinaryModelParameters>
{
    internal FastForestBinaryTrainer(IHostEnvironment env, Options options)
        : base(env, options, TrainerUtils.MakeBoolLabel(options.LabelColumnName), "FastForestClassification")
    {
    }

    private protected override ITreeObjective MakeObjective() => new LabelObjective(binary: true, base.Options.MaximumOutputMagnitudePerTree);

    private protected override FastForestBinaryModelParameters MakeModel(List<TreeShape> trees, int featureCount) => new(trees, featureCount);

    private protected override BinaryPredictionTransformer<FastForestBinaryModelParameters> MakeTransformer(
        FastForestBinaryModelParameters model, DataViewSchema trainSchema) => new(Host, model, trainSchema, FeatureColumn.Name);

    private protected override SchemaShape.Column[] GetOutputColumnsCore(SchemaShape inputSchema) => TrainerUtils.BinaryScores(calibrated: false);

    public new sealed class Options : FastForestOptionsBase
    {
        /// <summary>The greatest magnitude of a leaf's value.</summary>
        public double MaximumOutputMagnitudePerTree = 100;

        internal override EnsembleTraining ToTraining()
        {
            CheckPositive(MaximumOutputMagnitudePerTree, nameof(MaximumOutputMagnitudePerTree));
            return base.ToTraining();
        }
    }
}
