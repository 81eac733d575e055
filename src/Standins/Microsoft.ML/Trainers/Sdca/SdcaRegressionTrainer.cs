using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Linear regression by stochastic dual coordinate ascent, fitted to squared error. The bias is not penalised.</summary>
public sealed class SdcaRegressionTrainer
    : SdcaTrainerBase<SdcaRegressionTrainer.Options, RegressionPredictionTransformer<LinearRegressionModelParameters>, LinearRegressionModelParameters>
{
    internal SdcaRegressionTrainer(IHostEnvironment env, Options options)
        : base(env, options, TrainerUtils.MakeFloatLabel(options.LabelColumnName), "SdcaRegression")
    {
    }

    private protected override double DefaultL2(int rows, int iterations) => rows > 10_000 ? 1e-4 : rows < 200 ? 1e-2 : 1e-3;

    private protected override bool IsLogistic => false;

    private protected override LinearRegressionModelParameters MakeModel(float[] weights, float bias) => new(weights, bias);

    private protected override RegressionPredictionTransformer<LinearRegressionModelParameters> MakeTransformer(
        LinearRegressionModelParameters model, DataViewSchema trainSchema) => new(Host, model, trainSchema, FeatureColumn.Name);

    private protected override SchemaShape.Column[] GetOutputColumnsCore(SchemaShape inputSchema) => TrainerUtils.RegressionScores();

    public sealed class Options : OptionsBase
    {
        public Options()
        {
            ConvergenceTolerance = 0.01f;
        }
    }
}
