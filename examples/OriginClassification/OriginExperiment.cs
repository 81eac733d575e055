using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;

namespace Examples.OriginClassification;

/// <summary>Trains the zoos, fits the pipelines, judges them on held-out models, and shows what came out.</summary>
internal sealed class OriginExperiment
{
    private readonly OriginOptions _options;
    private readonly CancellationToken _cancel;
    private readonly MLContext _ml;
    private readonly PairClassification _pairs;
    private readonly IReadOnlyList<(string Name, Architecture Architecture)> _architectures;
    private readonly IReadOnlyList<Vectorizations.Vectorization> _vectorizations;
    private readonly List<OriginResult> _results = [];
    private readonly List<TenWayResult> _tenWay = [];
    private readonly List<RobustnessResult> _robustness = [];
    private readonly List<FeatureImportance> _importances = [];
    private readonly Report _report;
    private Best? _best;

    public OriginExperiment(OriginOptions options, CancellationToken cancel)
    {
        _options = options;
        _cancel = cancel;
        _ml = new MLContext(options.Seed);
        _pairs = new PairClassification(options, cancel);
        _architectures = Architectures.Parse(options.Architecture, options.Hidden);
        _report = new Report("Which class of images was an autoencoder trained on?", options);
        _vectorizations = Vectorizations.Parse(options.Vectorization);
        OriginClassifiers.Parse(options.Classifier);
    }

    public void Run()
    {
        _options.CheckOutputs();
        ImageDataset dataset = ExampleDataset.Load(_options.Dataset, _options.Data);
        string[] classes = Classes(dataset);
        // The plan is made before the first model is trained: too few images in a class is bad input. One fold: the test half is held out already.
        ZooPlan plan = _ml.ModelSpace().Data.PlanZoo(
            dataset, models: _options.Models, shares: ZooShares.OneClassEach(classes), imagesPerModel: _options.Images, seed: _options.Seed, folds: 1);
        foreach ((string name, Architecture architecture) in _architectures)
            RunArchitecture(name, architecture, plan);

        foreach (ReportTable table in ResultTable.All(_results, _options.AllPairs, _tenWay, _robustness, _importances))
            _report.Add(table);
        if (_best is { } best)
            ShowBest(best);
        Draw(classes);
        if (_options.Json is { } json)
            WriteJson(json);
    }

    /// <summary>Trains one zoo of all classes: it serves every pair of them.</summary>
    private void RunArchitecture(string name, Architecture architecture, ZooPlan plan)
    {
        var progress = new ForwardedProgress();
        TrainAutoencoderTransformer trainer = ZooTraining.CreateEstimator(_ml, architecture, _options, progress, _cancel).Fit(plan.Train);
        IDataView train = trainer.Transform(plan.Train);
        IDataView test = trainer.Transform(plan.Test);
        long start = Stopwatch.GetTimestamp();
        ZooTraining.Run(name, [("training models", train), ("test models", test)], progress);
        var zoo = new TrainedZoo(plan, name, Ship(train), Ship(test), Stopwatch.GetElapsedTime(start).TotalSeconds);
        RobustnessStudy? study = _options.Robustness ? new RobustnessStudy(_options, _ml, zoo, _cancel) : null;
        foreach (Vectorizations.Vectorization vectorization in _vectorizations)
            RunVectorization(zoo, vectorization, study);
    }

