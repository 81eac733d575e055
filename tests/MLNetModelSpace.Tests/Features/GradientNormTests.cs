using Microsoft.ML;

namespace MLNetModelSpace.Tests.Features;

[Collection(SerialCollection.Name)]
public class GradientNormTests
{
    private const int Pixels = 36;
    private const int Names = 6;
    private static readonly ImageShape s_shape = new(1, 6, 6);
    private static readonly WeightLayout s_linear = new LinearAutoencoder(4).GetLayout(s_shape);

    [Fact]
    public void TheGradientByTheLastBiasIsTheMeanResidual()
    {
        float[] images = Images(6);
        float[] weights = Models.Random(s_linear.Length, 7, 0.3);
        float[] features = Probe(images, groups: 2, s_linear, weights);
        Assert.Equal(2 * Names, features.Length);
        for (int group = 0; group < 2; group++)
        {
            double[] residual = new double[Pixels];
            double error = 0;
            for (int n = 3 * group; n < 3 * (group + 1); n++)
            {
                double[] answer = Answer(weights, images.AsSpan(n * Pixels, Pixels));
                for (int i = 0; i < Pixels; i++)
                {
                    double difference = answer[i] - images[(n * Pixels) + i];
                    residual[i] += difference / 3;
                    error += difference * difference / (3 * Pixels);
                }
            }

            Assert.Equal(Math.Log10(error), features[group * Names], 1e-4);
            Assert.Equal(Math.Log10(2.0 / Pixels * Math.Sqrt(residual.Sum(value => value * value))), features[(group * Names) + 5], 1e-4);
        }
    }

    [Fact]
    public void TheWholeGradientIsThatOfItsTensors()
    {
        float[] images = Images(4);
        float[] weights = Models.Random(s_linear.Length, 7, 0.3);
        float[] features = Probe(images, 1, s_linear, weights);
        double squared = Math.Pow(10, 2 * features[1]);
        double parts = Enumerable.Range(2, 4).Sum(i => Math.Pow(10, 2 * features[i]));
        Assert.Equal(squared, parts, 1e-4 * squared);
    }

    [Fact]
    public void AModelThatIsRightEverywhereHasNoGradient()
    {
        float[] features = Probe(new float[2 * Pixels], 1, s_linear, new float[s_linear.Length]);
        Assert.All(features, value => Assert.Equal(-12, value));
    }

    [Fact]
    public void OrderOfHiddenUnitsDoesNotShow()
    {
        WeightLayout layout = new ConvolutionalAutoencoder(3, 3, 3).GetLayout(s_shape);
        float[] weights = Models.Random(layout.Length, 3, 0.5);
        float[] one = Probe(Images(4), 2, layout, weights);
        float[] other = Probe(Images(4), 2, layout, Symmetries.PermuteAndScale(layout, weights, 5, scale: false));
        for (int i = 0; i < one.Length; i++)
            Assert.Equal(one[i], other[i], 1e-3);
    }

    [Fact]
    public void VariationalModelsHaveGradientsOfTheirReconstruction()
    {
        foreach (Architecture architecture in new Architecture[] { new LinearVae(3), new ConvolutionalVae(2, 3, 3, 3) })
        {
            WeightLayout layout = architecture.GetLayout(s_shape);
            float[] features = Probe(Images(2), 1, layout, Models.Random(layout.Length, 3, 0.3));
            Assert.All(features, value => Assert.InRange(value, -6, 3));
        }
    }

    [Fact]
    public void SlotsNameTheirGroup()
    {
        var ml = new MLContext(1);
        IDataView view = Models.View(ml, s_linear, Models.Zoo(s_linear, 1));
        string[] slots = Models.Slots(ml.ModelSpace().Transforms.ProbeModel(Options(Images(4), 2)).Fit(view).Transform(view), "Responses");
        Assert.Equal("reference group 1 gradient first weight", slots[Names + 2]);
    }

    [Fact]
    public void ANewContextLoadsTheGroups()
    {
        var ml = new MLContext(1);
        IDataView view = Models.View(ml, s_linear, Models.Zoo(s_linear, 2));
        ITransformer model = ml.ModelSpace().Transforms.ProbeModel(Options(Images(4), 2)).Fit(view);
        IDataView before = model.Transform(view), after = Models.Reload(ml, model, view).Transform(view);
        Assert.Equal(Models.Slots(before, "Responses"), Models.Slots(after, "Responses"));
        Assert.Equal(Models.Features(before, "Responses"), Models.Features(after, "Responses"));
    }

    [Fact]
    public void GroupsOfUnequalSizeAreRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => Probe(Images(5), 2, s_linear, new float[s_linear.Length]));
        Assert.Contains("5 reference images do not fall into 2 groups of equal size", error.Message);
    }

    [Fact]
    public void GroupsAreCountedFromOne()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new MLContext().ModelSpace().Transforms.ProbeModel(new ProbeModelEstimator.Options { Probes = { ReferenceGroups = 0 } }));
        Assert.Contains("ReferenceGroups is 0; expected 1 to 4096", error.Message);
    }

    private static float[] Images(int count) => [.. Models.Random(count * Pixels, 5).Select(value => Math.Clamp(value, 0, 1))];

    private static ProbeModelEstimator.Options Options(float[] images, int groups) => new()
    {
        Features = ProbeFeatures.GradientNorms,
        Probes = { ReferenceImages = images, ReferenceGroups = groups, Noise = 0, Impulses = 0, Gratings = 0 },
    };

    private static float[] Probe(float[] images, int groups, WeightLayout layout, float[] weights)
    {
        var ml = new MLContext(1);
        IDataView view = Models.View(ml, layout, weights);
        return Models.Features(ml.ModelSpace().Transforms.ProbeModel(Options(images, groups)).Fit(view).Transform(view), "Responses")[0];
    }

    /// <summary>The linear autoencoder written out.</summary>
    private static double[] Answer(float[] weights, ReadOnlySpan<float> image)
    {
        double[] answer = [.. s_linear.Slice(weights, 3).ToArray().Select(value => (double)value)];
        for (int h = 0; h < 4; h++)
        {
            double code = s_linear.Slice(weights, 1)[h];
            for (int i = 0; i < Pixels; i++)
                code += s_linear.Slice(weights, 0)[(h * Pixels) + i] * image[i];
            for (int i = 0; i < Pixels; i++)
                answer[i] += s_linear.Slice(weights, 2)[(i * 4) + h] * code;
        }

        return answer;
    }
}
