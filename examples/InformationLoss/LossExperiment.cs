using Microsoft.ML;
using MLNetModelSpace;
using MLNetModelSpace.Theory;
using Spectre.Console;

namespace Examples.InformationLoss;

/// <summary>Trains the zoos, measures what each vectorization of them knows, and shows what came out.</summary>
internal sealed class LossExperiment
{
    /// <summary>Folds of each half of the images: with two halves, four groups of models that share no image.</summary>
    private const int Folds = 2;

    private readonly LossOptions _options;
    private readonly CancellationToken _cancel;
    private readonly MLContext _ml;
    private readonly Report _report;

    public LossExperiment(LossOptions options, CancellationToken cancel)
    {
        _options = options;
        _cancel = cancel;
        _ml = new MLContext(options.Seed);
        _report = new Report("What do weights, and vectors made of them, know of their images?", options);
    }

    public void Run()
    {
        _options.CheckOutputs();
        var zoos = Zoos.Parse(_options.Architecture, _options.Hidden);
        ImageDataset dataset = ExampleDataset.Load(_options.Dataset, _options.Data);
        string[] classes = ExampleDataset.Pair(dataset, _options.Classes);
        ZooPlan plan = _ml.ModelSpace().PlanZoo(
            dataset, _options.Models, ZooShares.OneClassEach(classes), _options.Images, _options.Seed, Folds);
        var results = new List<LossResult>();
        TheoremTable? theorem = null;
        foreach ((string name, Architecture architecture) in zoos)
        {
            IDataView[] halves = Train(name, architecture, plan);
            if (architecture is LinearAutoencoder)
                theorem = TheoremTable.Measure(dataset, classes[0], halves[0], _options.Images, Folds);
            results.Add(new LossResult(dataset.Name, classes, name, Measure(name, halves)));
        }

        _report.Add(LossTable.Of(results));
        _report.Say(
            "Bound: H(label) less the log-loss on models that share no image with those the classifier saw. Neighbours: Ross's estimate. Prediction: of the most "
            + "probable class.");
        foreach (LossResult result in results)
        {
            foreach (string breach in result.Report.OrderBreaches)
                _report.Say($"Order broken, {result.Architecture}: {breach}");
        }

        if (theorem is not null)
            _report.Add(theorem.ToReport());
        _report.AddPicture("information", () => LossChart.Draw(results));
        _report.Write("information-loss.svg");
        if (_options.Json is { } json)
            OutputFile.WriteText(json, LossResult.ToJson(results));
    }

    /// <summary>Both halves of a zoo, trained.</summary>
    private IDataView[] Train(string name, Architecture architecture, ZooPlan plan)
    {
        var progress = new ForwardedProgress();
        TrainAutoencoderTransformer trainer = ZooTraining.CreateEstimator(_ml, architecture, _options, progress, _cancel).Fit(plan.Train);
        IDataView[] halves = [trainer.Transform(plan.Train), trainer.Transform(plan.Test)];
        ZooTraining.Run(name, [("first half", halves[0]), ("second half", halves[1])], progress);
        return halves;
    }

    private InformationReport Measure(string name, IDataView[] halves)
    {
        IDataView models = VectorizedModel.Vectorize(_ml, halves, Folds);
        InformationReport Run(Action<string> tell) => _ml.ModelSpace().MeasureInformation(
            models,
            VectorizedModel.FeatureColumns,
            nameof(VectorizedModel.Origin),
            new InformationOptions
            {
                SamplingKeyColumnName = nameof(VectorizedModel.Group),
                Folds = 2 * Folds,
                Seed = _options.Seed,
                CancellationToken = _cancel,
                Progress = new Teller(feature => tell($"{name}: measuring {LossResult.Readable(feature)}")),
            });
        if (!ZooTraining.PlainOutput)
            return AnsiConsole.Status().Start($"{name}: measuring", status => Run(line => status.Status(Markup.Escape(line))));
        Console.WriteLine($"{name}: measuring");
        return Run(new SlowLines(Console.WriteLine, TimeProvider.System).Say);
    }

    private sealed class Teller(Action<string> tell) : IProgress<string>
    {
        public void Report(string value) => tell(value);
    }
}
