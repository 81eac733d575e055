namespace MLNetModelSpace.Features;

/// <summary>
/// The layers of a network in which each feeds the next, as the layout's wiring has them. A head for a log-variance is a side branch. What canonical forms do not
/// know of is put into the layers: a batch normalisation is folded into the layer before it, heads that share a tensor are taken apart. The chain then has a
/// layout of its own, and <see cref="Prepare"/> gives weights of it.
/// </summary>
internal sealed class NetworkChain
{
    /// <summary>PyTorch's default, which files do not keep.</summary>
    private const double NormalizationEpsilon = 1e-5;

    private readonly List<Part> _parts = [];

    private NetworkChain(WeightLayout source)
    {
        Source = source;
        Layout = source;
        Layers = [];
        Sides = [];
    }

    /// <summary>The layout that the weights come in.</summary>
    public WeightLayout Source { get; }

    /// <summary>The layout of <see cref="Prepare"/>'s weights, which layers' indices are of: the source's, unless something is folded or taken apart.</summary>
    public WeightLayout Layout { get; private set; }

    /// <summary>At least two layers, so that there are hidden units.</summary>
    public IReadOnlyList<ChainLayer> Layers { get; private set; }

    /// <summary>
    /// Side branches, each beside a layer of the chain: it reads the same units, and its outputs are paired with that layer's.
    /// </summary>
    public IReadOnlyList<(ChainLayer Layer, int Beside)> Sides { get; private set; }

    /// <summary>Whether all layers are linear ones.</summary>
    public bool IsDense => Layers.All(layer => layer.Kind == ChainLayerKind.Linear);

    /// <summary>Reads the chain of a layout.</summary>
    /// <exception cref="InvalidOperationException">The wiring is not known, or no chain of two or more layers; it says where it breaks.</exception>
    public static NetworkChain Of(WeightLayout layout)
    {
        Wiring wiring = layout.GetWiring();
        if (wiring.Reason is { } reason)
            throw Refused($"{reason} ({layout})");
        var chain = new NetworkChain(layout);
        chain.Collect(wiring);
        if (chain._parts.Exists(part => part.Norm is not null || part.Half >= 0))
            chain.Layout = chain.OwnLayout();
        chain.Connect();
        return chain;
    }

    /// <summary>Refuses where weights are not taken as they lie.</summary>
    /// <param name="what">What cannot be done then.</param>
    /// <exception cref="InvalidOperationException">A normalisation is folded, or heads are taken apart.</exception>
    public NetworkChain RequirePlain(string what) => ReferenceEquals(Layout, Source)
        ? this
        : throw new InvalidOperationException($"{what} cannot be done for networks with normalisations or with two heads in one tensor; this one is {Source}.");

    /// <summary>The weights in <see cref="Layout"/>.</summary>
    /// <param name="weights">In <see cref="Source"/>.</param>
    /// <param name="prepared">A buffer of the caller's, made where it is needed.</param>
    public ReadOnlySpan<float> Prepare(ReadOnlySpan<float> weights, ref float[]? prepared)
    {
        if (ReferenceEquals(Layout, Source))
            return weights;
        prepared ??= new float[Layout.Length];
        int tensor = 0;
        foreach (Part part in _parts)
        {
            Span<float> weight = Own(prepared, tensor++), bias = part.HasBias ? Own(prepared, tensor++) : default;
            Cut(part, Source.Slice(weights, part.Weight)).CopyTo(weight);
            if (part.Bias >= 0)
                Cut(part, Source.Slice(weights, part.Bias)).CopyTo(bias);
            else
                bias.Clear();
            if (part.Norm is { } norm)
                Fold(weights, norm, part.Kind, weight, bias, Source.Tensors[part.Weight].Shape);
        }

        return prepared;
    }

    private Span<float> Own(float[] prepared, int tensor) => prepared.AsSpan(Layout.OffsetOf(tensor), Layout.Tensors[tensor].Length);

    private static ReadOnlySpan<float> Cut(Part part, ReadOnlySpan<float> values) =>
        part.Half < 0 ? values : values.Slice(part.Half * (values.Length / 2), values.Length / 2);

