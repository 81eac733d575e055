namespace MLNetModelSpace.Features;

/// <summary>
/// The layers of a network in which each feeds the next, read from the names and shapes of its tensors: <c>X.weight</c> of two
/// dimensions is a linear layer, of four a convolution, or a transposed one where only that fits the layer before (or, where both
/// fit, where its name begins with <c>decoder</c>); <c>X.bias</c> belongs to it. A linear layer behind a convolution reads its
/// flattened channels. A head for a log-variance, as variational
/// autoencoders have, is a side branch and left out.
/// </summary>
internal sealed class NetworkChain
{
    private NetworkChain(WeightLayout layout, ChainLayer[] layers, (ChainLayer Layer, int Beside)[] sides)
    {
        Layout = layout;
        Layers = layers;
        Sides = sides;
    }

    public WeightLayout Layout { get; }

    /// <summary>At least two layers, so that there are hidden units.</summary>
    public IReadOnlyList<ChainLayer> Layers { get; }

    /// <summary>
    /// Side branches, each beside a layer of the chain: it reads the same units, and its outputs are paired with that layer's.
    /// </summary>
    public IReadOnlyList<(ChainLayer Layer, int Beside)> Sides { get; }

    /// <summary>Whether all layers are linear ones.</summary>
    public bool IsDense => Layers.All(layer => layer.Kind == ChainLayerKind.Linear);

    /// <summary>Reads the chain of a layout.</summary>
    /// <exception cref="InvalidOperationException">The tensors form no chain of two or more layers; it says where it breaks.</exception>
    public static NetworkChain Of(WeightLayout layout)
    {
        var layers = new List<ChainLayer>();
        int[] matrices = [.. Enumerable.Range(0, layout.Tensors.Count).Where(i => layout.Tensors[i].Rank >= 2 && !IsLogVariance(layout.Tensors[i]))];
        for (int i = 0; i < matrices.Length; i++)
        {
            TensorLayout? next = i + 1 < matrices.Length ? layout.Tensors[matrices[i + 1]] : null;
            layers.Add(Describe(layout, matrices[i], layers.Count > 0 ? layers[^1].Outputs : null, next));
        }

        if (layers.Count < 2)
            throw new InvalidOperationException($"Canonical forms need a network with hidden units, of two or more layers; this one is {layout}.");
        return new NetworkChain(layout, [.. layers], [.. FindSides(layout, layers)]);
    }

    /// <summary>A log-variance head lies beside the layer of its own shape in front of it.</summary>
    private static IEnumerable<(ChainLayer Layer, int Beside)> FindSides(WeightLayout layout, List<ChainLayer> layers)
    {
        for (int i = 0; i < layout.Tensors.Count; i++)
        {
            TensorLayout tensor = layout.Tensors[i];
            if (tensor.Rank < 2 || !IsLogVariance(tensor))
                continue;
            int beside = layers.FindLastIndex(layer => layer.Weight < i && layout.Tensors[layer.Weight].Shape.SequenceEqual(tensor.Shape));
            int bias = layout.IndexOf(tensor.Name[..^"weight".Length] + "bias");
            if (beside >= 0)
                yield return (layers[beside] with { Weight = i, Bias = bias }, beside);
        }
    }

    private static ChainLayer Describe(WeightLayout layout, int index, int? before, TensorLayout? next)
    {
        TensorLayout tensor = layout.Tensors[index];
        ReadOnlySpan<int> shape = tensor.Shape;
        int bias = tensor.Name.EndsWith(".weight", StringComparison.Ordinal) ? layout.IndexOf(tensor.Name[..^"weight".Length] + "bias") : -1;
        ChainLayer? layer = null;
        if (tensor.Rank == 2)
            layer = DescribeLinear(index, bias, shape[1], shape[0], before, next);
        else if (tensor.Rank == 4)
        {
            bool plain = Fits(before, shape[1]), transposed = Fits(before, shape[0]);
            bool decodes = Decodes(tensor);
            int taps = shape[2] * shape[3];
            if (transposed && (decodes || !plain))
                layer = new ChainLayer(ChainLayerKind.TransposedConvolution, index, bias, shape[0], shape[1], taps);
            else if (plain)
                layer = new ChainLayer(ChainLayerKind.Convolution, index, bias, shape[1], shape[0], taps);
        }

        if (layer is null || tensor.Length == 0 || (bias >= 0 && layout.Tensors[bias].Length != layer.Biases))
        {
            throw new InvalidOperationException(
                $"Canonical forms need a chain of linear or convolutional layers; '{tensor}' does not follow {before?.ToString() ?? "no"} units ({layout}).");
        }

        return layer;
    }

