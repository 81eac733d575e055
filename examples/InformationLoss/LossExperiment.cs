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

    public LossExperiment(LossOptions options, CancellationToken cancel)
    {
        _options = options;
        _cancel = cancel;
        _ml = new MLContext(options.Seed);
    }

    public void Run()
    {
        OutputFile.Check(_options.Svg);
        OutputFile.Check(_options.Json);
        var zoos = Zoos.Parse(_options.Architecture, _options.Hidden);
        ImageDataset dataset = ExampleDataset.Load(_options.Dataset, _options.Data);
        string[] classes = ExampleDataset.Pair(dataset, _options.Classes);
        ZooPlan plan = _ml.ModelSpace().Data.PlanZoo(
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

        LossTable.Print(results);
        theorem?.Print();
        string svg = _options.Svg ?? Path.Combine(Path.GetTempPath(), "information-loss.svg");
        OutputFile.WriteText(svg, LossChart.Draw(results));
        AnsiConsole.WriteLine($"Drawn to {svg}.");
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
        return AnsiConsole.Status().Start($"{name}: measuring", status => _ml.ModelSpace().Information.Measure(
            models,
            VectorizedModel.FeatureColumns,
            nameof(VectorizedModel.Origin),
            new InformationReport.Options
            {
                SamplingKeyColumnName = nameof(VectorizedModel.Group),
                Folds = 2 * Folds,
                Seed = _options.Seed,
                CancellationToken = _cancel,
                Progress = new Teller(feature => status.Status(Markup.Escape($"{name}: measuring {feature}"))),
            }));
    }

    private sealed class Teller(Action<string> tell) : IProgress<string>
    {
        public void Report(string value) => tell(value);
    }
}
