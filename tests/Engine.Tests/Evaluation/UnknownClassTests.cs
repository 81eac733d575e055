using Microsoft.ML;
using Microsoft.ML.Data;

namespace Engine.Tests.Evaluation;

/// <summary>Labels that are no class, or one without a score; figures of Microsoft.ML 5.0.</summary>
public sealed class UnknownClassTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void AClassWithoutAScoreIsAWrongPredictionAtTheGreatestLoss()
    {
        var metrics = Evaluate([0, 1, 1, 7], topK: 2);

        Assert.Equal(0.5, metrics.MicroAccuracy, 1e-9);
        Assert.Equal(0.75, metrics.MacroAccuracy, 1e-9);
        Assert.Equal((-Math.Log(0.7f) - Math.Log(0.7f) - Math.Log(0.2f) - Math.Log(1e-15)) / 4, metrics.LogLoss, 1e-6);
        Assert.Equal([[1, 0, 0], [1, 1, 0], [0, 0, 0]], metrics.ConfusionMatrix.Counts);
        Assert.Equal(0.75, metrics.TopKAccuracy, 1e-9);
    }

    [Theory]
    [InlineData(-1f), InlineData(0.5f), InlineData(1e10f), InlineData(float.NaN), InlineData(float.PositiveInfinity)]
    public void WhatIsNoClassIsLeftOut(float label)
    {
        double expected = Evaluate([0, 1, 1]).LogLoss;

        Assert.Equal(expected, Evaluate([0, 1, 1, label]).LogLoss);
    }

    [Fact]
    public void OneClassAloneIsReducedInfinitely() => Assert.Equal(double.PositiveInfinity, Evaluate([1, 1]).LogLossReduction);

    [Fact]
    public void AsManyBestClassesAsThereAreAndOneMoreMayBeAsked()
    {
        Assert.Equal([1d / 3 + 1d / 3, 1, 1, 1], Evaluate([0, 1, 1], topK: 4).TopKAccuracyForAllK);
        Assert.ThrowsAny<Exception>(() => Evaluate([0, 1, 1], topK: 5));
    }

    // Of three classes; rows are scored for class 0, 1, 0, 0 in turn.
    private MulticlassClassificationMetrics Evaluate(float[] labels, int topK = 0) => _ml.MulticlassClassification.Evaluate(
        _ml.Data.LoadFromEnumerable(labels.Select((label, i) => new Row { Label = label, Score = i == 1 ? [0.2f, 0.7f, 0.1f] : [0.7f, 0.2f, 0.1f], PredictedLabel = i == 1 ? 1u : 0 })),
        topKPredictionCount: topK);

    private sealed class Row
    {
        public float Label { get; set; }

        [VectorType(3)]
        public float[] Score { get; set; } = [];

        [KeyType(3)]
        public uint PredictedLabel { get; set; }
    }
}