    /// <summary>A linear layer, which may read a flattened feature map, or write one for the convolution behind it.</summary>
    private static ChainLayer? DescribeLinear(int index, int bias, int inputs, int outputs, int? before, TensorLayout? next)
    {
        if (next is { Rank: 4 } kernel)
        {
            int channels = kernel.Shape[Decodes(kernel) ? 0 : 1];
            if (Fits(before, inputs) && channels > 0 && outputs != channels && outputs % channels == 0)
                return new ChainLayer(ChainLayerKind.Unflattening, index, bias, inputs, channels, outputs / channels);
        }

        int units = before ?? inputs;
        return units > 0 && inputs % units == 0 ? new ChainLayer(ChainLayerKind.Linear, index, bias, units, outputs, inputs / units) : null;
    }

    private static bool Decodes(TensorLayout tensor) => tensor.Name.StartsWith("decoder", StringComparison.Ordinal);

    private static bool IsLogVariance(TensorLayout tensor) =>
        tensor.Name.Replace("_", "", StringComparison.Ordinal).Contains("logvar", StringComparison.OrdinalIgnoreCase);

    private static bool Fits(int? before, int inputs) => before is null || before == inputs;
}

/// <summary>One layer of a chain: where its weights and biases are, and how its units are connected.</summary>
/// <param name="Kind">How the weights lie.</param>
/// <param name="Weight">Index of the weight tensor in the layout.</param>
/// <param name="Bias">Index of the bias tensor, or -1.</param>
/// <param name="Inputs">Units (features or channels) that come in.</param>
/// <param name="Outputs">Units that come out.</param>
/// <param name="Taps">Weights between one pair of units: 1, or kH·kW.</param>
internal sealed record ChainLayer(ChainLayerKind Kind, int Weight, int Bias, int Inputs, int Outputs, int Taps)
{
    /// <summary>How many biases it has.</summary>
    public int Biases => Kind == ChainLayerKind.Unflattening ? Outputs * Taps : Outputs;

    /// <summary>Where weight <paramref name="tap"/> from unit <paramref name="input"/> to unit <paramref name="output"/> stands in the tensor.</summary>
    public int OffsetOf(int input, int output, int tap) => Kind switch
    {
        ChainLayerKind.Unflattening => (((output * Taps) + tap) * Inputs) + input,
        ChainLayerKind.TransposedConvolution => (((input * Outputs) + output) * Taps) + tap,
        _ => (((output * Inputs) + input) * Taps) + tap,
    };

    /// <summary>Copies the weights into a row for each output unit: outputs × (inputs·taps).</summary>
    public void CopyIncoming(ReadOnlySpan<float> weights, Span<double> rows)
    {
        for (int output = 0; output < Outputs; output++)
        {
            for (int input = 0; input < Inputs; input++)
                Copy(weights, input, output, rows[(((output * Inputs) + input) * Taps)..]);
        }
    }

    /// <summary>Copies the weights into a row for each input unit: inputs × (outputs·taps).</summary>
    public void CopyOutgoing(ReadOnlySpan<float> weights, Span<double> rows)
    {
        for (int input = 0; input < Inputs; input++)
        {
            for (int output = 0; output < Outputs; output++)
                Copy(weights, input, output, rows[(((input * Outputs) + output) * Taps)..]);
        }
    }

    /// <summary>Sums the weights between each pair of units, which is the response to a constant image: inputs × outputs.</summary>
    public void SumTaps(ReadOnlySpan<float> weights, Span<double> sums)
    {
        for (int input = 0; input < Inputs; input++)
        {
            for (int output = 0; output < Outputs; output++)
            {
                double sum = 0;
                for (int tap = 0; tap < Taps; tap++)
                    sum += weights[OffsetOf(input, output, tap)];
                sums[(input * Outputs) + output] = sum;
            }
        }
    }

    private void Copy(ReadOnlySpan<float> weights, int input, int output, Span<double> destination)
    {
        int offset = OffsetOf(input, output, 0);
        int step = Kind == ChainLayerKind.Unflattening ? Inputs : 1;
        for (int tap = 0; tap < Taps; tap++)
            destination[tap] = weights[offset + (tap * step)];
    }
}

/// <summary>How a layer of a chain lies in its weight tensor.</summary>
internal enum ChainLayerKind
{
    /// <summary>[outputs, inputs·taps]: taps are 1, or the places of a feature map that was flattened.</summary>
    Linear,

    /// <summary>[outputs·taps, inputs]: a linear layer whose outputs become a feature map of so many places.</summary>
    Unflattening,

    /// <summary>[outputs, inputs, kH, kW].</summary>
    Convolution,

    /// <summary>[inputs, outputs, kH, kW].</summary>
    TransposedConvolution,
}
