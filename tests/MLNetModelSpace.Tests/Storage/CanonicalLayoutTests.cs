using Microsoft.ML;
using MLNetModelSpace.Storage;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace.Tests.Storage;

/// <summary>Files as other programs write them: order, names, heads, kernels, normalisations. The right values are NumPy's and PyTorch's.</summary>
public sealed class CanonicalLayoutTests
{
    private static readonly ModelFileOptions s_withBuffers = new() { Buffers = BufferHandling.Keep };

    [Fact]
    public void AFileThatPythonSortedGivesTheRowOfTheOneInStateDictOrder()
    {
        WeightsRow sorted = ModelRows.FromSafetensors(StoredModels.Case("ae-python-order")), ordered = ModelRows.FromSafetensors(StoredModels.Case("ae-statedict-order"));

        Assert.Equal(ordered.Layout, sorted.Layout);
        Assert.Equal(ordered.Weights, sorted.Weights);
        AssertDiagonal([-0.047951, 0.017197, 0.033215], sorted, inputs: 16);
        Assert.Equal(new LinearAutoencoder(4).GetLayout(new ImageShape(1, 4, 4)), WeightLayout.Parse(sorted.Layout));
    }

    [Theory]
    [InlineData("vae-heads-fc21-fc22", 0.012125)]
    [InlineData("vae-heads-fc_mu-fc_var", -0.0015789)]
    [InlineData("vae-heads-mean-log_sigma", -0.010132)]
    [InlineData("vae-heads-fc_mu-fc_sigma", 0.0036628)]
    public void TwoHeadsOfAnyNamesAreAMeanAndASideBranch(string name, double first)
    {
        AssertDiagonal([first], ModelRows.FromFile(StoredModels.Case(name)), inputs: 16);
        AssertDiagonal([first], ModelRows.FromSafetensors(StoredModels.Case(name)), inputs: 16);
    }

    [Theory]
    [InlineData("vae-heads-fc21-fc22")]
    [InlineData("vae-heads-fc_mu-fc_var")]
    [InlineData("vae-heads-mean-log_sigma")]
    [InlineData("vae-heads-mean-log_var")]
    [InlineData("vae-heads-mu-logvar")]
    public void OneArchitectureUnderSeveralNamesHasOneLayout(string name) => Assert.Equal(
        "tensors: encoder.weight [8×16], encoder.bias [8], encoder_mean.weight [4×8], encoder_mean.bias [4], encoder_logvar.weight [4×8], encoder_logvar.bias [4], "
        + "decoder.0.weight [8×4], decoder.0.bias [8], decoder.1.weight [16×8], decoder.1.bias [16]",
        WeightLayout.Parse(ModelRows.FromFile(StoredModels.Case(name)).Layout).ToString());

    [Theory]
    [InlineData("plain")]
    [InlineData("module")]
    [InlineData("_orig_mod")]
    [InlineData("model")]
    [InlineData("enc-dec")]
    [InlineData("conv1-deconv1")]
    public void PrefixesAndOtherNamesOfADecoderLeaveItsKernelsTransposed(string name)
    {
        WeightsRow row = ModelRows.FromFile(StoredModels.Case($"conv-square-{name}")), plain = ModelRows.FromFile(StoredModels.Case("conv-square-plain"));

        Assert.Equal(plain.Layout, row.Layout);
        Assert.Equal([0.029380f, -0.014538f, 0.147343f], Features(row, WeightFeatures.ComposedMap)[..3], Near);
    }

    [Theory]
    [InlineData("module")]
    [InlineData("_orig_mod")]
    [InlineData("model")]
    public void NamesThatAreKeptAreSoWithoutWhatStandsBeforeAllOfThem(string name) => Assert.Equal(
        ModelRows.FromSafetensors(StoredModels.Case("conv-square-plain")).Layout, ModelRows.FromSafetensors(StoredModels.Case($"conv-square-{name}")).Layout);

