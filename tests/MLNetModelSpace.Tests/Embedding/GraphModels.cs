using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Embedding;

// Reaches internals: hidden units are put in another order by the layers that the product finds, whatever their names.
/// <summary>Small models with random weights, and their hidden units in another order.</summary>
internal static class GraphModels
{
    private static readonly ImageShape s_image = new(1, 4, 4);

    public static readonly WeightLayout Dense = new LinearAutoencoder(3).GetLayout(s_image);

    /// <summary>Two dense hidden layers between input and output, so that messages pass from hidden nodes to hidden nodes.</summary>
    public static readonly WeightLayout Deep = new(
    [
        new TensorLayout("0.weight", 5, 6), new TensorLayout("0.bias", 5),
        new TensorLayout("1.weight", 3, 5), new TensorLayout("1.bias", 3),
        new TensorLayout("2.weight", 4, 3), new TensorLayout("2.bias", 4),
        new TensorLayout("3.weight", 6, 4), new TensorLayout("3.bias", 6),
    ]);

    public static readonly WeightLayout Convolutional = new(
    [
        new TensorLayout("encoder.weight", 3, 1, 2, 2), new TensorLayout("encoder.bias", 3),
        new TensorLayout("decoder.weight", 3, 1, 2, 2), new TensorLayout("decoder.bias", 1),
    ]);

    public static float[] Random(WeightLayout layout, int seed)
    {
        var random = new Random(seed);
        float[] weights = new float[layout.Length];
        for (int i = 0; i < weights.Length; i++)
            weights[i] = (float)((random.NextDouble() * 2) - 1);
        return weights;
    }

    /// <summary>Random models of random shares.</summary>
    public static IDataView View(MLContext ml, WeightLayout layout, int count)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Row));
        definition[nameof(Row.Weights)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, layout.Length);
        var random = new Random(1);
        Row[] rows = [.. Enumerable.Range(0, count).Select(i => new Row { Weights = Random(layout, i), Shares = SyntheticZoo.Shares(random) })];
        return ml.Data.LoadFromEnumerable(rows, definition);
    }

    /// <summary>The same model with the units of every hidden layer shuffled.</summary>
    public static float[] Permute(WeightLayout layout, float[] weights, int seed)
    {
        var random = new Random(seed);
        NetworkChain chain = NetworkChain.Of(layout);
        float[] result = [.. weights];
        for (int i = 0; i + 1 < chain.Layers.Count; i++)
        {
            ChainLayer layer = chain.Layers[i], next = chain.Layers[i + 1];
            int[] order = EmbeddingEvaluator.Shuffled(layer.Outputs, random);
            float[] before = [.. result];
            for (int unit = 0; unit < order.Length; unit++)
            {
                Copy(layer, layer.Inputs, (input, tap) => (layer.OffsetOf(input, unit, tap), layer.OffsetOf(input, order[unit], tap)));
                Copy(next, next.Outputs, (output, tap) => (next.OffsetOf(unit, output, tap), next.OffsetOf(order[unit], output, tap)));
                int bias = layout.OffsetOf(layer.Bias);
                result[bias + unit] = before[bias + order[unit]];
            }

            void Copy(ChainLayer of, int others, Func<int, int, (int To, int From)> place)
            {
                int offset = layout.OffsetOf(of.Weight);
                for (int other = 0; other < others; other++)
                {
                    for (int tap = 0; tap < of.Taps; tap++)
                    {
                        (int to, int from) = place(other, tap);
                        result[offset + to] = before[offset + from];
                    }
                }
            }
        }

        return result;
    }

    private sealed class Row
    {
        public float[] Weights { get; set; } = [];

        [VectorType(3)]
        public float[] Shares { get; set; } = [];
    }
}
