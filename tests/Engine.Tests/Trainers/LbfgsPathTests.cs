using Microsoft.ML;
using Microsoft.ML.Trainers;

namespace Engine.Tests.Trainers;

/// <summary>
/// The iterates of L-BFGS, on rows simple enough to be written down, against those of Microsoft.ML 5.0. On badly scaled data it stops before the
/// optimum, so that the answer depends on each step: its direction, its length and when to stop.
/// </summary>
public sealed class LbfgsPathTests
{
    // The bias would grow for ever; it ends where the loss of a row, in single precision, no longer lessens.
    [Theory]
    [InlineData(1, 14.46142f), InlineData(2, 14.810904f), InlineData(40, 15.228705f), InlineData(200, 14.043626f)]
    public void OneClassAloneEndsWhereTheOfficialPackageDoes(int count, float bias)
    {
        var ml = new MLContext(1);
        var rows = TrainerData.Make(count, 2, seed: 3);
        rows.ForEach(row => row.Label = true);

        var model = ml.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(TrainerData.Table(ml, rows)).Model.SubModel;

        TrainerData.Near(bias, model.Bias, 2e-3);
        Assert.All(model.Weights, weight => Assert.Equal(0, weight));
    }

    private readonly MLContext _ml = new(1);

    // Features, penalty, iterations; then the bias and the weights.
    [Theory]
    [InlineData("plain", 1, 1, 0.12055864f, 0.8660129f, -0.48327386f, 0.040082283f, 0.018083792f)]
    [InlineData("plain", 1, 2, 0.042819954f, 2.0606892f, -0.84749734f, 0.09057903f, 0.06813354f)]
    [InlineData("plain", 1, 3, 0.25642264f, 2.5847905f, -0.9187973f, 0f, 0.0798681f)]
    [InlineData("plain", 1, 1000, 0.14927463f, 2.7958562f, -0.9302013f, 0f, 0.08059285f)]
    [InlineData("constant", 1, 3, 0.08506582f, 0.1450204f, -0.0823756f, 0.2339566f, 0.2339566f)]
    [InlineData("constant", 1, 8, 0.22817063f, 1.778885f, -0.8747382f, 0.25978607f, 0.25978607f)]
    [InlineData("constant", 1, 12, 0.55616665f, 1.9561644f, -0.49973816f, 0.19904703f, 0.19904703f)]
    [InlineData("constant", 1, 20, 2.0719156f, 2.2477844f, -0.4760705f, -0.006875508f, -0.006875508f)]
    [InlineData("constant", 1, 1000, 1.8731825f, 1.9886243f, -0.5919376f, 0f, 0f)]
    [InlineData("large", 1, 1, 5.423017E-07f, 0.0625f, -2.1738817E-06f, 1.8029972E-07f, 8.1345235E-08f)]
    [InlineData("large", 1, 2, 9.472628E-07f, 0.06236443f, -1.9783713E-06f, 0f, 1.8033592E-07f)]
    [InlineData("large", 0, 1, 3.1972047E-07f, 0.036847785f, -1.4414983E-06f, 2.661581E-07f, 2.078183E-07f)]
    [InlineData("constant", 0, 3, 0.054448195f, 0.6370863f, -0.38636148f, 0.14789179f, 0.14789179f)]
    [InlineData("constant", 0, 8, 0.15006936f, 2.1908534f, -1.0567268f, 0.31845224f, 0.31845224f)]
    [InlineData("constant", 0, 20, 2.1549888f, 2.2802925f, -0.89143443f, -0.016665064f, -0.016665064f)]
    public void EveryIterateIsTheOfficialOne(string kind, float l1, int iterations, params float[] expected)
    {
        var options = new LbfgsLogisticRegressionBinaryTrainer.Options { L1Regularization = l1, MaximumNumberOfIterations = iterations };

        var model = _ml.BinaryClassification.Trainers.LbfgsLogisticRegression(options).Fit(Rows(kind)).Model.SubModel;

        TrainerData.Near(expected, [model.Bias, .. model.Weights], 1e-4);
    }

    [Theory]
    [InlineData(1, 1, 0.13770746f, 0.98919857f, 0f, 0.045783773f, 0.020656114f)]
    [InlineData(1, 3, 0.3460883f, 3.0008512f, 0f, 0f, 0.050983116f)]
    [InlineData(1, 1000, 0.21121934f, 3.0582762f, 0f, 0f, 0.06128742f)]
    [InlineData(0, 2, 0.05549352f, 2.7000427f, 0f, 0.15350944f, 0.21323226f)]
    [InlineData(0, 8, 0.22691965f, 3.4581199f, 0f, 0.009022055f, 0.34109777f)]
    public void WeightsCanBeKeptFromGoingBelowZero(float l1, int iterations, params float[] expected)
    {
        var options = new LbfgsLogisticRegressionBinaryTrainer.Options { EnforceNonNegativity = true, L1Regularization = l1, MaximumNumberOfIterations = iterations };

        var model = _ml.BinaryClassification.Trainers.LbfgsLogisticRegression(options).Fit(Rows("plain")).Model.SubModel;

        TrainerData.Near(expected, [model.Bias, .. model.Weights], 1e-4);
    }

    // The mean improvement a row, in which each step counts a quarter of the next one.
    [Theory]
    [InlineData(0.1f, 3)]
    [InlineData(0.01f, 5)]
    [InlineData(1e-3f, 6)]
    [InlineData(1e-4f, 8)]
    public void TrainingStopsWhereTheOfficialOneDoes(float tolerance, int iterations)
    {
        float[] Train(float tolerance, int iterations)
        {
            var options = new LbfgsLogisticRegressionBinaryTrainer.Options { OptimizationTolerance = tolerance, MaximumNumberOfIterations = iterations };
            var model = _ml.BinaryClassification.Trainers.LbfgsLogisticRegression(options).Fit(Rows("plain")).Model.SubModel;
            return [model.Bias, .. model.Weights];
        }

        float[] stopped = Train(tolerance, 1000);

        Assert.Equal(Train(1e-20f, iterations), stopped);
        Assert.NotEqual(Train(1e-20f, iterations - 1), stopped);
    }

    // The products of the values overflow single precision: officially no step is taken.
    [Fact]
    public void FeaturesBeyondSquaringGiveNoWeights()
    {
        var rows = Enumerable.Range(0, 20).Select(i => new TrainRow { Features = [i < 10 ? -1e25f : 1e25f], Label = i >= 10 }).ToList();

        var model = _ml.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(TrainerData.Table(_ml, rows)).Model.SubModel;

        Assert.Equal([0f, 0f], [model.Bias, .. model.Weights]);
    }

    private IDataView Rows(string kind)
    {
        float scale = kind == "large" ? 15000 : 1;
        bool constant = kind == "constant";
        return TrainerData.Table(_ml, Enumerable.Range(0, 60).Select(i =>
        {
            float u = (i * 37 % 61 / 30f) - 1, v = (i * 23 % 59 / 29f) - 1, e = (i * 11 % 31 / 15f) - 1;
            return new TrainRow
            {
                Features = [u * scale, v, constant ? 3 : v * u, constant ? 3 : e],
                Label = (2 * u) - v + (0.8f * e) + (constant ? 1.5f : 0) > 0,
            };
        }).ToList());
    }
}
