using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.FastTree;

using Calibrated = CalibratedModelParametersBase<FastTreeBinaryModelParameters, PlattCalibrator>;

/// <summary>
/// Boosted trees for two classes, fitted to logistic loss. The score's probability is the logistic function of twice the learning rate times the score.
/// </summary>
public sealed class FastTreeBinaryTrainer : BoostingFastTreeTrainerBase<FastTreeBinaryTrainer.Options, BinaryPredictionTransformer<Calibrated>, Calibrated>
{
    internal FastTreeBinaryTrainer(IHostEnvironment env, Options options)
        : base(env, options, TrainerUtils.MakeBoolLabel(options.LabelColumnName), "FastTreeBinaryClassification")
    {
    }

    private protected override ITreeObjective MakeObjective() =>
        new LogisticObjective(base.Options.LearningRate, base.Options.Shrinkage, base.Options.MaximumTreeOutput);

    private protected override Calibrated MakeModel(List<TreeShape> trees, int featureCount)
    {
        var model = new FastTreeBinaryModelParameters(trees, featureCount);
        return new CalibratedModelParameters<FastTreeBinaryModelParameters, PlattCalibrator>(model, new PlattCalibrator(-2 * base.Options.LearningRate, 0));
    }

    private protected override BinaryPredictionTransformer<Calibrated> MakeTransformer(Calibrated model, DataViewSchema trainSchema) =>
        new(Host, model, trainSchema, FeatureColumn.Name);

    private protected override SchemaShape.Column[] GetOutputColumnsCore(SchemaShape inputSchema) => TrainerUtils.BinaryScores(calibrated: true);

    public new sealed class Options : BoostedTreeOptions
    {
    }
}
