using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML;

namespace MLNetModelSpace.Tests.Features;

// Reaches internals: hidden units are put in another order by the layers that the product finds, whatever their names.
/// <summary>What a network's symmetries leave as it is.</summary>
public class CanonicalFormTests
{
    private static readonly WeightLayout s_linear = Models.Linear(4, 9);
    private static readonly WeightLayout s_conv = Models.Convolutional(channels: 5, images: 1, kernel: 3, decoderKernel: 3);
    private static readonly WeightLayout s_otherKernels = Models.Convolutional(channels: 4, images: 3, kernel: 3, decoderKernel: 4);
    private static readonly WeightLayout s_deep = Models.Deep(9, 6, 4);
    private static readonly WeightLayout s_deepConv = Models.DeepConvolutional();
    private static readonly WeightLayout s_linearVae = new LinearVae(4).GetLayout(new ImageShape(1, 3, 3));
    private static readonly WeightLayout s_vae = Models.ConvolutionalVae();

    public static TheoryData<WeightFeatures, string> EveryFormOfEveryNetwork()
    {
        var data = new TheoryData<WeightFeatures, string>();
        foreach (WeightFeatures family in new[]
        {
            WeightFeatures.ComposedMap, WeightFeatures.UnitGram, WeightFeatures.SortedUnits, WeightFeatures.SingularVectors, WeightFeatures.RawWeights,
            WeightFeatures.ComposedCosines,
        })
        {
            foreach (string network in new[] { "linear", "conv", "other kernels", "deep", "deep conv", "vae", "linear vae" })
                data.Add(family, network);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(EveryFormOfEveryNetwork))]
    public void PermutingAndScalingHiddenUnitsChangesNothing(WeightFeatures family, string network) =>
        ForSeeds(seed =>
        {
            WeightLayout layout = LayoutOf(network);
            float[] weights = Models.Random(layout.Length, seed);
            return AreNear(layout, family, weights, Symmetries.PermuteAndScale(layout, weights, seed + 1, scale: true));
        });

    /// <summary>The map has rank four, its hidden layer six units: two singular values are rounding, one of them 1.4e-7 of the largest.</summary>
    [Fact]
    public void SingularVectorsOfRoundingAreNone()
    {
        float[] weights = Models.Random(s_deep.Length, 63303);
        Assert.True(AreNear(s_deep, WeightFeatures.SingularVectors, weights, Symmetries.PermuteAndScale(s_deep, weights, 63304, scale: true)));
    }

    [Theory]
    [InlineData(WeightFeatures.ComposedMap)]
    [InlineData(WeightFeatures.SingularVectors)]
    [InlineData(WeightFeatures.ComposedCosines)]
    public void MappingTheCodeOfALinearAutoencoderChangesNothing(WeightFeatures family) =>
        ForSeeds(seed =>
        {
            float[] weights = Models.Random(s_linear.Length, seed);
            return AreNear(s_linear, family, weights, Symmetries.MapCode(s_linear, weights, seed + 1));
        });

    [Theory]
    [MemberData(nameof(EveryFormOfEveryNetwork))]
    public void OtherWeightsGiveOtherFeatures(WeightFeatures family, string network)
    {
        WeightLayout layout = LayoutOf(network);
        Assert.False(AreNear(layout, family, Models.Random(layout.Length, 1), Models.Random(layout.Length, 2)));
    }

    [Fact]
    public void TheDiagonalIsThatOfTheProduct()
    {
        float[] weights = Models.Random(s_linear.Length, 3);
        float[] features = Models.Vectorize(new() { Features = WeightFeatures.ComposedMap, Canonical = { Directions = 4 } }, s_linear, weights);
        for (int i = 0; i < 9; i++)
        {
            double sum = 0;
            for (int h = 0; h < 4; h++)
                sum += (double)s_linear.Slice(weights, 2)[(i * 4) + h] * s_linear.Slice(weights, 0)[(h * 9) + i];
            Assert.Equal(sum, features[i], 1e-5);
        }
    }

    [Fact]
    public void TheOffsetIsTheNetworkAtZero()
    {
        float[] weights = Models.Random(s_deep.Length, 3);
        float[] features = Models.Vectorize(new() { Features = WeightFeatures.ComposedMap, Canonical = { Directions = 4 } }, s_deep, weights);
        double[] state = new double[9];
        foreach (ChainLayer layer in NetworkChain.Of(s_deep).Layers)
        {
            double[] next = [.. s_deep.Slice(weights, layer.Bias).ToArray().Select(value => (double)value)];
            for (int o = 0; o < layer.Outputs; o++)
            {
                for (int i = 0; i < layer.Inputs; i++)
                    next[o] += state[i] * s_deep.Slice(weights, layer.Weight)[layer.OffsetOf(i, o, 0)];
            }

            state = next;
        }

        for (int i = 0; i < 9; i++)
            Assert.Equal(state[i], features[features.Length - 9 + i], 1e-4);
    }

