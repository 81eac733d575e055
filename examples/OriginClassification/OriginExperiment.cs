using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;
using Spectre.Console;

namespace Examples.OriginClassification;

/// <summary>Trains the zoos, fits the pipelines, judges them on held-out models, and shows what came out.</summary>
internal sealed class OriginExperiment
{
    private const int ShufflesOfOnePair = 10;

    // A mean over pairs needs fewer of each.
    private const int ShufflesOfEachPair = 2;

    private readonly OriginOptions _options;
    private readonly CancellationToken _cancel;
    private readonly MLContext _ml;
    private readonly OriginClassifiers _classifiers;
    private readonly IReadOnlyList<(string Name, Architecture Architecture)> _architectures;
    private readonly IReadOnlyList<Vectorizations.Vectorization> _vectorizations;
    private readonly List<OriginResult> _results = [];
    private Best? _best;

    public OriginExperiment(OriginOptions options, CancellationToken cancel)
    {
        _options = options;
        _cancel = cancel;
        _ml = new MLContext(options.Seed);
        _classifiers = new OriginClassifiers(_ml, options.Seed, options.AllPairs ? ShufflesOfEachPair : ShufflesOfOnePair);
        _architectures = Architectures.Parse(options.Architecture, options.Hidden);
        _vectorizations = Vectorizations.Parse(options.Vectorization);
    }

    public void Run()
    {
        OutputFile.Check(_options.Model);
        OutputFile.Check(_options.Svg);
        OutputFile.Check(_options.Json);
        ImageDataset dataset = ExampleDataset.Load(_options.Dataset, _options.Data);
        string[] classes = Classes(dataset);
        // The plan is made before the first model is trained: too few images in a class is bad input. One fold: the test half is held out already.
        ZooPlan plan = _ml.ModelSpace().PlanZoo(
            dataset, models: _options.Models, shares: ZooShares.OneClassEach(classes), imagesPerModel: _options.Images, seed: _options.Seed, folds: 1);
        foreach ((string name, Architecture architecture) in _architectures)
            RunArchitecture(dataset.Name, name, architecture, plan);

        ResultTable.Print(_results, _options.AllPairs);
        if (_best is { } best)
            ShowBest(best);
        Draw(classes);
        if (_options.Json is { } json)
            OutputFile.WriteText(json, OriginResult.ToJson(_results));
    }

    /// <summary>Trains one zoo of all classes: it serves every pair of them.</summary>
    private void RunArchitecture(string dataset, string name, Architecture architecture, ZooPlan plan)
    {
        var progress = new ForwardedProgress();
        TrainAutoencoderTransformer trainer = ZooTraining.CreateEstimator(_ml, architecture, _options, progress, _cancel).Fit(plan.Train);
        IDataView train = trainer.Transform(plan.Train);
        IDataView test = trainer.Transform(plan.Test);
        long start = Stopwatch.GetTimestamp();
        ZooTraining.Run(name, [("training models", train), ("test models", test)], progress);
        var zoo = new TrainedZoo(dataset, name, plan.Classes, Ship(train), Ship(test), Stopwatch.GetElapsedTime(start).TotalSeconds);
        foreach (Vectorizations.Vectorization vectorization in _vectorizations)
            RunVectorization(zoo, vectorization, plan);
    }