    [Fact]
    public void ANormalisationIsFoldedWhereItsStatisticsGoAlong()
    {
        WeightsRow row = ModelRows.FromFile(StoredModels.Case("batchnorm"), s_withBuffers);

        AssertDiagonal([-0.269413, -0.303992, -0.092082], row, inputs: 16);
        Assert.Equal(["encoder.norm.running_mean", "encoder.norm.running_var", "encoder.norm.num_batches_tracked"], WeightLayout.Parse(row.Layout).Tensors.Where(tensor => tensor.IsBuffer).Select(tensor => tensor.Name));
    }

    [Fact]
    public void WithoutItsStatisticsANormalisationMakesCanonicalFormsRefuseAndOthersGoOn()
    {
        WeightsRow row = ModelRows.FromFile(StoredModels.Case("batchnorm"));

        Assert.Contains("hold no running statistics of it", Refusal(row, WeightFeatures.ComposedMap));
        Assert.NotEmpty(Features(row, WeightFeatures.SingularValues));
    }

    [Fact]
    public void ANormalisationBehindAConvolutionWithoutBiasesAddsThem()
    {
        var layout = WeightLayout.Parse(ModelRows.FromFile(StoredModels.Checkpoint("batchnorm-conv.pth"), s_withBuffers).Layout);
        float[] weights = ModelRows.FromFile(StoredModels.Checkpoint("batchnorm-conv.pth"), s_withBuffers).Weights;
        float[] cosines = Models.Vectorize(new() { Features = WeightFeatures.ComposedMap, Canonical = { Directions = 2 } }, layout, weights);
        double diagonal = 0;
        for (int channel = 0; channel < 3; channel++)
        {
            double factor = StoredModels.Value(2, channel) / Math.Sqrt((channel == 0 ? 0.5 : channel) + 1e-5);
            diagonal += StoredModels.Value(1, channel * 4) * factor * StoredModels.Value(5, channel * 4);
        }

        Assert.Equal(diagonal, cosines[0], 1e-4);
    }

    [Fact]
    public void FeaturesThatGoTensorByTensorDoNotSeeBuffers()
    {
        WeightsRow with = ModelRows.FromFile(StoredModels.Case("batchnorm"), s_withBuffers), without = ModelRows.FromFile(StoredModels.Case("batchnorm"));

        foreach (WeightFeatures family in new[] { WeightFeatures.SingularValues, WeightFeatures.LayerStatistics })
            Assert.Equal(Features(without, family), Features(with, family));
        Assert.Equal(Raw(without), Raw(with));

        static float[] Raw(WeightsRow row) => Models.Vectorize(
            new() { Features = WeightFeatures.RawWeights, RawWeights = { AlignUnits = false, Projection = WeightProjection.None } }, WeightLayout.Parse(row.Layout), row.Weights);
    }

    [Fact]
    public void BuffersCountAsWeightsWhereThatIsSaid() => Assert.Equal(
        9, WeightLayout.Parse(ModelRows.FromFile(StoredModels.Case("batchnorm"), new() { Buffers = BufferHandling.AsWeights }).Layout).Tensors.Count(tensor => !tensor.IsBuffer));

    [Fact]
    public void TwoHeadsInOneTensorAreTheMeanFirst()
    {
        WeightsRow row = ModelRows.FromFile(StoredModels.Case("vae-fused-head"));
        var layout = WeightLayout.Parse(row.Layout);
        double[,] map = Product(Product(Matrix(row, layout, 6), Matrix(row, layout, 4)), Product(Half(Matrix(row, layout, 2)), Matrix(row, layout, 0)));

        AssertDiagonal([map[0, 0], map[1, 1], map[2, 2]], row, inputs: 16);
        Assert.Contains(WiredLayerKind.FusedHeads, layout.GetWiring().Layers.Select(layer => layer.Kind));
    }

    [Fact]
    public void BiasesOfWeightsCalledOtherwiseAreFound()
    {
        WeightsRow row = ModelRows.FromFile(StoredModels.Case("plain-parameter-names"));
        float[] features = Features(row, WeightFeatures.ComposedMap);

        Assert.Equal([-0.004919f, -0.219100f, 0.321101f], features[^16..^13], Near);
    }

