using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests;

/// <summary>Layouts and seeded weights for tests.</summary>
internal static class Models
{
    public static WeightLayout Linear(int hidden = 4, int inputs = 9) => new(
        [
            new TensorLayout("encoder.weight", hidden, inputs), new TensorLayout("encoder.bias", hidden),
            new TensorLayout("decoder.weight", inputs, hidden), new TensorLayout("decoder.bias", inputs),
        ],
        $"LinearAutoencoder(hidden={hidden})");

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
        return Features(ml.ModelSpace().VectorizeWeights(options).Fit(view).Transform(view))[0];
    }

    /// <summary>Saves a transformer, and loads it in another context.</summary>
    public static ITransformer Reload(MLContext ml, ITransformer model, IDataView view)
    {
        using var stream = new MemoryStream();
        ml.Model.Save(model, view.Schema, stream);
        stream.Position = 0;
        var fresh = new MLContext();
        fresh.ModelSpace();
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
