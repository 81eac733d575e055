namespace Microsoft.ML.Data;

/// <summary>How well scores tell two classes apart. A row is taken for positive where its score is above zero.</summary>
public class BinaryClassificationMetrics
{
    private protected BinaryClassificationMetrics(BinaryTally tally)
    {
        ConfusionMatrix = tally.ToConfusionMatrix();
        AreaUnderRocCurve = tally.AreaUnderRocCurve;
        AreaUnderPrecisionRecallCurve = tally.AreaUnderPrecisionRecallCurve;
        Accuracy = (tally.TruePositives + tally.TrueNegatives) / tally.Total;
        PositivePrecision = ConfusionMatrix.PerClassPrecision[0];
        PositiveRecall = ConfusionMatrix.PerClassRecall[0];
        NegativePrecision = ConfusionMatrix.PerClassPrecision[1];
        NegativeRecall = ConfusionMatrix.PerClassRecall[1];
        double sum = PositivePrecision + PositiveRecall;
        F1Score = sum > 0 ? 2 * PositivePrecision * PositiveRecall / sum : 0;
    }

    public double AreaUnderRocCurve { get; }

    public double Accuracy { get; }

    public double PositivePrecision { get; }

    public double PositiveRecall { get; }

    public double NegativePrecision { get; }

    public double NegativeRecall { get; }

    public double F1Score { get; }

    public double AreaUnderPrecisionRecallCurve { get; }

    public ConfusionMatrix ConfusionMatrix { get; }

    internal static BinaryClassificationMetrics Create(BinaryTally tally) => new(tally);
}

/// <summary>How well probabilities tell two classes apart. Losses and entropy are in bits.</summary>
public sealed class CalibratedBinaryClassificationMetrics : BinaryClassificationMetrics
{
    internal CalibratedBinaryClassificationMetrics(BinaryTally tally) : base(tally)
    {
        LogLoss = tally.LogLoss / tally.Total;
        Entropy = tally.Entropy;
        LogLossReduction = (Entropy - LogLoss) / Entropy;
    }

    public double LogLoss { get; }

    /// <summary>The share of the entropy that knowing the probabilities takes away.</summary>
    public double LogLossReduction { get; }

    public double Entropy { get; }
}