    [Theory]
    [InlineData("spectral-norm", "'encoder.weight_orig' is a part of a reparametrised weight")]
    [InlineData("spectral-norm-parametrization", "is a part of a reparametrised weight")]
    [InlineData("weight-norm", "'encoder.weight_g' is a part of a reparametrised weight")]
    [InlineData("skip-concat", "'decoder.2.weight [16×16]' does not follow 8 units")]
    public void WhatHasNoReadingAsAChainIsRefusedWithTheReason(string name, string reason)
    {
        WeightsRow row = ModelRows.FromFile(StoredModels.Case(name));

        Assert.Contains(reason, Refusal(row, WeightFeatures.ComposedMap));
        Assert.NotEmpty(Features(row, WeightFeatures.SingularValues));
    }

    [Fact]
    public void QuantisedWeightsAreRefusedByNameUnlessTensorsAreAskedFor()
    {
        string path = StoredModels.Case("int8-weights-with-scales");

        Assert.Contains("tensor 'encoder.weight I8 [4×16]' holds integers", Assert.Throws<InvalidDataException>(() => ModelRows.FromSafetensors(path)).Message);
        Assert.Equal(40, ModelRows.FromSafetensors(path, tensor => tensor.IsFloatingPoint).Weights.Length);
    }

    [Theory]
    [InlineData("dtype-f8-e4m3", "F8_E4M3")]
    [InlineData("dtype-f8-e4m3fnuz", "F8_E4M3FNUZ")]
    [InlineData("dtype-f8-e5m2fnuz", "F8_E5M2FNUZ")]
    public void NumbersOfEightBitsAreRefusedByNameAndOthersOfTheFileAreRead(string name, string type)
    {
        string path = StoredModels.Case(name);

        Assert.Contains($"tensor 'q' has dtype {type}", Assert.Throws<InvalidDataException>(() => ModelRows.FromSafetensors(path)).Message);
        Assert.Equal(4, ModelRows.FromSafetensors(path, tensor => tensor.Name == "w").Weights.Length);
    }

    [Theory]
    [InlineData("metadata-null")]
    [InlineData("metadata-empty")]
    [InlineData("metadata-last")]
    [InlineData("zero-size-f32")]
    [InlineData("scalar-0d")]
    [InlineData("f32-odd-alignment")]
    public void CornersOfTheFormatAreReadAsTheReferenceReadsThem(string name) => Assert.True(ModelRows.FromSafetensors(StoredModels.Case(name)).Weights.Length >= 4);

    [Fact]
    public void TiedWeightsOfAModuleAreThereUnderEachName()
    {
        using var module = new Tied();

        Assert.Equal(["a.weight", "b.weight"], WeightLayout.Parse(ModelRows.FromModule(module).Layout).Tensors.Select(tensor => tensor.Name));
        Assert.Equal(ModelRows.FromStateDict(module.state_dict()).Weights, ModelRows.FromModule(module).Weights);
    }

    [Fact]
    public void ATensorThatTheMetadataCallsAnotherByASecondNameIsThereTwice()
    {
        using var folder = new TemporaryFolder();
        byte[] file = Safetensors.Assemble("""{"__metadata__":{"b.weight":"a.weight","format":"pt"},"a.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}""", new byte[16]);
        File.WriteAllBytes(folder.File("tied.safetensors"), file);

        Assert.Equal(["a.weight", "b.weight"], WeightLayout.Parse(ModelRows.FromSafetensors(folder.File("tied.safetensors")).Layout).Tensors.Select(tensor => tensor.Name));
    }

    [Fact]
    public void ThreeReadersAgreeOnWhatIsABuffer()
    {
        using nn.Module module = nn.Sequential(("0", nn.Linear(6, 3)), ("1", nn.BatchNorm1d(3)), ("2", nn.Linear(3, 6)));
        string fromModule = ModelRows.FromModule(module).Layout;

        Assert.Equal(fromModule, ModelRows.FromStateDict(module.state_dict()).Layout);
        Assert.Equal(6, WeightLayout.Parse(fromModule).Tensors.Count);
        Assert.Equal(9, WeightLayout.Parse(ModelRows.FromModule(module, buffers: BufferHandling.Keep).Layout).Tensors.Count);
    }

