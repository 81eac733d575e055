using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;

namespace Examples.ModelSearch;

/// <summary>Trains and indexes the zoo, searches for unseen mixtures in both ways, and holds what is found to the best there is.</summary>
internal sealed class SearchExperiment(SearchOptions options, CancellationToken cancel)
{
    /// <summary>How near to the best model of the zoo an answer counts as right.</summary>
    private const double Near = 1.05;

    // As many as fit a line.
    private const int MostShares = 3;

    private const int ShownQueries = 4;

    private readonly MLContext _ml = new(options.Seed);
    private readonly Report _report = new("Which model of a zoo fits these images?", options);
    private ITransformer? _fromImages;

    public void Run()
    {
        options.CheckOutputs();
        if (options.Queries < 1)
            throw new ArgumentException($"--queries is {options.Queries}; expected at least 1.");
        ImageDataset dataset = ExampleDataset.Load(options.Dataset, options.Data);
        ZooPlan plan = _ml.ModelSpace().PlanZoo(dataset, new ZooPlanOptions
        {
            Models = options.Models,
            TestModels = options.Queries,
            ImagesPerModel = options.Images,
            Shares = ZooShares.Dirichlet(null, options.Concentration),
            Folds = 1,
            Seed = options.Seed,
        });
        var architecture = new LinearAutoencoder(options.Hidden);
        TransformerChain<ITransformer> pipeline = FitPipeline(plan, architecture, out IDataView zoo);
        IDataView placed = pipeline.Transform(zoo);
        int[][] indices = [.. plan.Classes.Select(name => plan.TrainImages(name).ToArray())];
        ImagePlacement placement = Place(dataset, plan, indices);

        // Two indices of the same models: where they lie, and what they make of each class.
        float[][] places = [.. placed.GetColumn<float[]>(ZooColumns.Embedding)], shares = [.. placed.GetColumn<float[]>(ZooColumns.Shares)];
        float[][] errors = [.. _ml.ModelSpace().ProbeClassErrors(dataset, indices).Fit(zoo).Transform(zoo).GetColumn<float[]>("ClassErrors")];
        var searches = new Searches(
            Search(dataset.Shape, BuildIndex(places, shares, IndexMetric.Cosine), placement),
            Search(dataset.Shape, BuildIndex(errors, shares, IndexMetric.ExpectedCost), placement));
        Judge(dataset, plan, searches, new ZooErrors(architecture, dataset.Shape, [.. zoo.GetColumn<float[]>(ZooColumns.Weights)]));
    }

    private MLNetModelSpace.ModelSearch Search(ImageShape shape, ModelIndex index, ImagePlacement placement) =>
        _ml.ModelSpace().SearchByImages(index, shape, _fromImages, placement);

    /// <summary>Images → weights → features → place; the part behind the weights is fitted on the trained zoo.</summary>
    private TransformerChain<ITransformer> FitPipeline(ZooPlan plan, Architecture architecture, out IDataView zoo)
    {
        var progress = new ForwardedProgress();
        TrainAutoencoderTransformer trainer = ZooTraining.CreateEstimator(_ml, architecture, options, progress, cancel).Fit(plan.Train);
        zoo = trainer.Transform(plan.Train);
        ZooTraining.Run("zoo", [("models", zoo)], progress);
        long start = Stopwatch.GetTimestamp();
        ComposedSubspaceTransformer features = _ml.ModelSpace().ProjectComposedMap().Fit(zoo);
        IDataView described = features.Transform(zoo);
        IDataView kept = _ml.Data.Cache(_ml.Transforms.SelectColumns(ZooColumns.Features, ZooColumns.Shares).Fit(described).Transform(described));
        EmbeddingRegressionTransformer encoder = _ml.ModelSpace().RegressEmbedding(new EmbeddingRegressionTrainer.Options
        {
            Scaling = FeatureScaling.Common,
            LearningRate = 3e-3,
            Epochs = 150,
            Members = 2,
            Seed = options.Seed,
            CancellationToken = cancel,
        }).Fit(kept);
        Console.WriteLine($"Encoder trained in {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s.");
        _fromImages = new TransformerChain<ITransformer>(trainer, features, encoder);
        return new TransformerChain<ITransformer>(features, encoder);
    }

