using Tensor = TorchSharp.torch.Tensor;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace MLNetModelSpace.Embedding;

/// <summary>The graphs of several models of one layout, scaled as in training. Each model's part begins on a cache line. Used by one thread at a time.</summary>
internal sealed class GraphStack : IDisposable
{
    private readonly ModelGraph _graph;
    private readonly float[] _scales;
    private readonly StackTensor[] _memory;
    private readonly Tensor[] _all;
    private Tensor[] _some = [];
    private int _models;

    /// <param name="layout">Of the models.</param>
    /// <param name="models">The most at a time.</param>
    /// <param name="scales">What each block is multiplied by.</param>
    public GraphStack(WeightLayout layout, int models, float[] scales)
    {
        _graph = new ModelGraph(NetworkChain.Of(layout));
        _scales = scales;
        (_memory, _all) = TorchScope.Keep(() =>
        {
            StackTensor[] memory =
                [.. _graph.Blocks.Select(block => new StackTensor(StackOrder.ModelsFirst, models, block.Nodes * block.Features, TorchSharp.torch.CPU))];
            return (memory, memory.Select((values, i) => values.Stacked(_graph.Blocks[i].Nodes, _graph.Blocks[i].Features)).ToArray());
        });
    }

    /// <summary>Blocks of the models, each [models×nodes×features].</summary>
    public IReadOnlyList<Tensor> Blocks => _some;

    /// <summary>Takes the place of the models before.</summary>
    public void Load(IReadOnlyList<ModelRow> models)
    {
        for (int i = 0; i < _memory.Length; i++)
        {
            for (int model = 0; model < models.Count; model++)
            {
                Span<float> values = _memory[i].Model(model);
                _graph.Copy(models[model].Weights, _graph.Blocks[i], values);
                TensorPrimitives.Multiply(values, _scales[i], values);
            }
        }

        if (_models == models.Count)
            return;
        Release();
        _models = models.Count;
        _some = TorchScope.Keep(() => Array.ConvertAll(_all, block => block.narrow(0, 0, _models)));
    }

    public void Dispose()
    {
        Release();
        foreach (Tensor block in _all)
            block.Dispose();
        foreach (StackTensor memory in _memory)
            memory.Dispose();
    }

    private void Release()
    {
        foreach (Tensor block in _some)
            block.Dispose();
    }
}
