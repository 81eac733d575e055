using Microsoft.ML;
using Microsoft.ML.Data;

namespace Examples.OriginClassification;

/// <summary>Tells all classes apart at once, with all training models and with 2, 4 and 8 times fewer.</summary>
internal static class TenWayClassification
{
    private static readonly int[] s_divisors = [1, 2, 4, 8];

    public static IReadOnlyList<TenWayResult> Run(
        OriginOptions options, TrainedZoo zoo, Vectorizations.Vectorization vectorization, OriginRow[] train, OriginRow[] test, CancellationToken cancel)
    {
        OriginRow[][] fewer = [.. s_divisors.Select(divisor => OriginRow.Fewer(train, divisor)).DistinctBy(rows => rows.Length)];
        var results = new TenWayResult[fewer.Length];
        Parallel.For(0, results.Length, PairClassification.Degree(options, cancel), i =>
        {
            MulticlassClassificationMetrics metrics = new OriginClassifiers(new MLContext(options.Seed), options.Seed, 0).EvaluateAllClasses(fewer[i], test);
            results[i] = new TenWayResult(
                zoo.Dataset, zoo.Architecture, vectorization.Name, vectorization.Kind, OriginClassifiers.MaximumEntropy, fewer[i].Length / zoo.Classes.Count,
                metrics.MacroAccuracy, metrics.MicroAccuracy, metrics.LogLoss);
        });
        return results;
    }
}
