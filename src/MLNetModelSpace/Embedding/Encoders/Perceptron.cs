using System.Numerics.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace MLNetModelSpace.Embedding;

/// <summary>An encoder in training: its parameters and its raw outputs for chosen training models.</summary>
internal abstract class EmbeddingNetwork : IDisposable
{
    private readonly List<Parameter> _parameters = [];

    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>Raw outputs [B×D] for models given by their rows (Int64 [B]).</summary>
    public abstract Tensor Forward(Tensor rows);

    /// <summary>A parameter drawn from U(−bound, bound) by a generator of one's own, so that no other training is disturbed.</summary>
    protected Parameter Uniform(Generator generator, double bound, params long[] shape)
    {
        using var scope = NewDisposeScope();
        Tensor values = (rand(shape, float32, CPU, false, generator) * TorchNumbers.Of(2 * bound)) - TorchNumbers.Of(bound);
        return Keep(values);
    }

    protected Parameter Zeros(params long[] shape)
    {
        using var scope = NewDisposeScope();
        return Keep(zeros(shape, float32, CPU));
    }

    public virtual void Dispose()
    {
        foreach (Parameter parameter in _parameters)
            parameter.Dispose();
    }

    /// <summary>The values of all parameters, in order.</summary>
    public float[][] Snapshot()
    {
        float[][] values = new float[_parameters.Count][];
        for (int i = 0; i < values.Length; i++)
        {
            using Tensor detached = _parameters[i].detach();
            values[i] = detached.data<float>().ToArray();
        }

        return values;
    }

    private Parameter Keep(Tensor values)
    {
        var parameter = new Parameter(values.detach().clone().DetachFromDisposeScope());
        parameter.DetachFromDisposeScope();
        _parameters.Add(parameter);
        return parameter;
    }
}

/// <summary>The multilayer perceptron in training, over standardised inputs that stay in one tensor.</summary>
internal sealed class PerceptronNetwork : EmbeddingNetwork
{
    private readonly Tensor _inputs;
    private readonly Generator _generator;
    private readonly double _noise;
    private readonly List<(Parameter Weight, Parameter Bias)> _layers = [];

    /// <summary>Weights and biases drawn as <c>nn.Linear</c> draws them: U(−1/√in, 1/√in).</summary>
    public PerceptronNetwork(Generator generator, float[] inputs, int inputSize, IReadOnlyList<int> hidden, int outputSize, double noise = 0)
    {
        _generator = generator;
        _noise = noise;
        _inputs = NativeTensors.Of(inputs, inputs.Length / inputSize, inputSize).DetachFromDisposeScope();
        int width = inputSize;
        foreach (int next in hidden.Append(outputSize))
        {
            double bound = 1 / Math.Sqrt(width);
            _layers.Add((Uniform(generator, bound, next, width), Uniform(generator, bound, next)));
            width = next;
        }
    }

    public override Tensor Forward(Tensor rows)
    {
        Tensor value = _inputs.index_select(0, rows);                                  // [B×in]
        if (_noise > 0 && is_grad_enabled())
            value = value + (randn([rows.shape[0], _inputs.shape[1]], float32, CPU, false, _generator) * TorchNumbers.Of(_noise));
        return Apply(value);
    }

    public Tensor Apply(Tensor value)
    {
        for (int i = 0; i < _layers.Count; i++)
        {
            value = nn.functional.linear(value, _layers[i].Weight, _layers[i].Bias);   // [B×out]
            if (i < _layers.Count - 1)
                value = value.relu();
        }

        return value;
    }

    public override void Dispose()
    {
        _inputs.Dispose();
        base.Dispose();
    }
}

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
