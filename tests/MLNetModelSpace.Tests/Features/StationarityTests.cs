using Microsoft.ML;

namespace MLNetModelSpace.Tests.Features;

// Reaches internals: what is learned from is given by hand, and damaged content goes to the reader alone.
/// <summary>Models at rest on what their class is at rest on, judged by textures alone.</summary>
[Collection(SerialCollection.Name)]
public class StationarityTests
{
    private const int Side = 6;
    private const int Pixels = Side * Side;
    private const int Hidden = 3;
    private static readonly ImageShape s_shape = new(1, Side, Side);
    private static readonly WeightLayout s_layout = new LinearAutoencoder(Hidden).GetLayout(s_shape);

    [Fact]
    public void UnseenModelsAreNearestToRestOnTheirOwnClass()
    {
        var ml = new MLContext(1);
        ITransformer probe = ml.ModelSpace().Transforms.ProbeModel(Options()).Fit(View(ml, Trained(20, 1)));
        LabelledModel[] unseen = Trained(10, 2);
        float[][] features = Models.Features(probe.Transform(View(ml, unseen)), "Responses");
        // Slots: class 1 first weight, class 1 last weight, class 2 first weight, …
        int right = unseen.Zip(features).Count(model => (model.Second[1] - model.Second[3] < Middle(features)) == (model.First.OriginClass == 0));
        Assert.InRange(right, 19, 20);

        static double Middle(float[][] rows)
        {
            double[] differences = [.. rows.Select(row => (double)row[1] - row[3]).Order()];
            return (differences[(differences.Length / 2) - 1] + differences[differences.Length / 2]) / 2;
        }
    }

    [Fact]
    public void TheMixtureIsWhereAClassHasNoGradient()
    {
        // Each class's matrices are random ones of full rank but for one direction of its own.
        const int n = 8;
        var random = new Random(3);
        double[][] quiet = [.. Enumerable.Range(0, 2).Select(_ => Unit(random, n))];
        double[][] sums = [.. quiet.Select(direction => Sum(Enumerable.Range(0, 12).Select(_ => Form(random, direction))))];
        StationaryMixtures mixtures = StationaryMixtures.Learn(sums, [12, 12], n);
        for (int c = 0; c < 2; c++)
        {
            float[] numbers = new float[mixtures.Count];
            mixtures.Fill(Form(random, quiet[c]), numbers);
            Assert.True(numbers[2 * c] < -5, $"{numbers[2 * c]} on its own class");
            Assert.True(numbers[2 * (1 - c)] > -3, $"{numbers[2 * (1 - c)]} on the other");
        }
    }

    [Fact]
    public void AClassWithoutModelsHasTheFloor()
    {
        var ml = new MLContext(1);
        IDataView view = View(ml, Trained(3, 1));
        float[][] features = Models.Features(ml.ModelSpace().Transforms.ProbeModel(Options()).Fit(view).Transform(view), "Responses");
        Assert.All(features, row => Assert.Equal([-12f, -12f], row[4..]));
        Assert.All(features, row => Assert.All(row[..4], value => Assert.InRange(value, -11, 0)));
    }

    [Fact]
    public void SlotsNameClassAndWeight()
    {
        var ml = new MLContext(1);
        IDataView view = View(ml, Trained(2, 1));
        Assert.Equal(
            ["stationary class 1 first weight", "stationary class 1 last weight", "stationary class 2 first weight", "stationary class 2 last weight",
                "stationary class 3 first weight", "stationary class 3 last weight"],
            Models.Slots(ml.ModelSpace().Transforms.ProbeModel(Options()).Fit(view).Transform(view), "Responses"));
    }