    [Fact]
    public void SingularValuesOfTheComposedMapAreThoseOfTheProduct()
    {
        float[] weights = Models.Random(s_linear.Length, 6);
        float[] features = Models.Vectorize(new() { Features = WeightFeatures.SingularVectors, Canonical = { Directions = 2 } }, s_linear, weights);
        var builder = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build;
        var encoder = builder.DenseOfRowMajor(4, 9, s_linear.Slice(weights, 0).ToArray().Select(value => (double)value));
        var decoder = builder.DenseOfRowMajor(9, 4, s_linear.Slice(weights, 2).ToArray().Select(value => (double)value));
        var svd = (decoder * encoder).Svd(true);
        for (int i = 0; i < 4; i++)
            Assert.Equal(svd.S[i], features[i], 1e-5 * svd.S[0]);
        double along = svd.VT.Row(0).Sum() / 3;
        Assert.Equal(along * along, features[4], 1e-5);
    }

    [Fact]
    public void ZeroWeightsGiveFiniteFeatures()
    {
        foreach (WeightLayout layout in new[] { s_linear, s_conv, s_deep, s_vae })
        {
            float[] features = Models.Vectorize(
                new() { Features = WeightFeatures.CanonicalForms | WeightFeatures.RawWeights }, layout, new float[layout.Length]);
            Assert.All(features, value => Assert.True(float.IsFinite(value)));
        }
    }

    [Fact]
    public void ANetworkWithoutHiddenUnitsIsRefused()
    {
        var error = Assert.Throws<InvalidOperationException>(
            () => Models.Vectorize(new() { Features = WeightFeatures.ComposedMap }, Models.Single(3, 4), new float[12]));
        Assert.Contains("Canonical forms need a network with hidden units", error.Message);
    }

    [Fact]
    public void LayersThatDoNotFollowEachOtherAreRefused()
    {
        var layout = new WeightLayout([new TensorLayout("a.weight", 4, 9), new TensorLayout("b.weight", 9, 5)]);
        var error = Assert.Throws<InvalidOperationException>(
            () => Models.Vectorize(new() { Features = WeightFeatures.SortedUnits }, layout, new float[layout.Length]));
        Assert.Contains("'b.weight [9×5]' does not follow 4 units", error.Message);
    }

    [Fact]
    public void TensorsOfRankFiveFormNoChain()
    {
        var layout = new WeightLayout([new TensorLayout("a.weight", 4, 9), new TensorLayout("b.weight", 2, 2, 2, 2, 4)]);
        var error = Assert.Throws<InvalidOperationException>(
            () => Models.Vectorize(new() { Features = WeightFeatures.CanonicalForms }, layout, new float[layout.Length]));
        Assert.Contains("'b.weight [2×2×2×2×4]' does not follow 4 units", error.Message);
    }

    private static WeightLayout LayoutOf(string network) => network switch
    {
        "linear" => s_linear,
        "conv" => s_conv,
        "other kernels" => s_otherKernels,
        "deep" => s_deep,
        "deep conv" => s_deepConv,
        "linear vae" => s_linearVae,
        _ => s_vae,
    };

    private static void ForSeeds(Func<int, bool> property) =>
        Prop.ForAll(Gen.Choose(1, 1_000_000).ToArbitrary(), property).QuickCheckThrowOnFailure();

    private static bool AreNear(WeightLayout layout, WeightFeatures family, float[] one, float[] other)
    {
        var options = new VectorizeWeightsEstimator.Options
        {
            Features = family,
            Canonical = { Directions = 6 },
            RawWeights = { Projection = WeightProjection.Random, Components = 8 },
            Layout = layout,
        };
        var ml = new MLContext(1);
        var fitted = ml.ModelSpace().Transforms.VectorizeWeights(options).Fit(Models.View(ml, layout, Models.Random(layout.Length, 77)));
        float[][] features = Models.Features(fitted.Transform(Models.View(ml, layout, one, other)));
        float[] a = features[0], b = features[1];
        float scale = a.Max(Math.Abs);
        return a.Zip(b).All(pair => Math.Abs(pair.First - pair.Second) <= 1e-3f * scale);
    }
}
