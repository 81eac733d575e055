using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML;
using TorchSharp;

namespace MLNetModelSpace.Tests.Features;

[Collection(SerialCollection.Name)]
public class ProbeModelTests
{
    private static readonly ImageShape s_shape = new(1, 6, 6);
    private static readonly WeightLayout s_linear = new LinearAutoencoder(4).GetLayout(s_shape);
    private static readonly WeightLayout s_conv = new ConvolutionalAutoencoder(3, 3, 3).GetLayout(s_shape);

    private static readonly ProbeModelEstimator.Options s_small = new()
    {
        // Stationarity has to learn from classes first, and has tests of its own.
        Features = ProbeModelEstimator.AllFeatures & ~ProbeFeatures.Stationarity,
        Probes = { Noise = 3, Impulses = 2, Gratings = 2 },
        Answers = { Directions = 3 },
        Jacobian = { Directions = 4 },
    };

    // Gradients are of the weights as they are, not of the function alone.
    private static readonly ProbeModelEstimator.Options s_answers = new()
    {
        Features = ProbeModelEstimator.AllFeatures & ~(ProbeFeatures.GradientNorms | ProbeFeatures.Stationarity),
        Probes = { Noise = 3, Impulses = 2, Gratings = 2 },
        Answers = { Directions = 3 },
        Jacobian = { Directions = 4 },
    };

    [Fact]
    public void EverySlotHasItsOwnName()
    {
        var ml = new MLContext(1);
        IDataView view = Models.View(ml, s_linear, Models.Zoo(s_linear, 2));
        IDataView probed = ml.ModelSpace().Transforms.ProbeModel(s_small).Fit(view).Transform(view);
        string[] slots = Models.Slots(probed, "Responses");
        Assert.Equal(7 + (3 * 12) + (7 * 5) + (2 * 4) + (3 * 6) + 3, slots.Length);
        Assert.Equal(slots.Length, slots.Distinct().Count());
        Assert.Contains("error impulse[1]", slots);
        Assert.Contains("error noise row 5", slots);
        Assert.Contains("answer grating[0] cos1", slots);
        Assert.Contains("jacobian noise[1] σ4", slots);
        Assert.Contains("error grating", slots);
        Assert.All(Models.Features(probed, "Responses")[0], value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void ErrorsAreThoseOfTheModuleOnTheReferenceImages()
    {
        float[] images = [.. Models.Random(72, 5).Select(value => Math.Clamp(value, 0, 1))];
        float[] weights = Models.Random(s_conv.Length, 7, 0.3);
        float[] errors = Probe(
            new() { Features = ProbeFeatures.Errors, Probes = { ReferenceImages = images, Noise = 0, Impulses = 0, Gratings = 0 } }, s_conv, weights);
        using var frozen = torch.no_grad();
        using torch.nn.Module<torch.Tensor, torch.Tensor> module = new ConvolutionalAutoencoder(3, 3, 3).CreateModule(s_shape, weights);
        using torch.Tensor input = torch.tensor(images, [2, 1, 6, 6]);
        using torch.Tensor answer = module.forward(input);
        float[] values = answer.data<float>().ToArray();
        for (int i = 0; i < 2; i++)
        {
            double expected = Enumerable.Range(i * 36, 36).Average(j => Math.Pow(values[j] - images[j], 2));
            Assert.Equal(expected, errors[i], 1e-5);
        }
    }

    [Fact]
    public void ErrorsOfGroupsAreTheMeansOfTheirImages()
    {
        float[] features = Probe(
            new()
            {
                Features = ProbeFeatures.Errors | ProbeFeatures.GroupErrors,
                Probes = { ReferenceImages = [.. Models.Random(6 * 36, 5).Select(value => Math.Clamp(value, 0, 1))], ReferenceGroups = 3, Noise = 0, Impulses = 0, Gratings = 2 },
            },
            s_linear, Models.Random(s_linear.Length, 7, 0.3));
        float[] errors = features[..8], groups = features[8..];
        Assert.Equal(errors.Chunk(2).Select(pair => pair.Average()), groups, (a, b) => Math.Abs(a - b) < 1e-6 * a);
    }

    [Fact]
    public void ProfilesAverageToTheErrors()
    {
        float[] weights = Models.Random(s_linear.Length, 7, 0.3);
        float[] features = Probe(
            new() { Features = ProbeFeatures.Errors | ProbeFeatures.ErrorProfiles, Probes = { Noise = 4, Impulses = 0, Gratings = 0 } }, s_linear, weights);
        Assert.Equal(features[..4].Average(), features[4..10].Average(), 1e-5);
        Assert.Equal(features[..4].Average(), features[10..].Average(), 1e-5);
    }

    [Fact]
    public void TheJacobianOfALinearModelIsItsComposedMap()
    {
        float[] weights = Models.Random(s_linear.Length, 3, 0.3);
        float[] spectrum = Probe(
            new() { Features = ProbeFeatures.JacobianSpectra, Jacobian = { Probes = 1, Directions = 36 } }, s_linear, weights);
        float[] composed = Models.Vectorize(new() { Features = WeightFeatures.SingularVectors }, s_linear, weights);
        for (int i = 0; i < 4; i++)
            Assert.Equal(composed[i], spectrum[i], 1e-3 * composed[0]);
        Assert.All(spectrum[4..], value => Assert.InRange(value, 0, 1e-3 * composed[0]));
    }

    [Fact]
    public void PermutingAndScalingHiddenUnitsChangesNoAnswer() =>
        Prop.ForAll(Gen.Choose(1, 1_000_000).ToArbitrary(), seed =>
        {
            float[] weights = Models.Random(s_conv.Length, seed, 0.5);
            float[] one = Probe(s_answers, s_conv, weights);
            float[] other = Probe(s_answers, s_conv, Symmetries.PermuteAndScale(s_conv, weights, seed, scale: true));
            float scale = one.Max(Math.Abs);
            return one.Zip(other).All(pair => Math.Abs(pair.First - pair.Second) <= 1e-3f * scale);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(8));

    [Fact]
    public void ANewContextLoadsWhatWasSaved()
    {
        var ml = new MLContext(1);
        IDataView view = Models.View(ml, s_conv, Models.Zoo(s_conv, 3));
        var options = new ProbeModelEstimator.Options { Probes = { ReferenceImages = new float[36], Noise = 3 }, Seed = 4 };
        ITransformer model = ml.ModelSpace().Transforms.ProbeModel(options).Fit(view);
        IDataView after = Models.Reload(ml, model, view).Transform(view);
        Assert.Equal(Models.Features(model.Transform(view), "Responses"), Models.Features(after, "Responses"));
        Assert.Equal(Models.Slots(model.Transform(view), "Responses"), Models.Slots(after, "Responses"));
    }

    [Fact]
    public void ModelsOfSeveralArchitecturesAreAskedTheSame()
    {
        var ml = new MLContext(1);
        IDataView mixed = ml.Data.LoadFromEnumerable(new[] { s_linear, s_conv }.Select(
            layout => new WeightRow { Weights = Models.Random(layout.Length, 1, 0.2), Layout = layout.ToJson() }));
        float[][] features = Models.Features(ml.ModelSpace().Transforms.ProbeModel().Fit(mixed).Transform(mixed), "Responses");
        Assert.Equal(features[0].Length, features[1].Length);
        Assert.NotEqual(features[0], features[1]);
    }

    [Fact]
    public void NoTensorOutlivesItsPass()
    {
        var ml = new MLContext(1);
        IDataView view = Models.View(ml, s_conv, Models.Zoo(s_conv, 20));
        IDataView probed = ml.ModelSpace().Transforms.ProbeModel(s_small).Fit(view).Transform(view);
        Models.Features(probed, "Responses");
        long before = torch.Tensor.TotalCount;
        Models.Features(probed, "Responses");
        Assert.Equal(before, torch.Tensor.TotalCount);
    }

    [Fact]
    public void ReferenceImagesOfAnotherShapeAreRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => Probe(new() { Probes = { ReferenceImages = new float[50] } }, s_linear, new float[s_linear.Length]));
        Assert.Contains("Reference images have 50 values, which is no multiple of the 36 of the models' input, 1×6×6", error.Message);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(-0.5f)]
    [InlineData(1.5f)]
    public void PixelsLieBetween0And1(float pixel)
    {
        var error = Assert.Throws<ArgumentException>(() => new MLContext().ModelSpace().Transforms.ProbeModel(referenceImages: [0.5f, pixel]));
        Assert.Contains($"Reference images hold {pixel} at 1; expected values in [0, 1]", error.Message);
    }

    [Fact]
    public void AnArchitectureThatCannotBeRunIsRefused()
    {
        WeightLayout layout = Models.Linear();
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Probe(new(), layout, new float[layout.Length]));
        Assert.Contains("expected weights whose layout names an architecture that can be run", error.Message);
    }

