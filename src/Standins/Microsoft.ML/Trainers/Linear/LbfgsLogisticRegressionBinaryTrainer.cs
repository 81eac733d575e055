using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

using Calibrated = CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator>;

/// <summary>Logistic regression with L1 and L2 penalties, which leave the bias out.</summary>
public sealed class LbfgsLogisticRegressionBinaryTrainer
    : LbfgsTrainerBase<LbfgsLogisticRegressionBinaryTrainer.Options, BinaryPredictionTransformer<Calibrated>, Calibrated>
{
    internal LbfgsLogisticRegressionBinaryTrainer(IHostEnvironment env, Options options)
        : base(env, options, TrainerUtils.MakeBoolLabel(options.LabelColumnName), "LogisticRegression")
    {
    }

    private protected override int ScoresOf(DataViewSchema.Column label) => 1;

    private protected override Calibrated MakeModel(float[] parameters, int classes, int featureCount) =>
        new CalibratedModelParameters<LinearBinaryModelParameters, PlattCalibrator>(
            new LinearBinaryModelParameters(parameters[1..], parameters[0]), new PlattCalibrator(-1, 0));

    private protected override BinaryPredictionTransformer<Calibrated> MakeTransformer(Calibrated model, DataViewSchema trainSchema) =>
        new(Host, model, trainSchema, FeatureColumn.Name);

    private protected override SchemaShape.Column[] GetOutputColumnsCore(SchemaShape inputSchema) => TrainerUtils.BinaryScores(calibrated: true);

    public sealed class Options : OptionsBase
    {
    }
}
