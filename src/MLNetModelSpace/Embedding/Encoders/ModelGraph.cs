namespace MLNetModelSpace.Embedding;

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

    public ModelGraph(NetworkChain chain)
    {
        _chain = chain.RequirePlain("Graphs of neurons");
        int last = chain.Layers.Count - 1;
        var parts = new List<GraphPart>();
        for (int i = 0; i <= last; i++)
        {
            ChainLayer layer = chain.Layers[i];
            if (i < last)
                parts.Add(new GraphPart(i, true, layer.Outputs, layer.Inputs * layer.Taps));
            if (i > 0)
                parts.Add(new GraphPart(i, false, layer.Inputs, layer.Outputs * layer.Taps));
        }

        for (int i = 0; i <= last; i++)
            parts.Add(new GraphPart(i, null, chain.Layers[i].Outputs, chain.Layers[i].Biases / chain.Layers[i].Outputs));
        Parts = parts;
    }

    public WeightLayout Layout => _chain.Layout;

    public IReadOnlyList<ChainLayer> Layers => _chain.Layers;

    /// <summary>Edges to outputs and to inputs of every layer that has hidden nodes there, then biases of every layer.</summary>
    public IReadOnlyList<GraphPart> Parts { get; }

    /// <summary>Writes one part of a model: nodes × features. A layer without biases has zeros.</summary>
    public void Copy(ReadOnlySpan<float> weights, GraphPart part, Span<float> destination)
    {
        ChainLayer layer = _chain.Layers[part.Layer];
        if (part.Incoming is not { } incoming)
        {
            if (layer.Bias < 0)
                destination.Clear();
            else
                Layout.Slice(weights, layer.Bias).CopyTo(destination);
            return;
        }

        ReadOnlySpan<float> values = Layout.Slice(weights, layer.Weight);
        int rows = part.Nodes, columns = part.Features / layer.Taps, taps = layer.Taps;
        int row = incoming ? layer.OffsetOf(0, 1, 0) : layer.OffsetOf(1, 0, 0), column = incoming ? layer.OffsetOf(1, 0, 0) : layer.OffsetOf(0, 1, 0);
        int tap = layer.OffsetOf(0, 0, 1);
        if (column == taps && row == columns * taps && (tap == 1 || taps == 1))
            values.CopyTo(destination);
        else
            Turn(values, destination, (rows, columns, taps), (row, column, tap));
    }

    /// <summary>Copies numbers that lie with those strides, in squares that stay in the nearest cache.</summary>
    private static void Turn(ReadOnlySpan<float> values, Span<float> destination, (int Rows, int Columns, int Taps) counts, (int Row, int Column, int Tap) strides)
    {
        const int side = 16;
        for (int top = 0; top < counts.Rows; top += side)
        {
            int bottom = Math.Min(top + side, counts.Rows);
            for (int left = 0; left < counts.Columns; left += side)
            {
                int right = Math.Min(left + side, counts.Columns);
                for (int row = top; row < bottom; row++)
                {
                    int to = ((row * counts.Columns) + left) * counts.Taps, from = (row * strides.Row) + (left * strides.Column);
                    if (counts.Taps == 1)
                    {
                        ref float source = ref System.Runtime.InteropServices.MemoryMarshal.GetReference(values[from..]);
                        Span<float> line = destination.Slice(to, right - left);
                        for (int i = 0; i < line.Length; i++)
                            line[i] = System.Runtime.CompilerServices.Unsafe.Add(ref source, i * strides.Column);
                        continue;
                    }

                    for (int column = left; column < right; column++, from += strides.Column)
                    {
                        for (int tap = 0; tap < counts.Taps; tap++)
                            destination[to++] = values[from + (tap * strides.Tap)];
                    }
                }
            }
        }
    }
}

/// <summary>One part of a <see cref="ModelGraph"/>.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Incoming">True for edges by their outputs, false for edges by their inputs, null for biases.</param>
/// <param name="Nodes">Rows: receiving nodes.</param>
/// <param name="Features">Columns: senders times taps, or biases a node.</param>
internal sealed record GraphPart(int Layer, bool? Incoming, int Nodes, int Features);
