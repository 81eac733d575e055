namespace Microsoft.ML.Data;

/// <summary>How well scores tell several classes apart. Losses are in nats.</summary>
public sealed class MulticlassClassificationMetrics
{
    internal MulticlassClassificationMetrics(
        double micro, double macro, double logLoss, double logLossReduction, int topK, double[] topKAccuracies, double[] perClassLogLoss, ConfusionMatrix confusion)
    {
        MicroAccuracy = micro;
        MacroAccuracy = macro;
        LogLoss = logLoss;
        LogLossReduction = logLossReduction;
        TopKPredictionCount = topK;
        TopKAccuracyForAllK = topKAccuracies is null ? null : Array.AsReadOnly(topKAccuracies);
        TopKAccuracy = topKAccuracies is null ? 0 : topKAccuracies[^1];
        PerClassLogLoss = Array.AsReadOnly(perClassLogLoss);
        ConfusionMatrix = confusion;
    }

    public double LogLoss { get; }

    /// <summary>The share of the labels' entropy that knowing the scores takes away.</summary>
    public double LogLossReduction { get; }

    /// <summary>The mean over the classes that occur of the share of rows told rightly.</summary>
    public double MacroAccuracy { get; }

    /// <summary>The share of rows told rightly.</summary>
    public double MicroAccuracy { get; }

    /// <summary>The share of rows whose class is among the <see cref="TopKPredictionCount"/> highest scores; 0 where that was not asked for.</summary>
    public double TopKAccuracy { get; }

    public int TopKPredictionCount { get; }

    /// <summary>The same for 1, 2, … up to <see cref="TopKPredictionCount"/>; null where that was not asked for.</summary>
    public IReadOnlyList<double> TopKAccuracyForAllK { get; }

    public IReadOnlyList<double> PerClassLogLoss { get; }

    public ConfusionMatrix ConfusionMatrix { get; }
}
