using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;
using MLNetModelSpace.Embedding;

namespace Examples.DatasetSpace;

/// <summary>Finds the classes, trains the zoo, fits an encoder a variant, judges each on held-out models, and shows what came out.</summary>
internal sealed class SpaceExperiment(SpaceOptions options, CancellationToken cancel)
{
    private readonly MLContext _ml = new(options.Seed);
    private readonly Report _report = new("Where does a model lie on the sphere of datasets?", options);
    private readonly List<SpaceResult> _results = [];
    private readonly List<double[]> _angles = [];
    private (float[][] Targets, float[][] Places, SpaceResult Result)? _drawn;

    public void Run()
    {
        options.CheckOutputs();
        IReadOnlyList<SpaceVariant> variants = SpaceVariants.Parse(options.Space, options.Loss);
        IReadOnlyList<(string Name, Architecture Architecture)> architectures = Architectures.Parse(options.Architecture, options.Hidden);
        ImageDataset dataset = ExampleDataset.Load(options.Dataset, options.Data);
        string[] classes = options.Classes == "farthest" ? FindFarthest(dataset) : Classes(dataset);
        ZooPlan plan = _ml.ModelSpace().PlanZoo(dataset, new ZooPlanOptions
        {
            Models = options.Models,
            TestModels = options.TestModels,
            ImagesPerModel = options.Images,
            Shares = ZooShares.Dirichlet(classes, options.Concentration),
            Folds = options.Folds,
            Seed = options.Seed,
        });
        IDataView mixtures = _ml.ModelSpace().PlanMixtures(plan, options.Mixtures);
        foreach ((string name, Architecture architecture) in architectures)
            RunArchitecture(dataset.Name, name, architecture, plan, mixtures, variants);

        foreach (ReportTable table in SpaceTable.All(_results))
            _report.Add(table);
        _report.Say("The paper names this experiment (section 4.2) and gives no figures for it.");
        if (_drawn is { } drawn && classes.Length == 3)
        {
            var sphere = new Sphere(
                classes, drawn.Targets, drawn.Places, $"{drawn.Result.Architecture} autoencoders, {drawn.Result.Loss} loss: mean angle {Degrees(drawn.Result.MeanAngle)}");
            _report.AddPicture("sphere", () => SphereChart.Draw(sphere));
            _report.AddScript($"{sphere.Title}. Turn it with the mouse; point at a model to read its shares.", TurnedSphere.LoadLibrary, () => TurnedSphere.Script(sphere));
        }

        _report.AddPicture("angles", () => AngleBars.Draw(_results, _angles, options.Seed));
        _report.Write("dataset-space.svg");
        if (options.Json is { } json)
            OutputFile.WriteText(json, SpaceResult.ToJson(_results));
    }

    /// <summary>Section 4.2, first step: class means of image embeddings, and the triple with the largest smallest distance.</summary>
    private string[] FindFarthest(ImageDataset dataset)
    {
        long start = Stopwatch.GetTimestamp();
        ZooPlan halves = _ml.ModelSpace().PlanZoo(dataset, models: 1, imagesPerModel: 1, seed: options.Seed, folds: 1);
        int[] training = [.. dataset.ClassNames.SelectMany(name => halves.TrainImages(name).ToArray())];
        ResNetEmbedderTransformer embedder = _ml.ModelSpace().EmbedImages(new ResNetEmbedderEstimator.Options
        {
            TrainingImages = dataset,
            TrainingIndices = training,
            Mirror = true,
            Seed = options.Seed,
            CancellationToken = cancel,
        }).Fit(halves.Train);

        // The classes' own halves that the network has not seen say how well it tells them, and where they lie.
        var means = new float[dataset.ClassCount][];
        int right = 0, seen = 0;
        for (int k = 0; k < means.Length; k++)
        {
            int[] indices = halves.TestImages(dataset.ClassNames[k]).ToArray();
            float[] images = new float[indices.Length * dataset.Shape.Size];
            dataset.CopyImages(indices, images);
            right += embedder.Classify(images).Count(label => label == k);
            seen += indices.Length;
            float[][] embedded = embedder.Embed(images);
            means[k] = new float[embedder.Dimension];
            foreach (float[] one in embedded)
            {
                for (int i = 0; i < one.Length; i++)
                    means[k][i] += one[i] / embedded.Length;
            }
        }

        FarthestClasses farthest = FarthestClasses.Find(means);
        string[] names = Names(farthest.ByMinimum);
        _report.Say(
            $"Residual network trained on {training.Length} images in {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s: {(double)right / seen:P1} of the other half right.");
        _report.Say(
            $"Farthest apart: {string.Join(", ", names)} by the smallest distance ({farthest.ByMinimum.MinDistance:F2}), "
            + $"{string.Join(", ", Names(farthest.BySum))} by the sum ({farthest.BySum.SumDistance:F2}).");
        return names;

        string[] Names(ClassTriple triple)
        {
            return [dataset.ClassNames[triple.First], dataset.ClassNames[triple.Second], dataset.ClassNames[triple.Third]];
        }
    }

