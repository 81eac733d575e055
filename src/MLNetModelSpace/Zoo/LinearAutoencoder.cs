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

    internal override AutoencoderModule BuildModule(ImageShape imageShape)
    {
        int[] sizes = [imageShape.Size, .. _widths];
        int depth = _widths.Length;
        var encoder = new SeededLayer[depth];
        var decoder = new SeededLayer[depth];
        for (int i = 0; i < depth; i++)
            encoder[i] = new SeededLinear(sizes[i], sizes[i + 1]);
        for (int i = 0; i < depth; i++)
            decoder[i] = new SeededLinear(sizes[depth - i], sizes[depth - i - 1]);
        return new StackedAutoencoder(nameof(LinearAutoencoder), encoder, decoder, imageShape, flatten: true, Activation, Output);
    }

    private protected override IEnumerable<TensorLayout> GetTensors(ImageShape imageShape)
    {
        int[] sizes = [imageShape.Size, .. _widths];
        int depth = _widths.Length;
        for (int i = 0; i < depth; i++)
        {
            string name = ArchitectureArguments.LayerName("encoder", i, depth);
            yield return new TensorLayout($"{name}.weight", sizes[i + 1], sizes[i]);
            yield return new TensorLayout($"{name}.bias", sizes[i + 1]);
        }

        for (int i = 0; i < depth; i++)
        {
            string name = ArchitectureArguments.LayerName("decoder", i, depth);
            yield return new TensorLayout($"{name}.weight", sizes[depth - i - 1], sizes[depth - i]);
            yield return new TensorLayout($"{name}.bias", sizes[depth - i - 1]);
        }
    }
}
