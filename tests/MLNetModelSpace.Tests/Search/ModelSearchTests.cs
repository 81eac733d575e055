using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Search;

// Reaches internals: places that are right are the targets themselves.
public class ModelSearchTests
{
    private const int Side = 8;
    private readonly MLContext _ml = new(1);

    [Fact]
    public void ImagesArePlacedByTheSharesOfTheirClasses()
    {
        ImageDataset images = Corners(150);
        ImagePlacement placement = Placement(images);
        float[] shares = placement.EstimateShares(Sample(images, 20, 10, 0));
        Assert.Equal([2 / 3f, 1 / 3f, 0f], shares, (a, b) => Math.Abs(a - b) < 0.12);
        Assert.Equal(1, shares.Sum(), 4);
        Assert.Equal(1, placement.Place(Sample(images, 5, 5, 5)).Sum(value => value * value), 4);
    }

    [Fact]
    public void NewImagesFindTheModelOfTheirMixtureInBothWays()
    {
        ImageDataset images = Corners(150);
        IDataView models = _ml.Data.LoadFromEnumerable(
        [
            new IndexRow { Id = "a", Embedding = [1, 0, 0] }, new IndexRow { Id = "b", Embedding = [0, 1, 0] },
            new IndexRow { Id = "ab", Embedding = DatasetTargets.OnSphere([0.6f, 0.4f, 0]) },
        ]);
        ModelIndex index = _ml.ModelSpace().Search.BuildIndex(models);

        // A pipeline from images to a place, of one known answer: the training itself is tested where it lives.
        ITransformer known = _ml.Transforms.CustomMapping<SampleRow, PlaceRow>((_, place) => place.Embedding = [0, 1, 0], null)
            .Fit(_ml.Data.LoadFromEnumerable(new SampleRow[1]));
        ModelSearch search = _ml.ModelSpace().Search.SearchByImages(index, images.Shape, known, Placement(images));
        Assert.Equal("ab", search.SearchByPlacement(Sample(images, 18, 12, 0), 1)[0].Id);
        Assert.Equal("b", search.SearchByTraining(Sample(images, 0, 12, 0), 1)[0].Id);
    }

    [Fact]
    public void AnIndexOfErrorsFindsTheModelThatIsExpectedToFitBest()
    {
        ImageDataset images = Corners(150);
        ModelIndex index = _ml.ModelSpace().Search.BuildIndex(
            _ml.Data.LoadFromEnumerable(
            [
                new IndexRow { Id = "a", Embedding = [0.1f, 0.9f, 0.9f] }, new IndexRow { Id = "b", Embedding = [0.9f, 0.2f, 0.9f] },
                new IndexRow { Id = "all", Embedding = [0.3f, 0.3f, 0.4f] },
            ]),
            new ModelIndex.Options { Metric = IndexMetric.ExpectedCost });

        // An encoder's place may have a negative coordinate: there is less than nothing of that class.
        ITransformer known = _ml.Transforms.CustomMapping<SampleRow, PlaceRow>((_, place) => place.Embedding = [0.3f, 0.3f, -0.2f], null)
            .Fit(_ml.Data.LoadFromEnumerable(new SampleRow[1]));
        ModelSearch search = _ml.ModelSpace().Search.SearchByImages(index, images.Shape, known, Placement(images));
        Assert.Equal("a", search.SearchByPlacement(Sample(images, 30, 0, 0), 1)[0].Id);
        IndexHit mixed = search.SearchByPlacement(Sample(images, 15, 15, 0), 1)[0];
        Assert.Equal("all", mixed.Id);
        Assert.Equal(0.3f, mixed.Score, 0.02f);
        IndexHit trained = search.SearchByTraining(Sample(images, 0, 12, 0), 1)[0];
        Assert.Equal(("all", 0.3f), (trained.Id, MathF.Round(trained.Score, 5)));
    }

    [Fact]
    public void ErrorsOnClassesAreThoseOfTheirImages()
    {
        ImageDataset images = Corners(30);
        var architecture = new LinearAutoencoder(2);
        WeightLayout layout = architecture.GetLayout(images.Shape);
        IDataView zoo = Models.View(_ml, layout, Models.Zoo(layout, 2));
        int[][] indices = [[0, 3, 6], [1, 4], [2, 5]];
        float[][] errors = [.. _ml.ModelSpace().Transforms.ProbeClassErrors(images, indices).Fit(zoo).Transform(zoo).GetColumn<float[]>("ClassErrors")];
        float[] pixels = new float[2 * images.Shape.Size];
        images.CopyImages([1, 4], pixels);
        float[] expected = [.. _ml.ModelSpace().Transforms.ProbeModel(new ProbeModelEstimator.Options { Features = ProbeFeatures.Errors, Probes = { ReferenceImages = pixels, Noise = 0, Impulses = 0, Gratings = 0 } })
            .Fit(zoo).Transform(zoo).GetColumn<float[]>("Responses").Select(pair => pair.Average())];
        Assert.Equal(expected, errors.Select(row => row[1]), (a, b) => Math.Abs(a - b) < 1e-6 * Math.Max(1, Math.Abs(a)));
        Assert.All(errors, row => Assert.Equal(3, row.Length));
    }

