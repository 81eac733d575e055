namespace MLNetModelSpace;

/// <summary>
/// A model as a graph: neurons (channels, for convolutions) are nodes with their biases as features, weights are edges with the
/// taps of a kernel as features. Nodes of the first and the last layer are pixels or colours and keep their identity; those
/// between may be permuted without changing what the model computes.
/// </summary>
/// <remarks>
/// Edges are laid out as messages need them: a row for each receiving hidden node. The first layer's go to its outputs, the last
/// layer's to its inputs, those of a layer between to both.
/// </remarks>
internal sealed class ModelGraph
{
    private readonly NetworkChain _chain;
    private readonly double[] _scratch;

    public ModelGraph(NetworkChain chain)
    {
        _chain = chain;
        int last = chain.Layers.Count - 1;
        var blocks = new List<GraphBlock>();
        for (int i = 0; i <= last; i++)
        {
            ChainLayer layer = chain.Layers[i];
            if (i < last)
                blocks.Add(new GraphBlock(i, true, layer.Outputs, layer.Inputs * layer.Taps));
            if (i > 0)
                blocks.Add(new GraphBlock(i, false, layer.Inputs, layer.Outputs * layer.Taps));
        }

        for (int i = 0; i <= last; i++)
            blocks.Add(new GraphBlock(i, null, chain.Layers[i].Outputs, chain.Layers[i].Biases / chain.Layers[i].Outputs));
        Blocks = blocks;
        _scratch = new double[blocks.Max(block => block.Nodes * block.Features)];
    }

    /// <summary>A copy for another thread.</summary>
    public ModelGraph Clone() => new(_chain);

    public WeightLayout Layout => _chain.Layout;

    public IReadOnlyList<ChainLayer> Layers => _chain.Layers;

    /// <summary>Edges to outputs and to inputs of every layer that has hidden nodes there, then biases of every layer.</summary>
    public IReadOnlyList<GraphBlock> Blocks { get; }

    /// <summary>Writes one block of a model: nodes × features. A layer without biases has zeros.</summary>
    public void Copy(ReadOnlySpan<float> weights, GraphBlock block, Span<float> destination)
    {
        ChainLayer layer = _chain.Layers[block.Layer];
        if (block.Incoming is not { } incoming)
        {
            if (layer.Bias < 0)
                destination.Clear();
            else
                Layout.Slice(weights, layer.Bias).CopyTo(destination);
            return;
        }

        Span<double> values = _scratch.AsSpan(0, block.Nodes * block.Features);
        if (incoming)
            layer.CopyIncoming(Layout.Slice(weights, layer.Weight), values);
        else
            layer.CopyOutgoing(Layout.Slice(weights, layer.Weight), values);
        for (int i = 0; i < values.Length; i++)
            destination[i] = (float)values[i];
    }
}