    /// <summary>y = γ(x − µ)/√(σ² + ε) + β as a scale of the layer's outputs and another bias.</summary>
    private void Fold(ReadOnlySpan<float> weights, Norm norm, WiredLayerKind kind, Span<float> weight, Span<float> bias, ReadOnlySpan<int> shape)
    {
        ReadOnlySpan<float> scale = Source.Slice(weights, norm.Scale), mean = Source.Slice(weights, norm.Mean), variance = Source.Slice(weights, norm.Variance);
        ReadOnlySpan<float> shift = norm.Shift < 0 ? default : Source.Slice(weights, norm.Shift);
        int units = scale.Length, taps = shape.Length == 4 ? shape[2] * shape[3] : 1;
        for (int unit = 0; unit < units; unit++)
        {
            double factor = scale[unit] / Math.Sqrt(variance[unit] + NormalizationEpsilon);
            bias[unit] = (float)(((bias[unit] - mean[unit]) * factor) + (shift.IsEmpty ? 0 : shift[unit]));
            if (kind == WiredLayerKind.TransposedConvolution)
            {
                for (int input = 0; input < shape[0]; input++)
                    Scale(weight.Slice(((input * units) + unit) * taps, taps), factor);
            }
            else
            {
                Scale(weight.Slice(unit * (weight.Length / units), weight.Length / units), factor);
            }
        }
    }

    private static void Scale(Span<float> values, double factor)
    {
        foreach (ref float value in values)
            value = (float)(value * factor);
    }

    /// <summary>The tensors of each layer, and what is folded into it.</summary>
    private void Collect(Wiring wiring)
    {
        foreach (WiredLayer layer in wiring.Layers)
        {
            if (layer.Kind == WiredLayerKind.Normalization)
            {
                FoldInto(layer);
                continue;
            }

            int weight = WiringRules.WeightOf(Source.Tensors, layer.Name), bias = WiringRules.BiasOf(Source.Tensors, layer.Name);
            if (weight < 0)
                throw Refused($"the wiring's layer '{layer.Name}' has no weight ({Source})");
            int rank = layer.Kind is WiredLayerKind.Convolution or WiredLayerKind.TransposedConvolution ? 4 : 2;
            if (Source.Tensors[weight].Rank != rank || Source.Tensors[weight].Length == 0)
                throw Refused($"'{Source.Tensors[weight]}' is no {layer.Kind} ({Source})");
            if (layer.Kind != WiredLayerKind.FusedHeads)
            {
                _parts.Add(new Part(layer.Kind, weight, bias, layer.IsLogVariance));
                continue;
            }

            if (Source.Tensors[weight].Shape[0] % 2 != 0)
                throw Refused($"'{Source.Tensors[weight]}' has no two halves ({Source})");
            _parts.Add(new Part(WiredLayerKind.Linear, weight, bias, false) { Half = 0 });
            _parts.Add(new Part(WiredLayerKind.Linear, weight, bias, true) { Half = 1 });
        }
    }

    private void FoldInto(WiredLayer layer)
    {
        int Find(string what) => Source.IndexOf($"{layer.Name}.{what}");
        if (_parts.Count == 0 || _parts[^1].IsSide || _parts[^1].Norm is not null)
            throw Refused($"the normalisation '{layer.Name}' stands behind no layer that it could be folded into ({Source})");
        var norm = new Norm(Find("weight"), Find("bias"), Find("running_mean"), Find("running_var"));
        if (norm.Mean < 0 || norm.Variance < 0)
        {
            throw Refused(
                $"'{layer.Name}' normalises what stands before it, and the weights hold no running statistics of it: read the model with its buffers ({nameof(BufferHandling)}.{nameof(BufferHandling.Keep)}), where it has any ({Source})");
        }

        Part part = _parts[^1];
        int units = Source.Tensors[part.Weight].Shape[part.Kind == WiredLayerKind.TransposedConvolution ? 1 : 0];
        foreach (int tensor in (int[])[norm.Scale, norm.Shift, norm.Mean, norm.Variance])
        {
            if (tensor >= 0 && Source.Tensors[tensor].Length != units)
                throw Refused($"'{Source.Tensors[tensor]}' does not normalise {units} units ({Source})");
        }

        if (norm.Scale < 0)
            throw Refused($"the normalisation '{layer.Name}' has no scale ({Source})");
        _parts[^1] = part with { Norm = norm };
    }

    private WeightLayout OwnLayout()
    {
        var tensors = new List<TensorLayout>();
        foreach (Part part in _parts)
        {
            TensorLayout weight = Source.Tensors[part.Weight];
            string name = part.Half < 0 ? weight.Name : $"{weight.Name}[{part.Half}]";
            int[] shape = weight.Shape.ToArray();
            if (part.Half >= 0)
                shape[0] /= 2;
            tensors.Add(new TensorLayout(name, shape));
            if (part.HasBias)
                tensors.Add(new TensorLayout($"{name} bias", part.Bias >= 0 ? Source.Tensors[part.Bias].Length / (part.Half < 0 ? 1 : 2) : shape[part.Kind == WiredLayerKind.TransposedConvolution ? 1 : 0]));
        }

        return new WeightLayout(tensors, Source.Architecture);
    }