    private ModelIndex BuildIndex(float[][] vectors, float[][] shares, IndexMetric metric)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(IndexRow));
        definition[nameof(IndexRow.Embedding)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, vectors[0].Length);
        IDataView rows = _ml.Data.LoadFromEnumerable(
            vectors.Select((vector, i) => new IndexRow { Id = $"model {i}", Embedding = vector, Shares = shares[i] }), definition);
        return _ml.ModelSpace().BuildIndex(rows, new ModelIndexOptions { Metric = metric, MetadataColumnNames = [ZooColumns.Shares] });
    }

    /// <summary>The embedder sees the zoo's half of the images only; so do the classes' means, and so do the models' errors on each class.</summary>
    private ImagePlacement Place(ImageDataset dataset, ZooPlan plan, int[][] indices)
    {
        long start = Stopwatch.GetTimestamp();
        ResNetEmbedderTransformer embedder = _ml.ModelSpace().EmbedImages(new ResNetEmbedderEstimator.Options
        {
            TrainingImages = dataset,
            TrainingIndices = [.. indices.SelectMany(chosen => chosen)],
            Mirror = true,
            MaxSteps = options.EmbedderSteps,
            Seed = options.Seed,
            CancellationToken = cancel,
        }).Fit(plan.Train);
        var placement = new ImagePlacement(embedder, dataset, indices);
        Console.WriteLine($"Image embedder trained in {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s.");
        return placement;
    }

    private void Judge(ImageDataset dataset, ZooPlan plan, Searches searches, ZooErrors errors)
    {
        var results = new List<QueryResult>();
        var shown = new List<FoundImages>();
        float[][] queries = [.. plan.Test.GetColumn<float[]>(ZooColumns.Images)], shares = [.. plan.Test.GetColumn<float[]>(ZooColumns.Shares)];
        for (int q = 0; q < queries.Length; q++)
        {
            cancel.ThrowIfCancellationRequested();

            // Half of the unseen images are the query, the other half say how well what was found fits.
            (float[] query, float[] held) = Halve(queries[q], dataset.Shape.Size, new Random(options.Seed + q));
            double[] all = errors.Of(held);
            IReadOnlyList<IndexHit>[] found =
            [
                searches.ByPlace.SearchByTraining(query, options.Top, options.Seed + q), searches.ByError.SearchByTraining(query, options.Top, options.Seed + q),
                searches.ByPlace.SearchByPlacement(query, options.Top), searches.ByError.SearchByPlacement(query, options.Top),
            ];
            FoundModel[] first = Array.ConvertAll(found, hits => new FoundModel(hits[0].Id, all[hits[0].Position]));
            results.Add(new QueryResult(q, shares[q], first[0], first[1], first[2], first[3], all.Average(), all.Min()));
            if (q == 0)
                Tell(plan, searches.ByError, shares[q], all, found[1], found[3]);
            if (q < ShownQueries)
                shown.Add(new FoundImages(query, Describe(plan, shares[q]), found[3][0].Position, Describe(plan, searches.ByError, found[3][0])));
        }

        _report.Add(SearchReport.Table(results, options.Models, Near, options.Seed));
        _report.AddPicture("errors", () => SearchReport.Draw(results, options.Seed));
        _report.AddPicture("images", () => FoundImages.Draw(shown, plan.Train, dataset.Shape));
        _report.Write("model-search.svg");
        if (options.Json is { } json)
            OutputFile.WriteText(json, QueryResult.ToJson(results));
    }

    private static (float[] Query, float[] Held) Halve(float[] images, int size, Random random)
    {
        int[] order = [.. Enumerable.Range(0, images.Length / size)];
        random.Shuffle(order);
        float[][] halves = [.. order.Chunk((order.Length + 1) / 2).Select(half => half.SelectMany(i => images[(i * size)..((i + 1) * size)]).ToArray())];
        return halves.Length == 2 ? (halves[0], halves[1]) : throw new ArgumentException("--images is 1; a query and its check need at least 2.");
    }

    private void Tell(
        ZooPlan plan, MLNetModelSpace.ModelSearch search, float[] shares, double[] errors, IReadOnlyList<IndexHit> trained, IReadOnlyList<IndexHit> direct)
    {
        var table = new ReportTable(
            $"Unseen images: {Describe(plan, shares)}", new("found", Left: true), new("error"), new("expected"), new("was trained on", Left: true));
        foreach ((string how, IReadOnlyList<IndexHit> hits) in (ReadOnlySpan<(string, IReadOnlyList<IndexHit>)>)[("by training one model", trained), ("by the images' place", direct)])
        {
            table.Section(how);
            foreach (IndexHit hit in hits)
                table.Row(hit.Id, errors[hit.Position].ToString("F5", CultureInfo.InvariantCulture), hit.Score.ToString("F5", CultureInfo.InvariantCulture), Describe(plan, search, hit));
        }

        _report.Add(table);
    }

    private static string Describe(ZooPlan plan, MLNetModelSpace.ModelSearch search, IndexHit hit) =>
        Describe(plan, search.Index.GetMetadata<float[]>(ZooColumns.Shares, hit.Position));

    /// <summary>The largest shares.</summary>
    private static string Describe(ZooPlan plan, float[] shares) => string.Join(", ", shares
        .Select((share, i) => (share, name: plan.Classes[i])).Where(part => part.share >= 0.05).OrderByDescending(part => part.share).Take(MostShares)
        .Select(part => string.Create(CultureInfo.InvariantCulture, $"{100 * part.share:F0}% {part.name}")));

    /// <summary>The nearest models, and those of the least expected error.</summary>
    private sealed record Searches(MLNetModelSpace.ModelSearch ByPlace, MLNetModelSpace.ModelSearch ByError);

    private sealed class IndexRow
    {
        public string Id { get; set; } = "";

        public float[] Embedding { get; set; } = [];

        public float[] Shares { get; set; } = [];
    }
}
