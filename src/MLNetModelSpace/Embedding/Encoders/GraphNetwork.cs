using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace MLNetModelSpace.Embedding;

/// <summary>A message-passing network in training, over graphs that stay in memory.</summary>
internal sealed class GraphNetwork : EmbeddingNetwork
{
    private const int PoolBatch = 64;

    private readonly MessagePassing _function;
    private readonly GraphData _data;
    private readonly Tensor _mean;
    private readonly Tensor _scale;

    public GraphNetwork(Generator generator, MessagePassing function, GraphData data)
    {
        _function = function;
        _data = data;
        foreach ((long[] shape, long fanIn) in function.ParameterShapes)
            Uniform(generator, 1 / Math.Sqrt(fanIn), shape);
        Standardization = FitPool();
        _mean = NativeTensors.Of(Standardization.Mean, Standardization.Count).DetachFromDisposeScope();
        _scale = NativeTensors.Of(Standardization.Scale, Standardization.Count).DetachFromDisposeScope();
    }

    /// <summary>
    /// What sums are standardised with: fitted on the training models before the first step and fixed from then on, so that the
    /// perceptron begins with inputs of one size, whatever the size of the network.
    /// </summary>
    public Standardization Standardization { get; }

    public override Tensor Forward(Tensor rows) =>
        _function.Head(Parameters, (_function.Pool(Parameters, _data.Select(rows)) - _mean) * _scale);

    public override void Dispose()
    {
        _mean.Dispose();
        _scale.Dispose();
        base.Dispose();
    }

    private Standardization FitPool()
    {
        using IDisposable inference = no_grad();
        float[] sums = new float[_data.Count * _function.Pooled];
        for (int start = 0; start < _data.Count; start += PoolBatch)
        {
            using var scope = NewDisposeScope();
            int end = Math.Min(start + PoolBatch, _data.Count);
            Tensor pooled = _function.Pool(Parameters, _data.Select(arange(start, end, int64, CPU)));
            pooled.data<float>().ToArray().CopyTo(sums.AsSpan(start * _function.Pooled, (end - start) * _function.Pooled));
        }

        return Standardization.Fit(ColumnMatrix.FromFlat(sums, _data.Count, _function.Pooled));
    }
}

/// <summary>
/// A message-passing network over <see cref="ModelGraph"/>, as a function of its parameters. Messages run along the weights in
/// both directions: from the input nodes, each with a learned feature vector, to the hidden nodes behind them, and from the
/// output nodes back. Hidden nodes of one layer share every parameter and are summed at the end, so that their order does not
/// matter; the product of the two messages of a node, summed, is the response uᵀW₂W₁v of a linear autoencoder.
/// </summary>
internal sealed class MessagePassing
{
    private readonly ModelGraph _graph;
    private readonly int _width;

    public MessagePassing(ModelGraph graph, int width, IReadOnlyList<int> hidden, int outputSize)
    {
        _graph = graph;
        _width = width;
        int last = graph.Layers.Count - 1;
        var shapes = new List<(long[] Shape, long FanIn)>();
        ChainLayer first = graph.Layers[0], final = graph.Layers[last];
        long inputs = (long)first.Inputs * first.Taps, outputs = (long)final.Outputs * final.Taps;
        shapes.Add(([inputs, width], inputs));
        shapes.Add(([outputs, width], outputs));
        for (int i = 1; i < last; i++)
        {
            // Between hidden layers every tap has a map of its own, in each direction.
            shapes.Add(([width, (long)graph.Layers[i].Taps * width], width));
            shapes.Add(([width, (long)graph.Layers[i].Taps * width], width));
        }

        for (int i = 0; i < last; i++)
        {
            int biases = graph.Layers[i].Biases / graph.Layers[i].Outputs;
            shapes.Add(([width, (2 * width) + biases], (2 * width) + biases));
            shapes.Add(([width], (2 * width) + biases));
        }

        shapes.Add(([final.Biases, width], final.Biases));
        Pooled = (2 * width * last) + width;
        MessageParameters = shapes.Count;
        int size = Pooled;
        foreach (int next in hidden.Append(outputSize))
        {
            shapes.Add(([next, size], size));
            shapes.Add(([next], size));
            size = next;
        }

        ParameterShapes = shapes;
    }

    /// <summary>Shapes of all parameters in order, and how many values feed one output of each.</summary>
    public IReadOnlyList<(long[] Shape, long FanIn)> ParameterShapes { get; }

    /// <summary>How many parameters belong to the messages; the rest to the perceptron behind the sum.</summary>
    public int MessageParameters { get; }

    /// <summary>Values a model is summed into.</summary>
    public int Pooled { get; }