    [Fact]
    public void BooleanClassesAreFalseAndTrue()
    {
        var ml = new MLContext(1);
        LabelledModel[] models = Trained(4, 1);
        ProbeModelEstimator.Options byTruth = Options();
        byTruth.Stationarity.LabelColumnName = nameof(LabelledModel.Origin);
        float[][] keyed = Models.Features(ml.ModelSpace().Transforms.ProbeModel(Options()).Fit(View(ml, models)).Transform(View(ml, models)), "Responses");
        float[][] truth = Models.Features(ml.ModelSpace().Transforms.ProbeModel(byTruth).Fit(View(ml, models)).Transform(View(ml, models)), "Responses");
        for (int i = 0; i < models.Length; i++)
            Assert.All(keyed[i][..4].Zip(truth[i]), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    [Fact]
    public void OrderOfHiddenUnitsDoesNotShow()
    {
        var ml = new MLContext(1);
        LabelledModel[] models = Trained(4, 1);
        ITransformer probe = ml.ModelSpace().Transforms.ProbeModel(Options()).Fit(View(ml, models));
        LabelledModel[] permuted =
        [
            .. models.Select((model, i) => new LabelledModel
            {
                Weights = Symmetries.PermuteAndScale(s_layout, model.Weights, i, scale: false), Layout = model.Layout, OriginClass = model.OriginClass,
            }),
        ];
        foreach ((float[] one, float[] other) in Models.Features(probe.Transform(View(ml, models)), "Responses").Zip(Models.Features(probe.Transform(View(ml, permuted)), "Responses")))
            Assert.All(one.Zip(other), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
    }

    [Fact]
    public void ANewContextLoadsTheMixtures()
    {
        var ml = new MLContext(1);
        IDataView view = View(ml, Trained(3, 1));
        ProbeModelEstimator.Options options = Options();
        options.Features |= ProbeFeatures.Errors;
        options.Probes.Noise = 2;
        ITransformer model = ml.ModelSpace().Transforms.ProbeModel(options).Fit(view);
        IDataView before = model.Transform(view), after = Models.Reload(ml, model, view).Transform(view);
        Assert.Equal(Models.Slots(before, "Responses"), Models.Slots(after, "Responses"));
        // Not to the last digit: libtorch's products round as their operands happen to lie in memory.
        foreach ((float[] one, float[] other) in Models.Features(before, "Responses").Zip(Models.Features(after, "Responses")))
            Assert.All(one.Zip(other), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    [Fact]
    public void ModelsOfOtherLayoutsInBetweenChangeNothing()
    {
        var ml = new MLContext(1);
        ITransformer probe = ml.ModelSpace().Transforms.ProbeModel(Options()).Fit(View(ml, Trained(3, 1)));
        WeightLayout wide = new LinearAutoencoder(9).GetLayout(s_shape), conv = new ConvolutionalAutoencoder(3, 3, 3).GetLayout(s_shape);
        LabelledModel[] mixed =
        [
            .. new[] { s_layout, wide, conv, s_layout }.Select(
                (layout, i) => new LabelledModel { Weights = Models.Random(layout.Length, i, 0.3), Layout = layout.ToJson() }),
        ];
        float[][] together = Models.Features(probe.Transform(View(ml, mixed)), "Responses");
        for (int i = 0; i < mixed.Length; i++)
            Assert.All(together[i].Zip(Models.Features(probe.Transform(View(ml, mixed[i])), "Responses")[0]), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        Assert.All(together, row => Assert.All(row[..4], value => Assert.InRange(value, -11, 0)));
    }

    [Fact]
    public void NoTensorOutlivesLearning()
    {
        var ml = new MLContext(1);
        IDataView view = View(ml, Trained(4, 1));
        ml.ModelSpace().Transforms.ProbeModel(Options()).Fit(view);
        long before = TorchSharp.torch.Tensor.TotalCount;
        ml.ModelSpace().Transforms.ProbeModel(Options()).Fit(view);
        Assert.Equal(before, TorchSharp.torch.Tensor.TotalCount);
    }

    [Fact]
    public void MixturesOfAnotherLengthAreRefused()
    {
        using var content = new MemoryStream();
        using var writer = new BinaryWriter(content);
        writer.Write(2);
        ModelContent.WriteFloats(writer, new float[7]);
        content.Position = 0;
        using var reader = new BinaryReader(content);
        var error = Assert.Throws<InvalidDataException>(() => StationaryMixtures.Read(reader, 8));
        Assert.Contains("There are 7 numbers of mixtures; expected 32", error.Message);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(" ")]
    public void ClassesHaveAColumn(string? name)
    {
        ProbeModelEstimator.Options options = Options();
        options.Stationarity.LabelColumnName = name;
        var error = Assert.Throws<ArgumentException>(() => new MLContext().ModelSpace().Transforms.ProbeModel(options));
        Assert.Contains("LabelColumnName has to say their column", error.Message);
    }

    [Theory]
    [InlineData("Nothing", "Could not find label column 'Nothing'")]
    [InlineData("Layout", "expected Boolean or a key of 1 to 4096")]
    public void ClassesAreKeysOrTruths(string name, string message)
    {
        var ml = new MLContext(1);
        ProbeModelEstimator.Options options = Options();
        options.Stationarity.LabelColumnName = name;
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => ml.ModelSpace().Transforms.ProbeModel(options).Fit(View(ml, Trained(1, 1))));
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void ARowWithoutAClassIsRefused()
    {
        var ml = new MLContext(1);
        LabelledModel[] models = Trained(2, 1);
        models[1].OriginClass = 3;
        var error = Assert.Throws<InvalidDataException>(() => ml.ModelSpace().Transforms.ProbeModel(Options()).Fit(View(ml, models)));
        Assert.Contains("Row 1 of label column 'OriginClass' has no class; expected a key of 1 to 3", error.Message);
    }

    [Fact]
    public void WeightsBeyondAnyNumberAreRefusedWhenLearning()
    {
        var ml = new MLContext(1);
        LabelledModel[] models = Trained(2, 1);
        Array.Fill(models[2].Weights, 1e30f);
        var error = Assert.Throws<InvalidDataException>(() => ml.ModelSpace().Transforms.ProbeModel(Options()).Fit(View(ml, models)));
        Assert.Contains("numbers too large to be squared", error.Message);
    }

    [Fact]
    public void NoModelsAreNothingToLearnFrom()
    {
        var ml = new MLContext(1);
        ProbeModelEstimator.Options options = Options();
        options.Layout = s_layout;
        Assert.Throws<InvalidOperationException>(() => ml.ModelSpace().Transforms.ProbeModel(options).Fit(View(ml)));
    }

    [Theory]
    [InlineData(0, 8, "Textures is 0; expected 1 to 512")]
    [InlineData(513, 8, "Textures is 513; expected 1 to 512")]
    [InlineData(48, 0, "ImagesPerTexture is 0; expected 1 to 4096")]
    public void TexturesAreCountedFromOne(int textures, int images, string message)
    {
        ProbeModelEstimator.Options options = Options();
        (options.Stationarity.Textures, options.Stationarity.ImagesPerTexture) = (textures, images);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new MLContext().ModelSpace().Transforms.ProbeModel(options));
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void TexturesAreImagesAndDependOnTheSeed()
    {
        var shape = new ImageShape(3, 8, 8);
        float[] one = TextureImages.Create(shape, 9, 2, 1);
        Assert.Equal(18 * shape.Size, one.Length);
        Assert.All(one, value => Assert.InRange(value, 0, 1));
        Assert.Equal(one, TextureImages.Create(shape, 9, 2, 1));
        Assert.NotEqual(one, TextureImages.Create(shape, 9, 2, 2));
        Assert.Equal(18, one.Chunk(shape.Size).Select(image => string.Join(' ', image)).Distinct().Count());
        // More groups begin with the same ones.
        Assert.Equal(one, TextureImages.Create(shape, 12, 2, 1)[..one.Length]);
    }

    private static ProbeModelEstimator.Options Options() => new()
    {
        Features = ProbeFeatures.Stationarity,
        Stationarity = { LabelColumnName = nameof(LabelledModel.OriginClass), Textures = 24, ImagesPerTexture = 4 },
        Probes = { Noise = 0, Impulses = 0, Gratings = 0 },
    };

    private static IDataView View(MLContext ml, params LabelledModel[] models) => ml.Data.LoadFromEnumerable(models);

    /// <summary>As many models of each of two classes, each at its optimum on images of its own: stripes that run across, or down.</summary>
    private static LabelledModel[] Trained(int count, int seed)
    {
        var random = new Random(seed);
        return
        [
            .. from label in new uint[] { 1, 2 }
               from _ in Enumerable.Range(0, count)
               select new LabelledModel { Weights = Optimum(random, down: label == 2), Layout = s_layout.ToJson(), OriginClass = label - 1, Origin = label == 2 },
        ];
    }

    /// <summary>
    /// A linear autoencoder that nearly projects on the first eigenvectors of its images' second moments, where the gradient is zero; at a
    /// projector itself the encoder's is zero on any images.
    /// </summary>
    private static float[] Optimum(Random random, bool down)
    {
        double[] moments = new double[Pixels * Pixels];
        double[] image = new double[Pixels];
        for (int n = 0; n < 60; n++)
        {
            double[] stripes = [.. Enumerable.Range(0, Side).Select(_ => random.NextDouble())];
            for (int i = 0; i < Pixels; i++)
                image[i] = (0.8 * stripes[down ? i % Side : i / Side]) + (0.2 * random.NextDouble());
            for (int i = 0; i < moments.Length; i++)
                moments[i] += image[i / Pixels] * image[i % Pixels];
        }

        double[] values = new double[Pixels], vectors = new double[Pixels * Pixels];
        SymmetricEigen.Decompose(moments, values, vectors, new double[2 * Pixels]);
        float[] weights = new float[s_layout.Length];
        int decoder = s_layout.OffsetOf(2);
        for (int unit = 0; unit < Hidden; unit++)
        {
            for (int i = 0; i < Pixels; i++)
                weights[(unit * Pixels) + i] = weights[decoder + (i * Hidden) + unit] = (float)vectors[(unit * Pixels) + i];
        }

        for (int i = 0; i < weights.Length; i++)
            weights[i] += 0.02f * (random.NextSingle() - 0.5f);

        return weights;
    }

    private static double[] Unit(Random random, int n)
    {
        double[] vector = [.. Enumerable.Range(0, n).Select(_ => random.NextDouble() - 0.5)];
        double norm = Math.Sqrt(vector.Sum(value => value * value));
        return [.. vector.Select(value => value / norm)];
    }

    /// <summary>Two matrices GᵀG/tr of gradients that cancel in one direction.</summary>
    private static double[] Form(Random random, double[] quiet)
    {
        int n = quiet.Length;
        double[] form = new double[GradientForm.Tensors * n * n];
        for (int tensor = 0; tensor < GradientForm.Tensors; tensor++)
        {
            Span<double> matrix = form.AsSpan(tensor * n * n, n * n);
            double trace = 0;
            for (int row = 0; row < 2 * n; row++)
            {
                double[] gradient = Unit(random, n);
                double along = gradient.Zip(quiet, (a, b) => a * b).Sum();
                for (int i = 0; i < n * n; i++)
                    matrix[i] += (gradient[i / n] - (along * quiet[i / n])) * (gradient[i % n] - (along * quiet[i % n]));
            }

            for (int i = 0; i < n; i++)
                trace += matrix[(i * n) + i];
            for (int i = 0; i < n * n; i++)
                matrix[i] /= trace;
        }

        return form;
    }

    private static double[] Sum(IEnumerable<double[]> forms) => forms.Aggregate((one, other) => [.. one.Zip(other, (a, b) => a + b)]);
}
