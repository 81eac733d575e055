using Microsoft.ML;
using Microsoft.ML.Trainers;

namespace Engine.Tests.Trainers;

/// <summary>Dual coordinate ascent in the rows' own order, where each step is determined, against Microsoft.ML 5.0.</summary>
public sealed class SdcaPathTests
{
    private readonly MLContext _ml = new(1);

    // From 100 features on, weights are kept sparse unless the options say otherwise; the L2 penalty depends on the passes.
    [Theory]
    [InlineData(99, 3, -0.015808523f, 0.4570065f, -0.28414425f, 0)]
    [InlineData(99, 40, -0.033045404f, 1.3366672f, -0.88004833f, 0)]
    [InlineData(100, 3, 0f, 0.31651145f, -0.143469f, 93)]
    [InlineData(100, 40, 0f, 1.270296f, -0.9310392f, 36)]
    public void PenaltiesAreChosenAsOfficially(int features, int passes, float bias, float first, float second, int zeros)
    {
        var rows = Enumerable.Range(0, 60).Select(i =>
        {
            float[] x = [.. Enumerable.Range(0, features).Select(j => (((i * 37) + (j * 101) + (i * j)) % 61 / 30f) - 1)];
            return new TrainRow { Features = x, Label = x[0] - x[1] + (0.5f * x[2]) > 0 };
        }).ToList();
        var options = new SdcaLogisticRegressionBinaryTrainer.Options { NumberOfThreads = 1, Shuffle = false, MaximumNumberOfIterations = passes, ConvergenceTolerance = 1e-6f };

        var model = _ml.BinaryClassification.Trainers.SdcaLogisticRegression(options).Fit(TrainerData.Table(_ml, rows)).Model.SubModel;

        TrainerData.Near([bias, first, second], [model.Bias, model.Weights[0], model.Weights[1]], 1e-4);
        Assert.Equal(zeros, model.Weights.Count(weight => weight == 0));
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1.5f)]
    public void ATolerancePastOneIsRefused(float tolerance)
    {
        var options = new SdcaLogisticRegressionBinaryTrainer.Options { ConvergenceTolerance = tolerance };

        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.BinaryClassification.Trainers.SdcaLogisticRegression(options));
    }
}