    [Fact]
    public void AModelOfOtherImagesIsRefused()
    {
        var ml = new MLContext(1);
        WeightLayout other = new LinearAutoencoder(4).GetLayout(new ImageShape(1, 5, 5));
        ITransformer model = ml.ModelSpace().Transforms.ProbeModel().Fit(Models.View(ml, s_linear, Models.Zoo(s_linear, 1)));
        var error = Models.Cause<InvalidDataException>(
            () => Models.Features(model.Transform(Models.View(ml, other, Models.Zoo(other, 1))), "Responses"));
        Assert.Contains("Probes are images of 1×6×6", error.Message);
    }

    [Fact]
    public void WeightsThatAnswerBeyondAnyNumberAreRefused()
    {
        float[] weights = [.. Enumerable.Repeat(1e30f, s_linear.Length)];
        var error = Models.Cause<InvalidDataException>(() => Probe(new(), s_linear, weights));
        Assert.Contains("numbers too large to be squared", error.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void JacobianDirectionsAreCountedFromOne(int count)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => new MLContext().ModelSpace().Transforms.ProbeModel(new ProbeModelEstimator.Options { Jacobian = { Directions = count } }));
        Assert.Contains($"Jacobian.Directions is {count}; expected 1 to 4096", error.Message);
    }

    [Fact]
    public void NoProbeAtAllIsRefused()
    {
        var error = Assert.Throws<ArgumentException>(
            () => new MLContext().ModelSpace().Transforms.ProbeModel(new ProbeModelEstimator.Options { Probes = { Noise = 0, Impulses = 0, Gratings = 0 } }));
        Assert.Contains("There is no probe", error.Message);
    }

    private static float[] Probe(ProbeModelEstimator.Options options, WeightLayout layout, float[] weights)
    {
        var ml = new MLContext(1);
        IDataView view = Models.View(ml, layout, weights);
        return Models.Features(ml.ModelSpace().Transforms.ProbeModel(options).Fit(view).Transform(view), "Responses")[0];
    }
}
