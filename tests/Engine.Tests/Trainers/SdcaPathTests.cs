using Microsoft.ML;
using Microsoft.ML.Trainers;

namespace Engine.Tests.Trainers;

/// <summary>Dual coordinate ascent on one thread, where each step is determined by the rows' order or by the seed, against Microsoft.ML 5.0.</summary>
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

    // (L2, L1, passes, row weights, shuffled, cached, bias and weights): the bias is freed of its penalty step by step.
    [Theory]
    [InlineData(0.1f, 0f, 5, false, false, false, 3.16458f, 1.92415f, -1.04592f, 0.0461016f, 0.00337758f)]
    [InlineData(0.01f, 0f, 30, true, false, false, 3.12605f, 1.9686f, -1.08709f, -0.0834851f, -0.0355316f)]
    [InlineData(0.1f, 0.1f, 20, false, false, false, 2.86488f, 1.93867f, -1.1288f, 0f, -0.0187414f)]
    [InlineData(0.1f, 0f, 5, false, true, false, 3.12438f, 1.82235f, -1.06529f, -0.012718f, -0.0611837f)]
    [InlineData(0.01f, 0f, 30, false, true, false, 3.0367f, 1.92984f, -1.1254f, -0.00395666f, -0.0873082f)]
    [InlineData(0.01f, 0f, 5, false, true, true, 2.97076f, 1.94471f, -1.21911f, 0.0656371f, -0.120848f)]
    public void RegressionTakesTheOfficialSteps(float l2, float l1, int passes, bool weighted, bool shuffle, bool cached, params float[] expected)
    {
        var rows = TrainerData.Make(40, 4, seed: 3);
        foreach (var (i, row) in rows.Index())
        {
            row.Target += 3;
            row.Weight = 1 + (i % 3);
        }
        var table = TrainerData.Table(_ml, rows);
        var data = cached ? _ml.Data.Cache(table) : table;
        var options = new SdcaRegressionTrainer.Options
        {
            LabelColumnName = "Target",
            ExampleWeightColumnName = weighted ? "Weight" : null,
            Shuffle = shuffle,
            NumberOfThreads = 1,
            L2Regularization = l2,
            L1Regularization = l1,
            MaximumNumberOfIterations = passes,
            ConvergenceTolerance = 0.01f,
        };

        var model = _ml.Regression.Trainers.Sdca(options).Fit(data).Model;

        TrainerData.Near(expected, [model.Bias, .. model.Weights], 1e-4);
    }

    // Where convergence is looked at every third pass, passes after the last look do not count; where it never was, all do.
    [Theory]
    [InlineData(5, 1, true, 0.0467103f, 2.78715f, -1.65593f, 0.120783f, 0.133365f)]
    [InlineData(7, 3, true, -0.0634588f, 2.82637f, -1.77305f, 0.161107f, 0.0880133f)]
    [InlineData(2, 3, false, -0.254581f, 2.2928f, -1.29989f, 0.0484885f, 0.132957f)]
    [InlineData(7, 3, false, -0.0850417f, 2.94043f, -1.70577f, 0.103772f, 0.0713527f)]
    public void LogisticRegressionTakesTheOfficialSteps(int passes, int frequency, bool shuffle, params float[] expected)
    {
        var options = new SdcaLogisticRegressionBinaryTrainer.Options
        {
            Shuffle = shuffle,
            NumberOfThreads = 1,
            L2Regularization = 0.01f,
            ConvergenceCheckFrequency = frequency,
            MaximumNumberOfIterations = passes,
            ConvergenceTolerance = 0.001f,
        };
        var trainer = _ml.BinaryClassification.Trainers.SdcaLogisticRegression(options);

        var model = trainer.Fit(TrainerData.Table(_ml, TrainerData.Make(40, 4, seed: 3))).Model.SubModel;

        TrainerData.Near(expected, [model.Bias, .. model.Weights], 1e-4);
    }

    [Fact]
    public void StepsThatRunAwayAreAnError()
    {
        var rows = TrainerData.Make(150, 7, seed: 21);
        foreach (var row in rows)
            row.Features = [.. row.Features.Select(x => x * 0.1f)];
        var options = new SdcaRegressionTrainer.Options { LabelColumnName = "Target", Shuffle = false, NumberOfThreads = 1, L2Regularization = 1e-4f, MaximumNumberOfIterations = 29, ConvergenceTolerance = 0.1f };

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Regression.Trainers.Sdca(options).Fit(TrainerData.Table(_ml, rows)));

        Assert.Contains("Cannot initialize linear predictor with non-finite weights", error.Message);
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
