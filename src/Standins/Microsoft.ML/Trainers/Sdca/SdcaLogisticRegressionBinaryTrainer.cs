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

    private protected override (float[] Weights, double Bias) Solve(TrainingRows rows, DualAscentSettings settings)
    {
        int width = rows.FeatureCount + 1;
        var values = new double[checked(rows.Count * width)];
        var labels = new double[rows.Count];
        for (int i = 0; i < rows.Count; i++)
        {
            var row = rows.Row(i);
            for (int j = 0; j < row.Length; j++)
                values[(i * width) + j] = row[j];
            values[(i * width) + row.Length] = 1;
            labels[i] = rows.Labels[i] > 0 ? 1 : -1;
        }
        var solution = new DualCoordinateAscent(values, labels, rows.WeightsOrNull(), width, logistic: true).Solve(settings, Host.Rand);
        return (Array.ConvertAll(solution[..^1], w => (float)w), solution[^1]);
    }

    private protected override Calibrated MakeModel(float[] weights, float bias) =>
        new CalibratedModelParameters<LinearBinaryModelParameters, PlattCalibrator>(new LinearBinaryModelParameters(weights, bias), new PlattCalibrator(-1, 0));

    private protected override BinaryPredictionTransformer<Calibrated> MakeTransformer(Calibrated model, DataViewSchema trainSchema) =>
        new(Host, model, trainSchema, FeatureColumn.Name);

    private protected override SchemaShape.Column[] GetOutputColumnsCore(SchemaShape inputSchema) => TrainerUtils.BinaryScores(calibrated: true);

    public sealed class Options : BinaryOptionsBase
    {
    }
}