    /// <summary>What the hidden nodes sum to: [B×Pooled].</summary>
    /// <param name="parameters">Of the messages, in order.</param>
    /// <param name="parts">Those of the graph, each [B×nodes×features].</param>
    /// <param name="each">
    /// Whether each model has products of its own, so that its numbers depend neither on the others nor on its place; slower to train, where gradients of all models meet.
    /// </param>
    public Tensor Pool(IReadOnlyList<Tensor> parameters, IReadOnlyList<Tensor> parts, bool each = false)
    {
        // Parameters: input nodes, output nodes; a map forward and one back for every layer between hidden ones; then the updates.
        int last = _graph.Layers.Count - 1, next = 2 * last;
        var forward = new Tensor[last];
        var backward = new Tensor[last];
        forward[0] = Times(Part(parts, 0, true), parameters[0], each);
        backward[last - 1] = Times(Part(parts, last, false), parameters[1], each);
        for (int i = 1; i < last; i++)
        {
            int back = last - i;
            forward[i] = Through(parts, i, true, forward[i - 1], parameters[2 * i], each);
            backward[back - 1] = Through(parts, back, false, backward[back], parameters[(2 * back) + 1], each);
        }

        var sums = new List<Tensor>();
        for (int i = 0; i < last; i++, next += 2)
        {
            Tensor biases = Part(parts, i, null);
            TorchSharp.Scalar scale = TorchNumbers.Of(1 / Math.Sqrt(_graph.Layers[i].Outputs));
            sums.Add((forward[i] * backward[i]).sum(1) * scale);                                          // [B×C]
            Tensor state = cat([forward[i], backward[i], biases], 2);                                     // [B×n×(2C+b)]
            Tensor updated = each
                ? Times(state, parameters[next].t(), each) + parameters[next + 1]
                : nn.functional.linear(state, parameters[next], parameters[next + 1]);
            sums.Add(updated.relu().sum(1) * scale);
        }

        Tensor outputBiases = Part(parts, last, null);
        Tensor lines = outputBiases.reshape(outputBiases.shape[0], 1, -1);
        sums.Add(Times(lines, parameters[next], each).squeeze(1));                                        // [B×C]
        return cat(sums, 1);
    }

    /// <summary>The perceptron over standardised sums: [B×Pooled] → [B×D].</summary>
    public Tensor Head(IReadOnlyList<Tensor> parameters, Tensor standardized)
    {
        Tensor value = standardized;
        for (int i = MessageParameters; i < parameters.Count; i += 2)
        {
            value = nn.functional.linear(value, parameters[i], parameters[i + 1]);
            if (i + 2 < parameters.Count)
                value = value.relu();
        }

        return value;
    }

    /// <summary>The same of one model, from and to memory.</summary>
    /// <param name="parameters">All, in order.</param>
    /// <param name="standardized">The model's sums.</param>
    /// <param name="output">Receives as many numbers as an embedding has.</param>
    public void Head(float[][] parameters, ReadOnlySpan<float> standardized, Span<float> output)
    {
        ReadOnlySpan<float> value = standardized;
        for (int i = MessageParameters; i < parameters.Length; i += 2)
        {
            bool isLast = i + 2 == parameters.Length;
            Span<float> next = isLast ? output : new float[parameters[i + 1].Length];
            for (int o = 0; o < next.Length; o++)
            {
                float sum = TensorPrimitives.Dot(parameters[i].AsSpan(o * value.Length, value.Length), value) + parameters[i + 1][o];
                next[o] = isLast ? sum : Math.Max(0, sum);
            }

            value = next;
        }
    }

    /// <summary>[B×n×k]·[k×C], of edges or states with what belongs to all models.</summary>
    private static Tensor Times(Tensor models, Tensor shared, bool each) =>
        each ? models.bmm(shared.expand(models.shape[0], -1, -1)) : models.matmul(shared);

    /// <summary>Messages from hidden nodes: their states, mapped anew for every tap, along the edges.</summary>
    private Tensor Through(IReadOnlyList<Tensor> parts, int layer, bool incoming, Tensor states, Tensor map, bool each)
    {
        Tensor mapped = Times(states.relu(), map, each);                                                       // [B×s×(t·C)]
        Tensor senders = mapped.reshape(mapped.shape[0], mapped.shape[1] * _graph.Layers[layer].Taps, _width);
        return Part(parts, layer, incoming).bmm(senders);                                               // [B×n×C]
    }

    private Tensor Part(IReadOnlyList<Tensor> parts, int layer, bool? incoming)
    {
        for (int i = 0; i < parts.Count; i++)
        {
            if (_graph.Parts[i].Layer == layer && _graph.Parts[i].Incoming == incoming)
                return parts[i];
        }

        throw new InvalidOperationException($"Layer {layer} has no such part.");
    }
}