    /// <summary>Vectorizes every model once, then fits and judges the classifiers of every pair.</summary>
    private void RunVectorization(TrainedZoo zoo, Vectorizations.Vectorization vectorization, ZooPlan plan)
    {
        ITransformer vectorizer = vectorization.Create(_ml, plan).Fit(zoo.Train);
        OriginRow[] train = OriginRow.Read(vectorizer.Transform(zoo.Train));
        OriginRow[] test = OriginRow.Read(vectorizer.Transform(zoo.Test));
        for (uint first = 1; first <= zoo.Classes.Count; first++)
        {
            for (uint second = first + 1; second <= zoo.Classes.Count; second++)
            {
                OriginRow[] trainPair = OriginRow.Pair(train, first, second);
                OriginRow[] testPair = OriginRow.Pair(test, first, second);
                foreach (string trainer in OriginClassifiers.Names)
                {
                    _cancel.ThrowIfCancellationRequested();
                    ITransformer classifier = _classifiers.Fit(trainer, trainPair);
                    CalibratedBinaryClassificationMetrics metrics = _classifiers.Evaluate(classifier, testPair);
                    var result = new OriginResult(
                        zoo.Dataset, [zoo.Classes[(int)first - 1], zoo.Classes[(int)second - 1]], zoo.Architecture, vectorization.Name, vectorization.Kind, trainer,
                        metrics.PositivePrecision, metrics.PositiveRecall, metrics.AreaUnderRocCurve,
                        OriginClassifiers.MajorityBaseline(trainPair, testPair), _classifiers.ShuffledAuc(trainer, trainPair, testPair),
                        trainPair.Length, testPair.Length, zoo.TrainSeconds);
                    _results.Add(result);
                    if (_best is null || Worth(result) > Worth(_best.Result))
                        _best = new Best(result, new TransformerChain<ITransformer>(vectorizer, classifier), zoo);
                }
            }
        }
    }

    /// <summary>Saves the best pipeline, loads it in a fresh context, and shows that it answers the same.</summary>
    private void ShowBest(Best best)
    {
        string path = _options.Model ?? Path.Combine(Path.GetTempPath(), "origin-classification.zip");
        OutputFile.Write(path, stream => _ml.Model.Save(best.Model, best.Zoo.Train.Schema, stream));
        var fresh = new MLContext();
        ITransformer loaded = fresh.ModelSpace().LoadModel(path);
        float[] before = [.. best.Model.Transform(best.Zoo.Test).GetColumn<float>("Score")];
        float[] after = [.. loaded.Transform(best.Zoo.Test).GetColumn<float>("Score")];
        AnsiConsole.WriteLine();
        AnsiConsole.WriteLine($"Best: {best.Result.Vectorization} and {best.Result.Trainer} on {best.Result.Architecture} autoencoders, AUC {best.Result.Auc:F3}.");
        AnsiConsole.WriteLine($"Saved to {path}, loaded again: {(before.AsSpan().SequenceEqual(after) ? "the same" : "NOT the same")} scores for all {after.Length} test models.");
        if (!before.AsSpan().SequenceEqual(after))
            throw new InvalidOperationException("The loaded pipeline gives other scores than the one that was saved.");
    }

    private void Draw(IReadOnlyList<string> classes)
    {
        string path = _options.Svg ?? Path.Combine(Path.GetTempPath(), "origin-classification.svg");
        if (_options.AllPairs)
            OutputFile.WriteText(path, PairHeatMap.Draw(classes, _results));
        else if (_best is { } best)
            OutputFile.WriteText(path, WeightsChart.Draw(_ml, best.Zoo.Train, best.Result));
        AnsiConsole.WriteLine($"Drawn to {path}.");
    }

    /// <summary>What the pipeline people ship is fitted on: weights and label, not the images behind them.</summary>
    private IDataView Ship(IDataView trained) =>
        _ml.Transforms.SelectColumns(ZooColumns.Weights, ZooColumns.OriginClass).Fit(trained).Transform(trained);

    private string[] Classes(ImageDataset dataset) => _options.AllPairs ? [.. dataset.ClassNames] : ExampleDataset.Pair(dataset, _options.Classes);

    private static double Worth(OriginResult result) =>
        result.Auc + (1e-3 * (double.IsNaN(result.Precision) ? 0 : result.Precision)) + (1e-3 * result.Recall);

    private sealed record TrainedZoo(
        string Dataset, string Architecture, IReadOnlyList<string> Classes, IDataView Train, IDataView Test, double TrainSeconds);

    private sealed record Best(OriginResult Result, ITransformer Model, TrainedZoo Zoo);
}
