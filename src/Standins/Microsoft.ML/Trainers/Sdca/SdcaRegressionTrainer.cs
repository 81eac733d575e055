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

    // With squared error the best bias puts the mean score on the mean label, whatever the weights: centring takes it out of the search.
    private protected override (float[] Weights, double Bias) Solve(TrainingRows rows, DualAscentSettings settings)
    {
        int width = rows.FeatureCount;
        var means = new double[width];
        double labelMean = 0, mass = 0;
        for (int i = 0; i < rows.Count; i++)
        {
            double weight = rows.Weights is null ? 1 : rows.Weights[i];
            var row = rows.Row(i);
            for (int j = 0; j < width; j++)
                means[j] += weight * row[j];
            labelMean += weight * rows.Labels[i];
            mass += weight;
        }
        for (int j = 0; j < width; j++)
            means[j] /= mass;
        labelMean /= mass;
        var values = new double[checked(rows.Count * width)];
        var labels = new double[rows.Count];
        for (int i = 0; i < rows.Count; i++)
        {
            var row = rows.Row(i);
            for (int j = 0; j < width; j++)
                values[(i * width) + j] = row[j] - means[j];
            labels[i] = rows.Labels[i] - labelMean;
        }
        var solution = new DualCoordinateAscent(values, labels, rows.WeightsOrNull(), width, logistic: false).Solve(settings, Host.Rand);
        double bias = labelMean;
        for (int j = 0; j < width; j++)
            bias -= solution[j] * means[j];
        return (Array.ConvertAll(solution, w => (float)w), bias);
    }

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