    private static string Degrees(double value) => value.ToString("F1", CultureInfo.InvariantCulture) + "°";

    private string[] Classes(ImageDataset dataset)
    {
        string[] names = [.. options.Classes.Split(',', StringSplitOptions.TrimEntries).Select(part => dataset.ClassNames[dataset.ClassIndex(part)])];
        if (names.Length < DatasetTargets.MinClasses)
            throw new ArgumentException($"--classes is '{options.Classes}'; expected at least three classes, A,B,C, or farthest.");
        return names.Distinct().Count() == names.Length
            ? names
            : throw new ArgumentException($"--classes is '{options.Classes}', which names a class twice.");
    }

    private void RunArchitecture(
        string dataset, string name, Architecture architecture, ZooPlan plan, IDataView mixturePlan, IReadOnlyList<SpaceVariant> variants)
    {
        var progress = new ForwardedProgress();
        TrainAutoencoderTransformer trainer = ZooTraining.CreateEstimator(_ml, architecture, options, progress, cancel).Fit(plan.Train);
        IDataView train = trainer.Transform(plan.Train), test = trainer.Transform(plan.Test), mixtures = trainer.Transform(mixturePlan);
        ZooTraining.Run(name, [("training models", train), ("test models", test), ("mixtures", mixtures)], progress);
        var zoo = new SpaceZoo(_ml, train, test, mixtures, options.Directions);
        foreach (SpaceVariant variant in variants)
        {
            cancel.ThrowIfCancellationRequested();
            Console.WriteLine($"{name}: {variant.Space}, {variant.Loss} …");
            long start = Stopwatch.GetTimestamp();
            (ITransformer encoder, SpaceZoo view) = Fit(variant, zoo, architecture);
            IDataView placed = encoder.Transform(view.Test);
            EmbeddingMetrics metrics = _ml.ModelSpace().EvaluateEmbedding(placed, new EmbeddingEvaluationOptions { Space = variant.EmbeddingSpace, Seed = options.Seed });
            MixtureMetrics mixed = _ml.ModelSpace().EvaluateMixtures(encoder.Transform(view.Mixtures), space: variant.EmbeddingSpace);
            var result = new SpaceResult(
                dataset, [.. plan.Classes], name, variant.Space, variant.Loss, metrics.MeanAngle, metrics.MedianAngle, metrics.MeanVectorBaseline!.MeanAngle,
                metrics.ShuffledBaseline!.MeanAngle, metrics.RSquared, metrics.DistanceSpearman, metrics.DistanceKendall, metrics.RecallAt1,
                metrics.RecallAt5, metrics.RecallAt10, metrics.MedianRank, mixed.MeanAngle, options.Models, options.TestModels,
                Stopwatch.GetElapsedTime(start).TotalSeconds);
            _results.Add(result);
            float[][] places = [.. placed.GetColumn<float[]>(ZooColumns.Embedding)], targets = [.. placed.GetColumn<float[]>(ZooColumns.Shares)];
            _angles.Add([.. places.Zip(targets, Sphere.Angle)]);
            if (variant.Space == "sphere" && (_drawn is null || result.MeanAngle < _drawn.Value.Result.MeanAngle))
                _drawn = (targets, places, result);
            if (variant.Space == "ball")
            {
                AgglomerativeTree tree = AgglomerativeTree.Build(places, EmbeddingSpace.PoincareBall);
                _report.Say($"Tree over the {tree.Count} test models in the ball: cophenetic correlation {tree.CopheneticCorrelation:F3}.");
            }
        }
    }

    private (ITransformer Encoder, SpaceZoo Zoo) Fit(SpaceVariant variant, SpaceZoo zoo, Architecture architecture)
    {
        if (variant.Space == "graph")
        {
            return (_ml.ModelSpace().RegressGraphEmbedding(new GraphEmbeddingTrainer.Options { Seed = options.Seed, CancellationToken = cancel }).Fit(zoo.Train), zoo);
        }

        bool spectral = variant.Space == "graph-spectral", linear = architecture is LinearAutoencoder, composed = !spectral && linear;

        // The few spectra of one patch are best read as they are.
        bool inverse = !spectral || linear;
        SpaceZoo view = spectral ? zoo.Spectra : composed ? zoo.Composed : zoo.Cosines;
        ITransformer encoder = _ml.ModelSpace().RegressEmbedding(new EmbeddingRegressionTrainer.Options
        {
            Loss = variant.EmbeddingLoss,
            Space = variant.EmbeddingSpace,
            Scaling = spectral ? FeatureScaling.PerFeature : FeatureScaling.Common,
            InverseRegression = inverse,
            FoldColumnName = inverse && options.Folds > 1 ? ZooColumns.Fold : null,
            InputNoise = inverse ? 0 : 0.3,
            LearningRate = 3e-3,
            Epochs = options.EncoderEpochs,
            Members = options.Members,
            Seed = options.Seed,
            CancellationToken = cancel,
        }).Fit(view.Train);
        return (encoder, view);
    }
}
