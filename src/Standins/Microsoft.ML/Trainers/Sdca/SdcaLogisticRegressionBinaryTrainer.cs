using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

using Calibrated = CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator>;

/// <summary>Logistic regression by stochastic dual coordinate ascent. The bias is penalised like a weight.</summary>
public sealed class SdcaLogisticRegressionBinaryTrainer : SdcaBinaryTrainerBase<Calibrated>
{
    internal SdcaLogisticRegressionBinaryTrainer(IHostEnvironment env, Options options) : base(env, options, "SdcaLogisticRegression")
    {
    }

    private protected override bool IsLogistic => true;

    private protected override Calibrated MakeModel(float[] weights, float bias) =>
        new CalibratedModelParameters<LinearBinaryModelParameters, PlattCalibrator>(new LinearBinaryModelParameters(weights, bias), new PlattCalibrator(-1, 0));

    private protected override BinaryPredictionTransformer<Calibrated> MakeTransformer(Calibrated model, DataViewSchema trainSchema) =>
        new(Host, model, trainSchema, FeatureColumn.Name);

    private protected override SchemaShape.Column[] GetOutputColumnsCore(SchemaShape inputSchema) => TrainerUtils.BinaryScores(calibrated: true);

    public sealed class Options : BinaryOptionsBase
    {
    }
}
