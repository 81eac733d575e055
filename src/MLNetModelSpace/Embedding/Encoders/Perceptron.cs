using System.Numerics.Tensors;

namespace MLNetModelSpace.Embedding;

/// <summary>
/// A trained multilayer perceptron as plain arrays: standardise, then linear layers with rectifiers between. Immutable, so
/// any number of threads may apply it.
/// </summary>
internal sealed class Perceptron
{
    private const int MaxWidth = 1 << 24;
    private const int MaxLayers = 64;

    private readonly Standardization _standardization;
    private readonly float[][] _weights;
    private readonly float[][] _biases;

    /// <summary>Layers alternate weight [out×in] and bias [out].</summary>
    public Perceptron(Standardization standardization, float[][] layers)
    {
        if (layers.Length == 0 || layers.Length % 2 != 0)
            throw new InvalidDataException($"A perceptron has {layers.Length} arrays; expected weight and bias of every layer.");
        _standardization = standardization;
        _weights = new float[layers.Length / 2][];
        _biases = new float[layers.Length / 2][];
        int width = standardization.Count;
        for (int i = 0; i < _weights.Length; i++)
        {
            (_weights[i], _biases[i]) = (layers[2 * i], layers[(2 * i) + 1]);
            if (_biases[i].Length == 0 || _weights[i].Length != (long)_biases[i].Length * width)
                throw new InvalidDataException($"Layer {i} of a perceptron has {_weights[i].Length} weights; expected {_biases[i].Length}×{width}.");
            width = _biases[i].Length;
        }
    }

    public int InputSize => _standardization.Count;

    public int OutputSize => _biases[^1].Length;

    public void Apply(ReadOnlySpan<float> input, Span<float> output)
    {
        float[] current = new float[input.Length];
        _standardization.Apply(input, current);
        for (int layer = 0; layer < _weights.Length; layer++)
        {
            bool last = layer == _weights.Length - 1;
            float[] next = new float[_biases[layer].Length];
            ReadOnlySpan<float> weights = _weights[layer];
            for (int row = 0; row < next.Length; row++)
            {
                float sum = TensorPrimitives.Dot(weights.Slice(row * current.Length, current.Length), current) + _biases[layer][row];
                next[row] = last ? sum : MathF.Max(sum, 0);
            }

            current = next;
        }

        current.CopyTo(output);
    }

    public void Write(BinaryWriter writer)
    {
        _standardization.Write(writer);
        writer.Write(_weights.Length);
        for (int i = 0; i < _weights.Length; i++)
        {
            ModelContent.WriteFloats(writer, _weights[i]);
            ModelContent.WriteFloats(writer, _biases[i]);
        }
    }

    public static Perceptron Read(BinaryReader reader)
    {
        Standardization standardization = Standardization.Read(reader);
        float[][] layers = new float[2 * ModelContent.ReadCount(reader, "layers", 1, MaxLayers)][];
        for (int i = 0; i < layers.Length; i++)
            layers[i] = ModelContent.ReadFloats(reader, i % 2 == 0 ? "weights" : "biases", i % 2 == 0 ? int.MaxValue / sizeof(float) : MaxWidth);
        return new Perceptron(standardization, layers);
    }
}