    [Fact]
    public void TheKernelsOfAModuleAreWhatItsLayersAre()
    {
        using nn.Module module = nn.Sequential(("0", nn.Conv2d(3, 3, 2)), ("1", nn.ConvTranspose2d(3, 3, 2)));
        var layout = WeightLayout.Parse(ModelRows.FromModule(module).Layout);

        Assert.Equal("0:conv -> 1:transposed", layout.GetWiring().ToString());
        Assert.Contains("may be a convolution or a transposed one", new WeightLayout(layout.Tensors).GetWiring().Reason);
    }

    [Fact]
    public void WhatTheUserStatesGoesBeforeTheRules()
    {
        var layout = WeightLayout.Parse(ModelRows.FromSafetensors(StoredModels.Case("conv-square-plain")).Layout);
        WeightsRow stated = ModelRows.FromFile(StoredModels.Case("conv-square-plain"), new() { Wiring = "encoder.0 -> decoder.0:conv" });

        Assert.Equal("encoder.0:conv -> decoder.0:transposed", layout.GetWiring().ToString());
        Assert.Equal("encoder:conv -> decoder:conv", WeightLayout.Parse(stated.Layout).GetWiring().ToString());
        Assert.Equal([0.101188f, -0.033906f, 0.061436f], Features(stated, WeightFeatures.ComposedMap)[..3], Near);
    }

    [Theory]
    [InlineData("encoder.0 -> nothing", "there is no layer 'nothing'")]
    [InlineData("encoder.0 | decoder.0 | encoder.0", "has 3 heads")]
    [InlineData("encoder.0 -> encoder.0", "is empty or occurs twice")]
    public void AWiringThatIsNoneIsRefused(string text, string reason) => Assert.Contains(
        reason, Assert.Throws<InvalidDataException>(() => ModelRows.FromFile(StoredModels.Case("conv-square-plain"), new() { Wiring = text })).Message);

    [Fact]
    public void ALayoutComesBackFromItsTextWithWiringAndBuffers()
    {
        var layout = new WeightLayout([new TensorLayout("a.weight", 3, 4), new TensorLayout("b.weight", 4, 3), new TensorLayout("b.running", 2) { IsBuffer = true }], "net").WithWiring("b:linear -> a");

        WeightLayout back = WeightLayout.Parse(layout.ToJson());

        Assert.Equal(layout, back);
        Assert.Equal("b", back.GetWiring().Layers[0].Name);
        Assert.Null(back.GetWiring().InputOf(0));
        Assert.Equal("b", back.GetWiring().InputOf(1)?.Name);
        Assert.Equal((26, 24), (back.Length, back.ParameterCount));
    }

    [Fact]
    public void ASquarePairCalledAsNumberedHeadsHasTwoReadings()
    {
        var layout = new WeightLayout([new TensorLayout("fc1.weight", 4, 9), new TensorLayout("fc21.weight", 4, 4), new TensorLayout("fc22.weight", 4, 4), new TensorLayout("fc3.weight", 9, 4)]);

        Assert.Contains("'fc21' and 'fc22' may be two heads, or follow one another", layout.GetWiring().Reason);
        Assert.Null(layout.WithWiring("fc1 -> fc21 | fc22 -> fc3").GetWiring().Reason);
    }

    [Theory]
    [InlineData("vae-fc.pth", null)]
    [InlineData("vae-encoder.pth", null)]
    [InlineData("vae-wrapped.pth", "net")]
    public void CheckpointsOfOneArchitectureShareOneLayoutAndTheirNumbers(string name, string? stateDict)
    {
        WeightsRow row = ModelRows.FromFile(StoredModels.Checkpoint(name), new() { StateDict = stateDict }), first = ModelRows.FromFile(StoredModels.Checkpoint("vae-fc.pth"));

        Assert.Equal(first.Layout, row.Layout);
        Assert.Equal(first.Weights, row.Weights);
    }