    [Fact]
    public void ErrorsOfNoImagesOrTooFewClassesAreRefused()
    {
        ImageDataset images = Corners(30);
        Assert.StartsWith("There are 2 classes", Assert.Throws<ArgumentException>(() => _ml.ModelSpace().Transforms.ProbeClassErrors(images, [[0], [1]])).Message);
        Assert.StartsWith("Class 1 has no images.", Assert.Throws<ArgumentException>(() => _ml.ModelSpace().Transforms.ProbeClassErrors(images, [[0], [], [2]])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.ModelSpace().Transforms.ProbeClassErrors(images, [[0], [1], [2]], imagesPerClass: 0));
    }

    [Fact]
    public void AnIndexOfErrorsIsNotAskedThroughABasis()
    {
        ImageDataset images = Corners(150);
        ModelIndex index = _ml.ModelSpace().Search.BuildIndex(
            _ml.Data.LoadFromEnumerable([new IndexRow { Id = "a", Embedding = [1, 1, 1] }]), new ModelIndex.Options { Metric = IndexMetric.ExpectedCost });
        Assert.StartsWith("An index of expected costs is asked with the shares of the classes", Assert.Throws<ArgumentException>(() => _ml.ModelSpace().Search.SearchByImages(
            index, images.Shape, null, Placement(images), new ClassBasis([[1, 0, 0], [0, 1, 0], [0, 0, 1]]))).Message);
    }

    [Fact]
    public void TheProjectionOnProportionsIsTheNearest() => Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
    {
        var random = new Random(seed);
        double[] point = [.. Enumerable.Range(0, 4).Select(_ => (random.NextDouble() * 4) - 2)], projected = [.. point];
        ImagePlacement.ProjectOnSimplex(projected);
        double[] other = [.. SyntheticZoo.Shares(random, 4).Select(value => (double)value)];
        return Math.Abs(projected.Sum() - 1) < 1e-9 && projected.Min() >= 0 && Gap(point, projected) <= Gap(point, other) + 1e-9;

        static double Gap(double[] a, double[] b)
        {
            return a.Zip(b).Sum(pair => (pair.First - pair.Second) * (pair.First - pair.Second));
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void ASearchWithoutAWayIsRefused()
    {
        ModelIndex index = _ml.ModelSpace().Search.BuildIndex(_ml.Data.LoadFromEnumerable([new IndexRow { Id = "a", Embedding = [1, 0, 0] }]));
        Assert.StartsWith(
            "A search of images needs a pipeline that trains and places a model, an image placement, or both.",
            Assert.Throws<ArgumentException>(() => _ml.ModelSpace().Search.SearchByImages(index, new ImageShape(1, Side, Side))).Message);
    }

    [Fact]
    public void APlacementOfFewerThanThreeClassesIsRefused()
    {
        ImageDataset images = Corners(30);
        Assert.StartsWith("There are 2 classes", Assert.Throws<ArgumentException>(
            () => new ImagePlacement(Embedder(images), images, [[0], [1]])).Message);
        Assert.StartsWith("Class 1 has no images.", Assert.Throws<ArgumentException>(
            () => new ImagePlacement(Embedder(images), images, [[0], [], [2]])).Message);
    }

    private ImagePlacement Placement(ImageDataset images) =>
        new(Embedder(images), images, [.. Enumerable.Range(0, 3).Select(k => images.IndicesOf(k).ToArray())]);

    private ResNetEmbedderTransformer Embedder(ImageDataset images) => _ml.ModelSpace().Transforms.EmbedImages(new ResNetEmbedderEstimator.Options
    {
        TrainingImages = images,
        ImageShape = images.Shape,
        Epochs = 5,
        BatchSize = 10,
    }).Fit(_ml.Data.LoadFromEnumerable([new SampleRow { Images = new float[Side * Side] }]));

    private static float[] Sample(ImageDataset images, params int[] counts)
    {
        int[] indices = [.. counts.SelectMany((count, k) => images.IndicesOf(k).ToArray().Take(count))];
        float[] values = new float[indices.Length * images.Shape.Size];
        images.CopyImages(indices, values);
        return values;
    }

    /// <summary>Three classes: a bright quarter in one of three corners, under noise.</summary>
    private static ImageDataset Corners(int count)
    {
        var random = new Random(1);
        byte[] labels = new byte[count], pixels = new byte[count * Side * Side];
        for (int i = 0; i < count; i++)
        {
            labels[i] = (byte)(i % 3);
            for (int p = 0; p < Side * Side; p++)
            {
                bool lit = (p / Side / 4, p % Side / 4) == (labels[i] / 2, labels[i] % 2);
                pixels[(i * Side * Side) + p] = (byte)((lit ? 140 : 20) + random.Next(100));
            }
        }

        return new ImageDataset("corners", new ImageShape(1, Side, Side), pixels, labels, ["a", "b", "c"]);
    }

    private sealed class IndexRow
    {
        public string Id { get; set; } = "";

        [VectorType(3)]
        public float[] Embedding { get; set; } = [];
    }

    private sealed class SampleRow
    {
        public float[] Images { get; set; } = [];

        public long Seed { get; set; }
    }

    private sealed class PlaceRow
    {
        [VectorType(3)]
        public float[] Embedding { get; set; } = [];
    }
}
