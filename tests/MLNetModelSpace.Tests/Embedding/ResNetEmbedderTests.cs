using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Embedding;

// Reaches internals: a network of weights known beforehand is made by its layout, which only files have outside.
public class ResNetEmbedderTests
{
    private static readonly ResidualLayout s_narrow = ResidualLayout.ResNet18 with { StemWidth = 2, Widths = [2, 3, 4, 5] };
    private readonly MLContext _ml = new(1);

    [Fact]
    public void TheLayoutIsTorchvisions()
    {
        (string Name, long[] Shape)[] tensors = [.. ResidualLayout.ResNet18.Tensors()];
        Assert.Equal("conv1.weight", tensors[0].Name);
        Assert.Contains(tensors, tensor => tensor.Name == "layer2.0.downsample.0.weight" && tensor.Shape.SequenceEqual([128, 64, 1, 1]));
        Assert.Contains(tensors, tensor => tensor.Name == "layer4.1.bn2.running_var" && tensor.Shape.SequenceEqual([512]));
        Assert.DoesNotContain(tensors, tensor => tensor.Name.StartsWith("layer1.0.downsample", StringComparison.Ordinal));

        // torchvision's resnet18 has 11,689,512 parameters, 513,000 of them in its last layer, and 9,600 running statistics.
        Assert.Equal(11_689_512 - 513_000 + 9_600, tensors.Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size)));
    }

    [Fact]
    public void AFileWithTorchvisionsNamesIsLoadedAndSaved()
    {
        using var folder = new TemporaryFolder();
        string path = Write(folder, s_narrow);
        IDataView data = View([Image(1), Image(2)]);
        ResNetEmbedderTransformer model = Fit(path, data);
        Assert.Equal(5, model.Dimension);
        float[][] embeddings = [.. model.Transform(data).GetColumn<float[]>("ImageEmbedding")];
        Assert.NotEqual(embeddings[0], embeddings[1]);
        using var file = new MemoryStream();
        _ml.Model.Save(model, data.Schema, file);
        file.Position = 0;
        var fresh = new MLContext();
        ITransformer loaded = fresh.Model.Load(file, out _);
        float[] again = loaded.Transform(data).GetColumn<float[]>("ImageEmbedding").First();
        Assert.Equal(embeddings[0], again, (a, b) => Math.Abs(a - b) <= 1e-5 * Math.Max(1, Math.Abs(a)));
    }

    [Fact]
    public void ASampleIsPlacedAtTheMeanOfItsImages()
    {
        using var folder = new TemporaryFolder();
        ResNetEmbedderTransformer model = Fit(Write(folder, s_narrow), View([Image(1)]));
        float[][] both = model.Embed([.. Image(1), .. Image(2)]);
        float[] mean = model.Transform(View([[.. Image(1), .. Image(2)]])).GetColumn<float[]>("ImageEmbedding").Single();
        Assert.Equal((both[0][3] + both[1][3]) / 2, mean[3], 4);
    }

    [Fact]
    public void MissingAndMisshapenTensorsAreAllNamed()
    {
        using var folder = new TemporaryFolder();
        string path = Write(folder, s_narrow, tensors => [
            .. tensors.Where(tensor => tensor.Name is not ("layer1.0.bn1.bias" or "layer3.0.downsample.1.weight"))
                .Select(tensor => tensor.Name == "bn1.weight" ? (tensor.Name, [7]) : tensor)]);
        string message = Assert.Throws<InvalidDataException>(() => Fit(path, View([Image(1)]))).Message;
        Assert.Contains("'bn1.weight' is [7] instead of [2]", message);
        Assert.Contains("'layer1.0.bn1.bias' [2] is missing", message);
        Assert.Contains("'layer3.0.downsample.1.weight' [4] is missing", message);
    }

    [Fact]
    public void AFileOfSomethingElseIsRefused()
    {
        using var folder = new TemporaryFolder();
        string path = Write(folder, s_narrow, tensors => [.. tensors.Skip(1)]);
        Assert.Contains("'conv1.weight' is missing", Assert.Throws<InvalidDataException>(() => Fit(path, View([Image(1)]))).Message);
    }

    [Fact]
    public void WithoutAFileItLearnsTheClasses()
    {
        ImageDataset images = Corners();
        var options = new ResNetEmbedderEstimator.Options
        {
            TrainingImages = images,
            TrainingIndices = [.. Enumerable.Range(0, 60)],
            Epochs = 6,
            BatchSize = 10,
            ImageShape = images.Shape,
        };
        float[] held = new float[30 * 64];
        images.CopyImages([.. Enumerable.Range(60, 30)], held);
        IDataView data = View([held]);
        ResNetEmbedderTransformer model = _ml.ModelSpace().Transforms.EmbedImages(options).Fit(data);
        int right = model.Classify(held).Where((label, i) => label == images.Labels[60 + i]).Count();
        Assert.True(right >= 27, $"{right} of 30");
        Assert.Equal(model.Embed(held)[3], _ml.ModelSpace().Transforms.EmbedImages(options).Fit(data).Embed(held)[3]);
    }

    [Fact]
    public void TrainingEndsWithItsStepsHoweverManyPassesAreAllowed()
    {
        ImageDataset images = Corners();
        IDataView data = View([new float[64]]);
        float[] pixels = new float[64];
        images.CopyImages([5], pixels);
        float[] onePass = Embed(epochs: 1, steps: 800), bounded = Embed(epochs: 1000, steps: 9), shorter = Embed(epochs: 1000, steps: 8);
        Assert.Equal(onePass, bounded);
        Assert.NotEqual(onePass, shorter);

        float[] Embed(int epochs, int steps)
        {
            return _ml.ModelSpace().Transforms.EmbedImages(new ResNetEmbedderEstimator.Options
            {
                TrainingImages = images,
                Epochs = epochs,
                MaxSteps = steps,
                BatchSize = 10,
                ImageShape = images.Shape,
            }).Fit(data).Embed(pixels)[0];
        }
    }

    [Fact]
    public void ManyImagesAreEmbeddedAsEachAlone()
    {
        using var folder = new TemporaryFolder();
        ResNetEmbedderTransformer model = Fit(Write(folder, s_narrow), View([Image(1)]));
        float[][] all = model.Embed([.. Enumerable.Range(0, 130).SelectMany(Image)]);
        Assert.Equal(130, all.Length);
        foreach (int i in (int[])[0, 64, 129])
            Assert.Equal(model.Embed(Image(i))[0], all[i], (a, b) => Math.Abs(a - b) <= 1e-5 * Math.Max(1, Math.Abs(a)));
    }

    [Fact]
    public void EitherAFileOrImagesAreNeeded() => Assert.StartsWith(
        "An embedder needs a file of weights, or labelled images to train on: one of the two.",
        Assert.Throws<ArgumentException>(() => _ml.ModelSpace().Transforms.EmbedImages(new ResNetEmbedderEstimator.Options())).Message);

    [Fact]
    public void ValuesThatAreNoImagesAreRefused()
    {
        using var folder = new TemporaryFolder();
        ResNetEmbedderTransformer model = Fit(Write(folder, s_narrow), View([Image(1)]));
        Assert.StartsWith("There are 5 values; expected a positive multiple of the 3072", Assert.Throws<ArgumentException>(() => model.Embed(new float[5])).Message);
    }

    /// <summary>Ninety images of three classes in turn: a bright quarter in one of three corners, under noise.</summary>
    private static ImageDataset Corners()
    {
        var random = new Random(1);
        byte[] labels = new byte[90], pixels = new byte[90 * 64];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = (byte)(i % 3);
            for (int p = 0; p < 64; p++)
            {
                bool lit = (p / 8 / 4, p % 8 / 4) == (labels[i] / 2, labels[i] % 2);
                pixels[(i * 64) + p] = (byte)((lit ? 140 : 20) + random.Next(100));
            }
        }

        return new ImageDataset("corners", new ImageShape(1, 8, 8), pixels, labels, ["a", "b", "c"]);
    }

    private ResNetEmbedderTransformer Fit(string path, IDataView data) => _ml.ModelSpace().Transforms.EmbedImages(
        new ResNetEmbedderEstimator.Options { WeightsFile = path, ImageShape = new ImageShape(3, 32, 32) }).Fit(data);

    private IDataView View(float[][] images) => _ml.Data.LoadFromEnumerable(images.Select(image => new Row { Images = image }));

    private static float[] Image(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 3 * 32 * 32).Select(_ => (float)random.NextDouble())];
    }

    private static string Write(
        TemporaryFolder folder, ResidualLayout layout, Func<IEnumerable<(string Name, long[] Shape)>, (string Name, long[] Shape)[]>? change = null)
    {
        (string Name, long[] Shape)[] tensors = change is null ? [.. layout.Tensors()] : change(layout.Tensors());
        var weights = new WeightLayout(tensors.Select(tensor => new TensorLayout(tensor.Name, [.. tensor.Shape.Select(size => (int)size)])));
        var random = new Random(3);
        float[] values = [.. Enumerable.Range(0, weights.Length).Select(_ => 0.1f + (float)random.NextDouble())];
        string path = Path.Combine(folder.Path, "resnet.safetensors");
        SafetensorsFile.Write(path, weights, values);
        return path;
    }

    private sealed class Row
    {
        public float[] Images { get; set; } = [];
    }
}