    [Theory]
    [InlineData("zip.pth")]
    [InlineData("legacy.pth")]
    [InlineData("data-parallel.pth")]
    [InlineData("compiled.pth")]
    [InlineData("training.pth")]
    public void ACheckpointOfOursIsOursHoweverItWasWrapped(string name)
    {
        WeightsRow row = ModelRows.FromFile(StoredModels.Checkpoint(name), new() { Architecture = new LinearAutoencoder(3), ImageShape = new ImageShape(1, 2, 3) });

        Assert.Equal(new LinearAutoencoder(3).GetLayout(new ImageShape(1, 2, 3)), WeightLayout.Parse(row.Layout));
        Assert.Equal([.. StoredModels.Values(1, 18), .. StoredModels.Values(2, 3), .. StoredModels.Values(3, 18), .. StoredModels.Values(4, 6)], row.Weights);
    }

    [Fact]
    public void AModelOfAnotherArchitectureThanAskedForIsRefused() => Assert.Contains(
        "it is not LinearAutoencoder(hidden=4) on 1x2x3",
        Assert.Throws<InvalidDataException>(() => ModelRows.FromFile(StoredModels.Checkpoint("zip.pth"), new() { Architecture = new LinearAutoencoder(4), ImageShape = new ImageShape(1, 2, 3) })).Message);

    [Fact]
    public void AnArchitectureNeedsTheShapeOfItsImages() => Assert.Throws<ArgumentException>(
        () => ModelRows.FromFile(StoredModels.Checkpoint("zip.pth"), new() { Architecture = new LinearAutoencoder(4) }));

    [Fact]
    public void ARealAutoencoderHasTheComposedMapOfItsProduct()
    {
        WeightsRow row = ModelRows.FromFile(StoredModels.Checkpoint("mlp-autoencoder-mnist.pth"));

        Assert.Equal(0.33941, Features(row, WeightFeatures.ComposedMap)[0], 1e-4);
        Assert.Equal(["encoder.0", "encoder.1", "encoder.2", "decoder.0", "decoder.1", "decoder.2"], WeightLayout.Parse(row.Layout).GetWiring().Layers.Select(layer => layer.Name));
    }

    private static bool Near(float one, float other) => Math.Abs(one - other) < 1e-5;

    private static void AssertDiagonal(double[] expected, WeightsRow row, int inputs)
    {
        float[] features = Features(row, WeightFeatures.ComposedMap);
        Assert.Equal(inputs + 64 + (inputs * inputs) + inputs, features.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], features[i], 2e-6);
    }

    private static float[] Features(WeightsRow row, WeightFeatures family) => Models.Vectorize(new() { Features = family }, WeightLayout.Parse(row.Layout), row.Weights);

    private static string Refusal(WeightsRow row, WeightFeatures family) => Assert.Throws<InvalidOperationException>(() => Features(row, family)).Message;

    private static double[,] Matrix(WeightsRow row, WeightLayout layout, int tensor)
    {
        (int rows, int columns) = layout.Tensors[tensor].AsMatrix;
        var matrix = new double[rows, columns];
        for (int i = 0; i < rows * columns; i++)
            matrix[i / columns, i % columns] = layout.Slice(row.Weights, tensor)[i];
        return matrix;
    }

    private static double[,] Half(double[,] matrix)
    {
        var half = new double[matrix.GetLength(0) / 2, matrix.GetLength(1)];
        Array.Copy(matrix, half, half.Length);
        return half;
    }

    private static double[,] Product(double[,] left, double[,] right)
    {
        var product = new double[left.GetLength(0), right.GetLength(1)];
        for (int i = 0; i < left.GetLength(0); i++)
        {
            for (int j = 0; j < right.GetLength(1); j++)
            {
                for (int k = 0; k < left.GetLength(1); k++)
                    product[i, j] += left[i, k] * right[k, j];
            }
        }

        return product;
    }

    private sealed class Tied : nn.Module
    {
        private readonly TorchSharp.Modules.Linear a = nn.Linear(3, 3, hasBias: false);
        private readonly TorchSharp.Modules.Linear b = nn.Linear(3, 3, hasBias: false);

        public Tied()
            : base(nameof(Tied))
        {
            RegisterComponents();
            b.weight = a.weight;
        }
    }
}