    /// <summary>Follows the units from layer to layer.</summary>
    private void Connect()
    {
        var layers = new List<ChainLayer>();
        var sides = new List<(ChainLayer, int)>();
        bool own = !ReferenceEquals(Layout, Source);
        int tensor = 0;
        for (int i = 0; i < _parts.Count; i++)
        {
            Part part = _parts[i];
            int weight = own ? tensor++ : part.Weight, bias = !part.HasBias ? -1 : own ? tensor++ : part.Bias;
            if (part.IsSide)
            {
                if (Layout.Tensors[weight].Shape.SequenceEqual(Layout.Tensors[layers[^1].Weight].Shape))
                    sides.Add((layers[^1] with { Weight = weight, Bias = bias }, layers.Count - 1));
                continue;
            }

            Part? next = _parts.Skip(i + 1).FirstOrDefault(other => !other.IsSide);
            layers.Add(Describe(part.Kind, weight, bias, layers.Count > 0 ? layers[^1] : null, next));
        }

        if (layers.Count < 2)
            throw new InvalidOperationException($"Canonical forms need a network with hidden units, of two or more layers; this one is {Source}.");
        (Layers, Sides) = (layers, sides);
    }

    private ChainLayer Describe(WiredLayerKind kind, int weight, int bias, ChainLayer? last, Part? next)
    {
        TensorLayout tensor = Layout.Tensors[weight];
        ReadOnlySpan<int> shape = tensor.Shape;
        int? before = last?.Outputs;
        ChainLayer? layer = kind switch
        {
            WiredLayerKind.Convolution when Fits(before, shape[1]) => new ChainLayer(ChainLayerKind.Convolution, weight, bias, shape[1], shape[0], shape[2] * shape[3]),
            WiredLayerKind.TransposedConvolution when Fits(before, shape[0]) => new ChainLayer(ChainLayerKind.TransposedConvolution, weight, bias, shape[0], shape[1], shape[2] * shape[3]),
            WiredLayerKind.Linear => DescribeLinear(weight, bias, shape[1], shape[0], last, next),
            _ => null,
        };
        if (layer is null || (bias >= 0 && Layout.Tensors[bias].Length != layer.Biases))
            throw Refused($"'{tensor}' does not follow {before?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "no"} units ({Source})");
        return layer;
    }

    /// <summary>A linear layer, which may read a flattened feature map behind a convolution, or write one for the convolution behind it.</summary>
    private ChainLayer? DescribeLinear(int weight, int bias, int inputs, int outputs, ChainLayer? last, Part? next)
    {
        if (next is { Kind: WiredLayerKind.Convolution or WiredLayerKind.TransposedConvolution })
        {
            int channels = Source.Tensors[next.Weight].Shape[next.Kind == WiredLayerKind.TransposedConvolution ? 0 : 1];
            if (Fits(last?.Outputs, inputs) && channels > 0 && outputs != channels && outputs % channels == 0)
                return new ChainLayer(ChainLayerKind.Unflattening, weight, bias, inputs, channels, outputs / channels);
        }

        int units = last?.Outputs ?? inputs;
        bool flattened = last is { Kind: ChainLayerKind.Convolution or ChainLayerKind.TransposedConvolution };
        return units == inputs || (flattened && units > 0 && inputs % units == 0) ? new ChainLayer(ChainLayerKind.Linear, weight, bias, units, outputs, inputs / units) : null;
    }

    private static bool Fits(int? before, int inputs) => before is null || before == inputs;

    private static InvalidOperationException Refused(string what) => new($"Canonical forms need a chain of linear or convolutional layers; {what}.");

    /// <summary>Indices of a normalisation's tensors; no shift is -1.</summary>
    private sealed record Norm(int Scale, int Shift, int Mean, int Variance);

    /// <summary>A layer's tensors in the source.</summary>
    private sealed record Part(WiredLayerKind Kind, int Weight, int Bias, bool IsSide)
    {
        /// <summary>Which half of the tensor, or -1 for all of it.</summary>
        public int Half { get; init; } = -1;

        public Norm? Norm { get; init; }

        public bool HasBias => Bias >= 0 || Norm is not null;
    }
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
