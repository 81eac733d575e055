using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Features;

/// <summary>Layouts and seeded weights for tests.</summary>
internal static class Models
{
    public static WeightLayout Linear(int hidden = 4, int inputs = 9) => new(
        [
            new TensorLayout("encoder.weight", hidden, inputs), new TensorLayout("encoder.bias", hidden),
            new TensorLayout("decoder.weight", inputs, hidden), new TensorLayout("decoder.bias", inputs),
        ],
        $"LinearAutoencoder(hidden={hidden})");

    public static WeightLayout Convolutional(int channels, int images, int kernel, int decoderKernel) => new(
    [
        new TensorLayout("encoder.weight", channels, images, kernel, kernel), new TensorLayout("encoder.bias", channels),
        new TensorLayout("decoder.weight", channels, images, decoderKernel, decoderKernel), new TensorLayout("decoder.bias", images),
    ]);

    /// <summary>Linear layers of these widths and back.</summary>
    public static WeightLayout Deep(params int[] widths)
    {
        int[] sizes = [.. widths, .. widths.Reverse().Skip(1)];
        return new(Enumerable.Range(0, sizes.Length - 1).SelectMany(i => new[]
        {
            new TensorLayout($"layer{i}.weight", sizes[i + 1], sizes[i]), new TensorLayout($"layer{i}.bias", sizes[i + 1]),
        }));
    }

    public static WeightLayout DeepConvolutional() => new(
    [
        new TensorLayout("encoder.0.weight", 4, 1, 3, 3), new TensorLayout("encoder.0.bias", 4),
        new TensorLayout("encoder.1.weight", 5, 4, 3, 3), new TensorLayout("encoder.1.bias", 5),
        new TensorLayout("decoder.0.weight", 5, 4, 2, 2), new TensorLayout("decoder.0.bias", 4),
        new TensorLayout("decoder.1.weight", 4, 1, 3, 3), new TensorLayout("decoder.1.bias", 1),
    ]);

    /// <summary>A convolution, a linear layer each way behind the flattened channels, and a transposed convolution.</summary>
    public static WeightLayout ConvolutionalVae() => new(
    [
        new TensorLayout("encoder.weight", 4, 1, 3, 3), new TensorLayout("encoder.bias", 4),
        new TensorLayout("encoder_mean.weight", 3, 24), new TensorLayout("encoder_mean.bias", 3),
        new TensorLayout("encoder_logvar.weight", 3, 24), new TensorLayout("encoder_logvar.bias", 3),
        new TensorLayout("decoder.0.weight", 24, 3), new TensorLayout("decoder.0.bias", 24),
        new TensorLayout("decoder.1.weight", 4, 1, 3, 3), new TensorLayout("decoder.1.bias", 1),
    ]);

    public static WeightLayout Single(params int[] shape) => new([new TensorLayout("weight", shape)]);

    public static float[] Random(int length, int seed, double scale = 1)
    {
        var random = new Random(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++)
            values[i] = (float)(scale * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return values;
    }

    public static float[][] Zoo(WeightLayout layout, int count, int seed = 1) =>
        [.. Enumerable.Range(0, count).Select(i => Random(layout.Length, (seed * 1000) + i))];

    /// <summary>A view whose rows say their layout in a text column.</summary>
    public static IDataView View(MLContext ml, WeightLayout layout, params float[][] weights) =>
        ml.Data.LoadFromEnumerable(weights.Select(row => new WeightRow { Weights = row, Layout = layout.ToJson() }));

    /// <summary>A view that says nothing about layouts.</summary>
    public static IDataView Plain(MLContext ml, params float[][] weights) =>
        ml.Data.LoadFromEnumerable(weights.Select(row => new PlainRow { Weights = row }));

    public static float[][] Features(IDataView data, string column = "Features") =>
        [.. data.GetColumn<float[]>(column)];

    public static string[] Slots(IDataView data, string column = "Features")
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        data.Schema[column].GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    /// <summary>Features of one model.</summary>
    public static float[] Vectorize(VectorizeWeightsEstimator.Options options, WeightLayout layout, params float[][] weights)
    {
        var ml = new MLContext(1);
        IDataView view = View(ml, layout, weights);
        return Features(ml.ModelSpace().Transforms.VectorizeWeights(options).Fit(view).Transform(view))[0];
    }

    /// <summary>Saves a transformer, and loads it in another context.</summary>
    public static ITransformer Reload(MLContext ml, ITransformer model, IDataView view)
    {
        using var stream = new MemoryStream();
        ml.Model.Save(model, view.Schema, stream);
        stream.Position = 0;
        var fresh = new MLContext();
        return fresh.Model.Load(stream, out _);
    }

    /// <summary>The cause behind what ML.NET wraps.</summary>
    public static T Cause<T>(Action action)
        where T : Exception
    {
        Exception error = Assert.ThrowsAny<Exception>(action);
        return Assert.IsType<T>(error.GetBaseException());
    }
}
