using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;
using Spectre.Console;

namespace Examples.OriginClassification;

/// <summary>Trains the zoos, fits the pipelines, judges them on held-out models, and shows what came out.</summary>
internal sealed class OriginExperiment
{
    private readonly OriginOptions _options;
    private readonly CancellationToken _cancel;
    private readonly MLContext _ml;
    private readonly OriginClassifiers _classifiers;
    private readonly IReadOnlyList<(string Name, Architecture Architecture)> _architectures;
    private readonly IReadOnlyList<(string Name, WeightFeatures Features)> _vectorizations;
    private readonly List<OriginResult> _results = [];
    private Best? _best;

    public OriginExperiment(OriginOptions options, CancellationToken cancel)
    {
        _options = options;
        _cancel = cancel;
        _ml = new MLContext(options.Seed);
        _classifiers = new OriginClassifiers(_ml, options.Seed);
        _architectures = Architectures.Parse(options.Architecture, options.Hidden);
        _vectorizations = Vectorizations.Parse(options.Vectorization);
    }

    public void Run()
    {
        OutputFile.Check(_options.Model);
        OutputFile.Check(_options.Svg);
        OutputFile.Check(_options.Json);
        ImageDataset dataset = LoadDataset();
        IReadOnlyList<(string Positive, string Negative)> pairs = Pairs(dataset);
        // Every plan is made before the first model is trained: too few images for any of them is bad input.
        ZooPlan[] plans = [.. pairs.Select(pair => Plan(dataset, pair))];
        foreach ((string name, Architecture architecture) in _architectures)
            RunArchitecture(dataset, name, architecture, pairs, plans);

        ResultTable.Print(_results, _options.AllPairs);
        if (_best is { } best)
            ShowBest(best);
        Draw(dataset);
        if (_options.Json is { } json)
            OutputFile.WriteText(json, OriginResult.ToJson(_results));
    }

    private void RunArchitecture(
        ImageDataset dataset, string name, Architecture architecture, IReadOnlyList<(string Positive, string Negative)> pairs, ZooPlan[] plans)
    {
        var progress = new ForwardedProgress();
        // One transformer for all pairs: a class's models are the same in each pair, and trained once.
        TrainAutoencoderTransformer trainer = _ml.ModelSpace().TrainAutoencoder(new TrainAutoencoderEstimator.Options
        {
            Architecture = architecture,
            Epochs = _options.Epochs,
            BatchSize = _options.Batch,
            LearningRate = _options.LearningRate,
            Threads = _options.Threads,
            Directory = _options.Zoo,
            CancellationToken = _cancel,
            Progress = progress,
        }).Fit(plans[0].Train);
        for (int i = 0; i < pairs.Count; i++)
        {
            IDataView train = trainer.Transform(plans[i].Train);
            IDataView test = trainer.Transform(plans[i].Test);
            long start = Stopwatch.GetTimestamp();
            ZooTraining.Run($"{name}: {pairs[i].Positive} or {pairs[i].Negative}", [("training models", train), ("test models", test)], progress);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            RunPair(dataset, name, pairs[i], Ship(train), Ship(test), seconds);
        }
    }

    private void RunPair(
        ImageDataset dataset, string architecture, (string Positive, string Negative) pair, IDataView train, IDataView test, double seconds)
    {
        bool[] trainLabels = [.. train.GetColumn<bool>(ZooColumns.Origin)];
        bool[] testLabels = [.. test.GetColumn<bool>(ZooColumns.Origin)];
        double baseline = OriginClassifiers.MajorityBaseline(trainLabels, testLabels);
        foreach ((string vectorization, WeightFeatures features) in _vectorizations)
        {
            VectorizeWeightsEstimator vectorize = _ml.ModelSpace().VectorizeWeights(ZooColumns.Features, ZooColumns.Weights, features);
            VectorizeWeightsTransformer vectorizer = vectorize.Fit(train);
            FeatureRow[] trainRows = OriginClassifiers.Rows(vectorizer.Transform(train));
            FeatureRow[] testRows = OriginClassifiers.Rows(vectorizer.Transform(test));
            foreach (string trainer in OriginClassifiers.Names)
            {
                _cancel.ThrowIfCancellationRequested();
                ITransformer model = vectorize.AppendCacheCheckpoint(_ml).Append(_classifiers.Create(trainer)).Fit(train);
                CalibratedBinaryClassificationMetrics metrics = _ml.BinaryClassification.Evaluate(model.Transform(test), ZooColumns.Origin);
                var result = new OriginResult(
                    dataset.Name, [pair.Positive, pair.Negative], architecture, vectorization, "weights", trainer,
                    metrics.PositivePrecision, metrics.PositiveRecall, metrics.AreaUnderRocCurve, baseline,
                    _classifiers.ShuffledAuc(trainer, trainRows, testRows), trainLabels.Length, testLabels.Length, seconds);
                _results.Add(result);
                if (_best is null || Worth(result) > Worth(_best.Result))
                    _best = new Best(result, model, train, test, vectorizer);
            }
        }
    }

