using Microsoft.ML;
using Microsoft.ML.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace.Tests.Storage;

// Reaches internals: annotations are read as the product's own steps read them, layouts among them.
public sealed class ModelRowsTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AModuleIsARowOfItsParametersInStateDictOrder()
    {
        using nn.Module module = nn.Sequential(("first", nn.Linear(3, 2)), ("act", nn.ReLU()), ("last", nn.Linear(2, 3)));

        WeightsRow row = ModelRows.FromModule(module, "mine", "net");
        WeightLayout layout = WeightLayout.Parse(row.Layout);

        Assert.Equal("net: first.weight [2×3], first.bias [2], last.weight [3×2], last.bias [3]", layout.ToString());
        Assert.Equal("mine", row.Name);
        using Tensor bias = module.state_dict()["last.bias"].detach();
        Assert.Equal(bias.data<float>().ToArray(), row.Weights[^3..]);
    }

    [Fact]
    public void OtherTypesOfNumbersAndOtherStridesAreConverted()
    {
        using Tensor doubles = tensor(new double[] { 1.5, -2, 3, 4, 5, 6 }, new long[] { 2, 3 });
        using Tensor turned = doubles.t();

        WeightsRow row = ModelRows.FromStateDict([new("w", turned)]);

        Assert.Equal("tensors: w [3×2]", WeightLayout.Parse(row.Layout).ToString());
        Assert.Equal([1.5f, 4, -2, 5, 3, 6], row.Weights);
    }

    [Fact]
    public void TheTensorsOfAStateDictStayUsable()
    {
        using Tensor weights = ones(2, 2);

        ModelRows.FromStateDict([new("w", weights)]);

        Assert.Equal([1, 1, 1, 1], weights.data<float>().ToArray());
    }

    [Fact]
    public void ATensorOfNoElementsAddsNone()
    {
        using Tensor none = zeros(0, 3), one = ones(2);

        WeightsRow row = ModelRows.FromStateDict([new("none", none), new("one", one)]);

        Assert.Equal("tensors: none [0×3], one [2]", WeightLayout.Parse(row.Layout).ToString());
        Assert.Equal([1f, 1], row.Weights);
    }

    [Theory]
    [InlineData("complex", "complex")]
    [InlineData("sparse", "sparse")]
    [InlineData("meta", "on the device meta, which keeps no values")]
    public void TensorsThatAreNoPlainNumbersAreRefusedByName(string kind, string said)
    {
        using Tensor plain = zeros(2, 2);
        using Tensor odd = kind switch
        {
            "complex" => zeros([2], complex64),
            "sparse" => plain.to_sparse(),
            _ => zeros([2], device: META),
        };

        var error = Assert.Throws<ArgumentException>(() => ModelRows.FromStateDict([new("plain", plain), new("odd", odd)]));

        Assert.StartsWith($"Tensor 'odd' is {said}; expected real values, one for each element.", error.Message);
        Assert.Equal("stateDict", error.ParamName);
    }

    [Fact]
    public void AModuleWithoutParametersIsRefused()
    {
        using nn.Module module = nn.ReLU();

        Assert.StartsWith("Model 'empty' has no tensors.", Assert.Throws<ArgumentException>(() => ModelRows.FromModule(module, "empty")).Message);
    }

    [Fact]
    public void ValuesThatAreNotFiniteAreNamed()
    {
        using Tensor weights = tensor(new[] { 1f, float.PositiveInfinity });

        Assert.StartsWith(
            "Tensor 'w' of model 'bad' holds Infinity at 1; expected finite weights.",
            Assert.Throws<ArgumentException>(() => ModelRows.FromStateDict([new("w", weights)], "bad")).Message);
    }

    [Fact]
    public void OfAFileTheFloatingPointTensorsAreWeightsUnlessSaidOtherwise()
    {
        const string header = """{"steps":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""";
        DatasetFiles.Write(_folder, ("net.safetensors", Safetensors.Assemble(header, [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3F, 0, 0, 0, 0x40])));

        WeightsRow row = ModelRows.FromSafetensors(_folder.File("net.safetensors"));
        WeightsRow all = ModelRows.FromSafetensors(_folder.File("net.safetensors"), _ => true);

        Assert.Equal(("net", "tensors: w [2]"), (row.Name, WeightLayout.Parse(row.Layout).ToString()));
        Assert.Equal([1, 2], row.Weights);
        Assert.Equal([1, 2, 3], all.Weights);
    }

    [Fact]
    public void AFileWithoutWeightsIsRefused()
    {
        DatasetFiles.Write(_folder, ("a", Safetensors.Assemble("""{"steps":{"dtype":"I64","shape":[0],"data_offsets":[0,0]}}""", [])));

        Assert.Contains(
            "it holds no weights among its 1 tensors", Assert.Throws<InvalidDataException>(() => ModelRows.FromSafetensors(_folder.File("a"))).Message);
    }

    [Fact]
    public void RowsAreAViewAnnotatedWithTheirLayout()
    {
        IDataView view = _ml.ModelSpace().Data.FromWeights([Row("a", 2, 1), Row("b", 2, 5)]);

        Assert.Equal(["Name", "Weights"], view.Schema.Select(column => column.Name));
        Assert.Equal("tensors: w [2]", ZooAnnotations.GetWeightLayout(view.Schema[ZooColumns.Weights])?.ToString());
        Assert.Equal([[1, 1], [5, 5]], view.GetColumn<float[]>(ZooColumns.Weights));
    }

    [Fact]
    public void RowsOfDifferentLayoutsKeepThemBesideTheWeights()
    {
        IDataView view = _ml.ModelSpace().Data.FromWeights([Row("a", 2, 1), Row("b", 3, 5)]);

        Assert.Equal(["tensors: w [2]", "tensors: w [3]"], view.GetColumn<string>(ZooColumns.Layout).Select(text => WeightLayout.Parse(text).ToString()));
    }

    [Fact]
    public void ARowWithAnotherNumberOfWeightsThanItsLayoutIsRefused()
    {
        WeightsRow row = Row("a", 2, 1);
        row.Weights = [1];

        Assert.StartsWith("Model 'a' has 1 weights; its layout has 2.", Assert.Throws<ArgumentException>(() => _ml.ModelSpace().Data.FromWeights([row])).Message);
    }

    [Fact]
    public void NoRowsAreRefused() => Assert.Throws<ArgumentException>(() => _ml.ModelSpace().Data.FromWeights<WeightsRow>([]));

    [Fact]
    public void ModulesTrainedElsewhereGoThroughVectorizationAsAViewAndOneByOne()
    {
        WeightsRow[] rows = [.. Enumerable.Range(0, 4).Select(i =>
        {
            using nn.Module module = nn.Linear(6, 3);
            return ModelRows.FromModule(module, $"model {i}");
        })];
        IDataView view = _ml.ModelSpace().Data.FromWeights(rows);
        ITransformer vectorize = _ml.ModelSpace().Transforms.VectorizeWeights("Features", "Weights", WeightFeatures.SingularValues).Fit(view);
        float[][] features = [.. vectorize.Transform(view).GetColumn<float[]>(ZooColumns.Features)];

        using PredictionEngine<WeightsRow, Vectorized> engine = _ml.Model.CreatePredictionEngine<WeightsRow, Vectorized>(vectorize);

        Assert.Equal(4, features.Length);
        Assert.All(rows.Zip(features), pair => Assert.Equal(pair.Second, engine.Predict(pair.First).Features));
    }

    private static WeightsRow Row(string name, int length, float value) => new()
    {
        Name = name,
        Weights = [.. Enumerable.Repeat(value, length)],
        Layout = new WeightLayout([new TensorLayout("w", length)]).ToJson(),
    };

    private sealed class Vectorized
    {
        public float[] Features { get; set; } = [];
    }
}
