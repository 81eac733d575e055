using Microsoft.ML;

namespace Engine.Tests.Trainers;

/// <summary>What L-BFGS makes of weights that are not one on average: they weigh against the L2 penalty, but not against the L1 penalty. Figures of Microsoft.ML 5.0.</summary>
public sealed class RowWeightTests
{
    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData(0.25f, 1.3287f, -0.697939f, -0.0837004f, 0.0786545f)]
    [InlineData(1f, 2.08869f, -1.04225f, -0.0542935f, 0.0495825f)]
    [InlineData(2f, 2.44834f, -1.21018f, -0.0398547f, 0.0353651f)]
    [InlineData(16f, 3.14589f, -1.55338f, -0.0187806f, 0.00858929f)]
    public void EqualWeightsWeighAgainstTheL2Penalty(float weight, params float[] expected) => TrainerData.Near(expected, Train(_ => weight, l2: 1), 2e-3);

    [Theory]
    [InlineData(0.25f), InlineData(4f)]
    public void WithoutAnL2PenaltyTheScaleOfWeightsChangesNothing(float scale) =>
        TrainerData.Near(Train(i => 1 + (i % 3), l2: 0), Train(i => scale * (1 + (i % 3)), l2: 0), 2e-3);

    // The weights, then the bias.
    private float[] Train(Func<int, float> weight, float l2)
    {
        var rows = TrainerData.Make(60, 3, seed: 3);
        for (int i = 0; i < rows.Count; i++)
            rows[i].Weight = weight(i);
        var model = _ml.BinaryClassification.Trainers.LbfgsLogisticRegression(exampleWeightColumnName: "Weight", l2Regularization: l2).Fit(TrainerData.Table(_ml, rows)).Model.SubModel;
        return [.. model.Weights, model.Bias];
    }
}
