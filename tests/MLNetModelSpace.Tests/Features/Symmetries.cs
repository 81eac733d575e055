namespace MLNetModelSpace.Tests.Features;

// Reaches internals: the layers that a symmetry goes over are those that the product finds, whatever their names.
/// <summary>Networks that are the same function with other weights.</summary>
internal static class Symmetries
{
    /// <summary>Hidden units in another order, each scaled by a positive factor where wanted.</summary>
    public static float[] PermuteAndScale(WeightLayout layout, float[] weights, int seed, bool scale)
    {
        NetworkChain chain = NetworkChain.Of(layout);
        var random = new Random(seed);
        float[] result = [.. weights];
        for (int l = 0; l + 1 < chain.Layers.Count; l++)
        {
            ChainLayer layer = chain.Layers[l], next = chain.Layers[l + 1];
            int[] order = [.. Enumerable.Range(0, layer.Outputs)];
            random.Shuffle(order);
            float[] before = [.. result];
            int taps = layer.Biases / layer.Outputs;
            for (int place = 0; place < layer.Outputs; place++)
            {
                // Powers of two, so that scaling costs no digit.
                float factor = scale ? MathF.Pow(2, random.Next(-2, 3)) : 1;
                for (int input = 0; input < layer.Inputs; input++)
                {
                    for (int t = 0; t < layer.Taps; t++)
                        result[layout.OffsetOf(layer.Weight) + layer.OffsetOf(input, place, t)] = factor * before[layout.OffsetOf(layer.Weight) + layer.OffsetOf(input, order[place], t)];
                }

                for (int output = 0; output < next.Outputs; output++)
                {
                    for (int t = 0; t < next.Taps; t++)
                        result[layout.OffsetOf(next.Weight) + next.OffsetOf(place, output, t)] = before[layout.OffsetOf(next.Weight) + next.OffsetOf(order[place], output, t)] / factor;
                }

                foreach ((ChainLayer side, int beside) in chain.Sides)
                {
                    int start = layout.OffsetOf(side.Weight);
                    for (int other = 0; beside == l + 1 && other < side.Outputs; other++)
                    {
                        for (int t = 0; t < side.Taps; t++)
                            result[start + side.OffsetOf(place, other, t)] = before[start + side.OffsetOf(order[place], other, t)] / factor;
                    }

                    for (int other = 0; beside == l && other < side.Inputs; other++)
                    {
                        for (int t = 0; t < side.Taps; t++)
                            result[start + side.OffsetOf(other, place, t)] = before[start + side.OffsetOf(other, order[place], t)];
                    }

                    if (beside == l)
                        result[layout.OffsetOf(side.Bias) + place] = before[layout.OffsetOf(side.Bias) + order[place]];
                }

                for (int t = 0; layer.Bias >= 0 && t < taps; t++)
                    result[layout.OffsetOf(layer.Bias) + (place * taps) + t] = factor * before[layout.OffsetOf(layer.Bias) + (order[place] * taps) + t];
            }
        }

        return result;
    }

    /// <summary>A linear autoencoder with its code mapped by an invertible matrix and back.</summary>
    public static float[] MapCode(WeightLayout layout, float[] weights, int seed)
    {
        var builder = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build;
        int hidden = layout.Tensors[0].Shape[0], inputs = layout.Tensors[0].Shape[1];
        var encoder = builder.DenseOfRowMajor(hidden, inputs + 1, Enumerable.Range(0, hidden).SelectMany(
            h => weights.Skip(h * inputs).Take(inputs).Append(weights[(hidden * inputs) + h]).Select(value => (double)value)));
        var decoder = builder.DenseOfRowMajor(inputs, hidden, weights.Skip(hidden * (inputs + 1)).Take(inputs * hidden).Select(value => (double)value));
        float[] noise = Models.Random(hidden * hidden, seed, 0.3);
        var map = builder.Dense(hidden, hidden, (i, j) => noise[(i * hidden) + j] + (i == j ? 2 : 0));
        encoder = map * encoder;
        decoder *= map.Inverse();
        return
        [
            .. encoder.SubMatrix(0, hidden, 0, inputs).ToRowMajorArray().Select(value => (float)value),
            .. encoder.Column(inputs).Select(value => (float)value),
            .. decoder.ToRowMajorArray().Select(value => (float)value),
            .. weights.Skip(weights.Length - inputs),
        ];
    }
}