    /// <summary>Saves the best pipeline, loads it in a fresh context, and shows that it answers the same.</summary>
    private void ShowBest(Best best)
    {
        string path = _options.Model ?? Path.Combine(Path.GetTempPath(), "origin-classification.zip");
        OutputFile.Write(path, stream => _ml.Model.Save(best.Model, best.Train.Schema, stream));
        var fresh = new MLContext();
        ITransformer loaded = fresh.ModelSpace().LoadModel(path);
        float[] before = [.. best.Model.Transform(best.Test).GetColumn<float>("Score")];
        float[] after = [.. loaded.Transform(best.Test).GetColumn<float>("Score")];
        AnsiConsole.WriteLine();
        AnsiConsole.WriteLine($"Best: {best.Result.Vectorization} and {best.Result.Trainer} on {best.Result.Architecture} autoencoders, AUC {best.Result.Auc:F3}.");
        AnsiConsole.WriteLine($"Saved to {path}, loaded again: {(before.AsSpan().SequenceEqual(after) ? "the same" : "NOT the same")} scores for all {after.Length} test models.");
        if (!before.AsSpan().SequenceEqual(after))
            throw new InvalidOperationException("The loaded pipeline gives other scores than the one that was saved.");
    }

    private void Draw(ImageDataset dataset)
    {
        string path = _options.Svg ?? Path.Combine(Path.GetTempPath(), "origin-classification.svg");
        if (_options.AllPairs)
            OutputFile.WriteText(path, PairHeatMap.Draw(dataset.ClassNames, _results));
        else if (_best is { } best)
            OutputFile.WriteText(path, WeightsChart.Draw(_ml, best.Train, best.Result));
        AnsiConsole.WriteLine($"Drawn to {path}.");
    }

    /// <summary>What the pipeline people ship is fitted on: weights and label, not the images behind them.</summary>
    private IDataView Ship(IDataView trained) =>
        _ml.Transforms.SelectColumns(ZooColumns.Weights, ZooColumns.Origin).Fit(trained).Transform(trained);

    private ZooPlan Plan(ImageDataset dataset, (string Positive, string Negative) pair) => _ml.ModelSpace().PlanZoo(
        dataset, models: _options.Models, shares: ZooShares.OneClassEach(pair.Positive, pair.Negative), imagesPerModel: _options.Images, seed: _options.Seed);

    private ImageDataset LoadDataset() => (_options.Dataset, _options.Data) switch
    {
        ("fashion-mnist", var data) => ImageDataset.LoadFashionMnist(data ?? Path.Combine(AppContext.BaseDirectory, "data", "fashion-mnist")),
        ("cifar10", { } data) => ImageDataset.LoadCifar10(data),
        ("cifar10", null) => throw new ArgumentException("--dataset cifar10 needs --data, the folder with data_batch_*.bin, test_batch.bin and batches.meta.txt."),
        _ => throw new ArgumentException($"'{_options.Dataset}' is no dataset; known are fashion-mnist and cifar10."),
    };

    private IReadOnlyList<(string Positive, string Negative)> Pairs(ImageDataset dataset)
    {
        IReadOnlyList<string> names = dataset.ClassNames;
        if (_options.AllPairs)
            return [.. names.SelectMany((first, i) => names.Skip(i + 1).Select(second => (first, second)))];
        string[] parts = _options.Classes.Split(',', StringSplitOptions.TrimEntries);
        if (parts.Length != 2)
            throw new ArgumentException($"--classes is '{_options.Classes}'; expected two classes, A,B.");
        int[] indices = [.. parts.Select(dataset.ClassIndex)];
        if (indices[0] == indices[1])
            throw new ArgumentException($"--classes names '{names[indices[0]]}' twice; expected two different classes.");
        return [(names[indices[0]], names[indices[1]])];
    }

    private static double Worth(OriginResult result) =>
        result.Auc + (1e-3 * (double.IsNaN(result.Precision) ? 0 : result.Precision)) + (1e-3 * result.Recall);

    private sealed record Best(OriginResult Result, ITransformer Model, IDataView Train, IDataView Test, VectorizeWeightsTransformer Vectorizer);
}
