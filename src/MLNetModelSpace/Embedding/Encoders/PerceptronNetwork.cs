using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetModelSpace.Embedding;

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
