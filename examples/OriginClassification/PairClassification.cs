using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;

namespace Examples.OriginClassification;

/// <summary>Fits and judges the classifiers of every pair of classes on models that were vectorized once, pairs side by side.</summary>
internal sealed class PairClassification(OriginOptions options, CancellationToken cancel)
{
    private const int ShufflesOfOnePair = 5;

    // A mean over pairs needs fewer of each.
    private const int ShufflesOfEachPair = 1;

    /// <summary>Runs every pair; the same results whatever the number of threads.</summary>
    public IReadOnlyList<PairFit> Run(TrainedZoo zoo, Vectorizations.Vectorization vectorization, OriginRow[] train, OriginRow[] test)
    {
        (uint First, uint Second)[] pairs =
        [
            .. from first in Enumerable.Range(1, zoo.Classes.Count)
               from second in Enumerable.Range(first + 1, zoo.Classes.Count - first)
               select ((uint)first, (uint)second),
        ];
        string[] trainers = OriginClassifiers.Parse(options.Classifier);
        var fits = new PairFit[pairs.Length * trainers.Length];
        Parallel.For(0, fits.Length, Degree(options, cancel), i =>
        {
            (uint first, uint second) = pairs[i / trainers.Length];
            fits[i] = FitPair(zoo, vectorization, trainers[i % trainers.Length], train, test, first, second);
        });
        return fits;
    }

    /// <summary>As many at once as the command line says, or one a core.</summary>
    public static ParallelOptions Degree(OriginOptions options, CancellationToken cancel) =>
        new() { MaxDegreeOfParallelism = options.Threads ?? Environment.ProcessorCount, CancellationToken = cancel };

    private PairFit FitPair(
        TrainedZoo zoo, Vectorizations.Vectorization vectorization, string trainer, OriginRow[] train, OriginRow[] test, uint first, uint second)
    {
        // A context of its own: contexts draw from one generator.
        var classifiers = new OriginClassifiers(new MLContext(options.Seed), options.Seed, options.AllPairs ? ShufflesOfEachPair : ShufflesOfOnePair);
        OriginRow[] trainPair = OriginRow.Pair(train, first, second);
        OriginRow[] testPair = OriginRow.Pair(test, first, second);
        ITransformer classifier = classifiers.Fit(trainer, trainPair);
        CalibratedBinaryClassificationMetrics metrics = classifiers.Evaluate(classifier, testPair);
        var result = new OriginResult(
            zoo.Dataset, [zoo.Classes[(int)first - 1], zoo.Classes[(int)second - 1]], zoo.Architecture, vectorization.Name, vectorization.Kind, trainer,
            metrics.PositivePrecision, metrics.PositiveRecall, metrics.AreaUnderRocCurve,
            OriginClassifiers.MajorityBaseline(trainPair, testPair), classifiers.ShuffledAuc(trainer, trainPair, testPair),
            trainPair.Length, testPair.Length, zoo.TrainSeconds);
        if (!options.AllPairs)
        {
            var intervals = classifiers.Intervals(classifier, testPair);
            result = result with { PrecisionInterval = intervals.Precision, RecallInterval = intervals.Recall, AucInterval = intervals.Auc };
        }

        return new PairFit(result, classifier, first, second);
    }
}

/// <summary>A classifier of one pair, and how it did.</summary>
internal sealed record PairFit(OriginResult Result, ITransformer Classifier, uint First, uint Second);
