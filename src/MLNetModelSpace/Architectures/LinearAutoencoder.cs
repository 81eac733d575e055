namespace MLNetModelSpace;

/// <summary>
/// An autoencoder of linear layers: with its defaults one each way, x̂ = W₂(W₁x + b₁) + b₂ (paper, section 3, proof of theorem 1, part 2).
/// Tensors: <c>encoder.weight</c> (hidden×C·H·W), <c>encoder.bias</c>, <c>decoder.weight</c> (C·H·W×hidden), <c>decoder.bias</c>; with
/// several widths <c>encoder.0.weight</c> and so on.
/// </summary>
public sealed class LinearAutoencoder : Architecture
{
    private readonly int[] _widths;

    /// <summary>One linear layer each way.</summary>
    /// <param name="hidden">Units of the code, at least 1. Default: 32.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="hidden"/> is not positive.</exception>
    public LinearAutoencoder(int hidden = 32)
        : this([hidden])
    {
    }

    /// <summary>Several linear layers each way; the decoder mirrors the encoder.</summary>
    /// <param name="widths">Units of each layer of the encoder, the last being the code; each at least 1.</param>
    /// <param name="activation">Between layers. Default: none, so that the whole remains a linear map.</param>
    /// <param name="output">After the decoder's last layer. Default: none.</param>
    /// <exception cref="ArgumentException">No widths.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A width is not positive, or an activation is unknown.</exception>
    public LinearAutoencoder(
        IEnumerable<int> widths, HiddenActivation activation = HiddenActivation.Identity, OutputActivation output = OutputActivation.Identity)
    {
        _widths = ArchitectureArguments.Widths(widths, "hidden");
        Activation = ArchitectureArguments.Defined(activation);
        Output = ArchitectureArguments.Defined(output);
    }

    /// <summary>Units of the code.</summary>
    public int Hidden => _widths[^1];

    /// <summary>Units of each layer of the encoder.</summary>
    public IReadOnlyList<int> Widths => _widths;

    /// <summary>What stands between layers.</summary>
    public HiddenActivation Activation { get; }

    /// <summary>What the decoder ends in.</summary>
    public OutputActivation Output { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{nameof(LinearAutoencoder)}(hidden={string.Join('-', _widths)}{ArchitectureArguments.Describe(Activation, HiddenActivation.Identity)}{ArchitectureArguments.Describe(Output)})";

    internal static LinearAutoencoder FromText(ArchitectureText text) => new(
        text.Integers("hidden"), text.Choice("activation", HiddenActivation.Identity), text.Choice("output", OutputActivation.Identity));

    internal override bool EndsInSigmoid => Output == OutputActivation.Sigmoid;

    internal override Network GetNetwork(ImageShape imageShape)
    {
        int[] sizes = [imageShape.Size, .. _widths];
        int depth = _widths.Length;
        var encoder = new NetworkLayer[depth];
        var decoder = new NetworkLayer[depth];
        for (int i = 0; i < depth; i++)
        {
            int from = sizes[depth - i], to = sizes[depth - i - 1];
            bool last = i == depth - 1;
            encoder[i] = new NetworkLayer(
                ArchitectureArguments.LayerName("encoder", i, depth), LayerKind.Linear,
                i == 0 ? FeatureShape.Of(imageShape) : FeatureShape.Vector(sizes[i]), FeatureShape.Vector(sizes[i + 1]), Activation);
            decoder[i] = new NetworkLayer(
                ArchitectureArguments.LayerName("decoder", i, depth), LayerKind.Linear, FeatureShape.Vector(from),
                last ? FeatureShape.Of(imageShape) : FeatureShape.Vector(to), last ? ArchitectureArguments.Last(Output) : Activation);
        }

        return new Network(encoder, null, null, decoder);
    }
}