    /// <summary>Vectorizes every model once, then fits and judges the classifiers of every pair.</summary>
    private void RunVectorization(TrainedZoo zoo, Vectorizations.Vectorization vectorization, RobustnessStudy? study)
    {
        long start = Stopwatch.GetTimestamp();
        ITransformer vectorizer = vectorization.Create(_ml, zoo.Plan).Fit(zoo.Train);
        IDataView vectors = vectorizer.Transform(zoo.Train);
        OriginRow[] train = [], test = [];
        Parallel.Invoke(PairClassification.Degree(_options, _cancel), () => train = OriginRow.Read(vectors), () => test = OriginRow.Read(vectorizer.Transform(zoo.Test)));
        TimeSpan vectorized = Stopwatch.GetElapsedTime(start);
        IReadOnlyList<PairFit> fits = _pairs.Run(zoo, vectorization, train, test);
        _results.AddRange(fits.Select(fit => fit.Result));
        if (fits.Any(fit => fit.Result.Trainer == OriginClassifiers.Trees))
            _importances.Add(FeatureImportance.Of(vectors, fits));
        if (_options.AllPairs)
            _tenWay.AddRange(TenWayClassification.Run(_options, zoo, vectorization, train, test, _cancel));
        if (study is not null)
            _robustness.AddRange(study.Run(vectorization, vectorizer, fits));
        // What is best over all pairs; of these its best one.
        IGrouping<string, PairFit> group = fits.GroupBy(fit => fit.Result.Trainer).MaxBy(MeanWorth)!;
        PairFit best = group.MaxBy(fit => Worth(fit.Result))!;
        if (_best is null || MeanWorth(group) > _best.MeanWorth)
            _best = new Best(best.Result, new TransformerChain<ITransformer>(vectorizer, best.Classifier), zoo, MeanWorth(group));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{zoo.Architecture}, {vectorization.Name}: {train[0].Features.Length} features in {vectorized.TotalSeconds:F1} s, fitted in {(Stopwatch.GetElapsedTime(start) - vectorized).TotalSeconds:F1} s"));
    }

    private void WriteJson(string path)
    {
        OutputFile.WriteText(path, OriginJson.Of(_results));
        if (_tenWay.Count > 0)
            OutputFile.WriteText(OutputFile.Beside(path, "ten-way"), OriginJson.Of(_tenWay));
        if (_robustness.Count > 0)
            OutputFile.WriteText(OutputFile.Beside(path, "robustness"), OriginJson.Of(_robustness));
    }

    /// <summary>Saves the best pipeline, loads it in a fresh context, and shows that it answers the same.</summary>
    private void ShowBest(Best best)
    {
        string path = _options.Model ?? Path.Combine(Path.GetTempPath(), "origin-classification.zip");
        OutputFile.Write(path, stream => _ml.Model.Save(best.Model, best.Zoo.Train.Schema, stream));
        var fresh = new MLContext();
        ITransformer loaded = fresh.ModelSpace().Model.Load(path);
        float[] before = [.. best.Model.Transform(best.Zoo.Test).GetColumn<float>("Score")];
        float[] after = [.. loaded.Transform(best.Zoo.Test).GetColumn<float>("Score")];
        Console.WriteLine();
        _report.Say($"Best: {best.Result.Vectorization} and {best.Result.Trainer} on {best.Result.Architecture} autoencoders, {best.Result.Classes[0]} or {best.Result.Classes[1]}: AUC {best.Result.Auc:F3}.");
        _report.Say($"Saved to {path}, loaded again: {(before.AsSpan().SequenceEqual(after) ? "the same" : "NOT the same")} scores for all {after.Length} test models.");
        if (!before.AsSpan().SequenceEqual(after))
            throw new InvalidOperationException("The loaded pipeline gives other scores than the one that was saved.");
    }

    private void Draw(IReadOnlyList<string> classes)
    {
        if (_options.AllPairs)
            _report.AddPicture("pairs", () => PairHeatMap.Draw(classes, _results));
        else if (_best is { } best)
            _report.AddPicture("weights", () => WeightsChart.Draw(_ml, best.Zoo.Train, best.Result));
        _report.AddPicture("auc", () => AucBars.Draw(_results, _options.AllPairs, _options.Seed));
        if (_tenWay.Count > 0)
            _report.AddPicture("learning", () => LearningCurves.Draw(_tenWay, classes.Count));
        _report.Write("origin-classification.svg");
    }

    /// <summary>What the pipeline people ship is fitted on: weights and label, not the images behind them.</summary>
    private IDataView Ship(IDataView trained) =>
        _ml.Transforms.SelectColumns(ZooColumns.Weights, ZooColumns.OriginClass).Fit(trained).Transform(trained);

    private string[] Classes(ImageDataset dataset) => _options.AllPairs ? [.. dataset.ClassNames] : ExampleDataset.Pair(dataset, _options.Classes);

    private static double MeanWorth(IEnumerable<PairFit> fits) => fits.Average(fit => Worth(fit.Result));

    private static double Worth(OriginResult result) =>
        result.Auc + (1e-3 * (double.IsNaN(result.Precision) ? 0 : result.Precision)) + (1e-3 * result.Recall);

    private sealed record Best(OriginResult Result, ITransformer Model, TrainedZoo Zoo, double MeanWorth);
}
