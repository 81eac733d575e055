using MathNet.Numerics.LinearAlgebra;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Theory;

public class LinearAutoencoderWeightsTests
{
    private static readonly MLContext s_context = new(seed: 1);

    private static readonly WeightLayout s_linear = new(
        [new("encoder.weight", 2, 3), new("encoder.bias", 2), new("decoder.weight", 3, 2), new("decoder.bias", 3)], "LinearAutoencoder(hidden=2) on 1x1x3");

    private sealed class Row
    {
        public float[] Weights { get; set; } = [];

        public string Layout { get; set; } = "";
    }

    [Fact]
    public void WeightsOfAZooAreReadByTheirLayout()
    {
        float[] values = [.. Enumerable.Range(0, s_linear.Length).Select(i => (float)i)];
        var model = LinearAutoencoderWeights.Read(Annotated(values, s_linear)).Single();
        Assert.Equal(Matrix<double>.Build.DenseOfArray(new double[,] { { 0, 1, 2 }, { 3, 4, 5 } }), model.Encoder);
        Assert.Equal([6, 7], model.EncoderBias);
        Assert.Equal(Matrix<double>.Build.DenseOfArray(new double[,] { { 8, 9 }, { 10, 11 }, { 12, 13 } }), model.Decoder);
        Assert.Equal([14, 15, 16], model.DecoderBias);
    }

    [Fact]
    public void ALayoutInATextColumnServesToo()
    {
        var data = s_context.Data.LoadFromEnumerable([new Row { Weights = new float[s_linear.Length], Layout = s_linear.ToJson() }]);
        Assert.Equal((2, 3), (LinearAutoencoderWeights.Read(data).Single().CodeDimension, LinearAutoencoderWeights.Read(data).Single().InputDimension));
    }

    [Fact]
    public void WeightsOfAZooGoIntoTheFormula()
    {
        var source = Gaussians.Moments(3, seed: 131);
        var expected = Gaussians.RandomWeights(3, 2, 0.3, seed: 132);
        float[] values =
        [
            .. expected.Encoder.ToRowMajorArray().Select(value => (float)value), 0, 0,
            .. expected.Decoder.ToRowMajorArray().Select(value => (float)value), 0, 0, 0,
        ];
        var read = LinearAutoencoderWeights.Read(Annotated(values, s_linear)).Single();
        Assert.Equal(LinearAutoencoderInformation.AsPrinted(source, expected, 1).Nats, LinearAutoencoderInformation.AsPrinted(source, read, 1).Nats, 1e-6);
    }

    [Fact]
    public void AConvolutionalModelIsAnError()
    {
        var layout = new WeightLayout([new("encoder.weight", 8, 1, 3, 3), new("encoder.bias", 8), new("decoder.weight", 8, 1, 4, 4), new("decoder.bias", 1)]);
        AssertNotLinear(layout);
    }

    [Fact]
    public void ANonLinearArchitectureOfTheSameTensorsIsAnError() =>
        AssertNotLinear(new WeightLayout(s_linear.Tensors, "LinearAutoencoder(hidden=2, output=Sigmoid) on 1x1x3"));

    [Fact]
    public void AnArchitectureThatIsNotKnownIsAnError() => AssertNotLinear(new WeightLayout(s_linear.Tensors, "VariationalAutoencoder(hidden=2)"));

    [Fact]
    public void AVariationalAutoencoderIsAnError() => AssertNotLinear(new LinearVae(latent: 2).GetLayout(new ImageShape(1, 1, 3)));

    [Fact]
    public void SeveralLinearLayersAreTheirComposition()
    {
        var layout = new LinearAutoencoder([3, 2]).GetLayout(new ImageShape(1, 2, 2));
        var random = Gaussians.Random(133);
        float[] values = [.. Enumerable.Range(0, layout.Length).Select(_ => (float)Gaussians.Next(random))];
        var model = LinearAutoencoderWeights.FromVector(values, layout);
        Matrix<double> Weight(string name)
        {
            int index = layout.IndexOf(name);
            var (rows, columns) = layout.Tensors[index].AsMatrix;
            float[] slice = layout.Slice(values, index).ToArray();
            return Matrix<double>.Build.Dense(rows, columns, (i, j) => slice[(i * columns) + j]);
        }

        Assert.Equal((4, 2), (model.InputDimension, model.CodeDimension));
        Assert.True((Weight("encoder.1.weight") * Weight("encoder.0.weight") - model.Encoder).FrobeniusNorm() < 1e-12);
        Assert.True((Weight("decoder.1.weight") * Weight("decoder.0.weight") - model.Decoder).FrobeniusNorm() < 1e-12);
        var expected = (Weight("encoder.1.weight") * Weight("encoder.0.bias")) + Weight("encoder.1.bias");
        Assert.Equal(expected.Column(0).ToArray(), model.EncoderBias, (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void AModelOfMoreLayersIsAnError() =>
        AssertNotLinear(new WeightLayout([.. s_linear.Tensors, new("decoder.2.weight", 3, 3)]));

    [Fact]
    public void WeightsWithoutALayoutAreAnError()
    {
        var data = s_context.Data.LoadFromEnumerable([new Vectors { Weights = [1, 2, 3] }]);
        Assert.Throws<ArgumentOutOfRangeException>(() => LinearAutoencoderWeights.Read(data));
    }

    private sealed class Vectors
    {
        [VectorType(3)]
        public float[] Weights { get; set; } = [];
    }

    private static void AssertNotLinear(WeightLayout layout)
    {
        var data = Annotated(new float[layout.Length], layout);
        Assert.Contains("no linear autoencoder", Assert.Throws<ArgumentException>(() => LinearAutoencoderWeights.Read(data)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => LinearAutoencoderWeights.FromVector(new float[layout.Length], layout));
    }

    private static IDataView Annotated(float[] weights, WeightLayout layout)
    {
        var schema = SchemaDefinition.Create(typeof(Row));
        schema["Weights"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, weights.Length);
        schema["Weights"].AddAnnotation("WeightLayout", layout.ToJson().AsMemory(), TextDataViewType.Instance);
        return s_context.Data.LoadFromEnumerable([new Row { Weights = weights }], schema);
    }
}
