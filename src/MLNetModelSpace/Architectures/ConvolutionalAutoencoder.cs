namespace MLNetModelSpace;

/// <summary>
/// An autoencoder of convolutions and as many transposed convolutions, with ReLU between; with one width, one each way (paper, section 4.1).
/// Tensors: <c>encoder.weight</c> (channels×C×k×k), <c>encoder.bias</c>, <c>decoder.weight</c> (channels×C×k×k), <c>decoder.bias</c>; with
/// several widths <c>encoder.0.weight</c> and so on.
/// </summary>
/// <remarks>
/// Two settings are of interest. Kernel 7, stride 7, 8 channels (the default) codes each 7×7 patch of 49 pixels in 8 numbers: a real
/// bottleneck. Kernel 3, stride 2, padding 1, 8 channels codes 784 pixels in 1,568 numbers: overcomplete, it can copy its input whatever the data are.
/// </remarks>
public sealed class ConvolutionalAutoencoder : Architecture
{
    private readonly int[] _channels;

    /// <summary>One convolution and one transposed convolution.</summary>
    /// <param name="channels">Output channels of the convolution, at least 1. Default: 8.</param>
    /// <param name="kernel">Height and width of the kernel in pixels, at least 1. Default: 7.</param>
    /// <param name="stride">Step in pixels, at least 1. Default: 7.</param>
    /// <param name="padding">Zeros on each side, 0 or more and smaller than the kernel. Default: 0.</param>
    /// <param name="decoderKernel">Kernel of the transposed convolution. Default: the one that gives back the image's size.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value out of its range.</exception>
    public ConvolutionalAutoencoder(int channels = 8, int kernel = 7, int stride = 7, int padding = 0, int? decoderKernel = null)
        : this([channels], kernel, stride, padding, decoderKernel)
    {
    }

    /// <summary>Several convolutions of the same kernel, stride and padding; the decoder mirrors them.</summary>
    /// <param name="channels">Output channels of each convolution; each at least 1.</param>
    /// <param name="kernel">Height and width of the kernels in pixels, at least 1.</param>
    /// <param name="stride">Step in pixels, at least 1.</param>
    /// <param name="padding">Zeros on each side, 0 or more and smaller than the kernel.</param>
    /// <param name="decoderKernel">Kernel of the transposed convolutions. Default: for each the one that gives back its stage's size.</param>
    /// <param name="activation">After every layer but the last. Default: ReLU.</param>
    /// <param name="output">After the last layer. Default: none.</param>
    /// <exception cref="ArgumentException">No channels.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value out of its range.</exception>
    public ConvolutionalAutoencoder(
        IEnumerable<int> channels, int kernel, int stride, int padding = 0, int? decoderKernel = null,
        HiddenActivation activation = HiddenActivation.ReLU, OutputActivation output = OutputActivation.Identity)
    {
        _channels = ArchitectureArguments.Widths(channels, nameof(channels));
        ConvolutionGeometry.Check(kernel, stride, padding, decoderKernel);
        Kernel = kernel;
        Stride = stride;
        Padding = padding;
        DecoderKernel = decoderKernel;
        Activation = ArchitectureArguments.Defined(activation);
        Output = ArchitectureArguments.Defined(output);
    }

    /// <summary>Output channels of each convolution.</summary>
    public IReadOnlyList<int> Channels => _channels;

    /// <summary>Height and width of the kernels in pixels.</summary>
    public int Kernel { get; }

    /// <summary>Step in pixels.</summary>
    public int Stride { get; }

    /// <summary>Zeros on each side.</summary>
    public int Padding { get; }

    /// <summary>Kernel of the transposed convolutions; null for the one that gives back the size.</summary>
    public int? DecoderKernel { get; }

    /// <summary>What stands between layers.</summary>
    public HiddenActivation Activation { get; }

    /// <summary>What the decoder ends in.</summary>
    public OutputActivation Output { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{nameof(ConvolutionalAutoencoder)}(channels={string.Join('-', _channels)}, kernel={Kernel}, stride={Stride}, padding={Padding}" +
        $"{ArchitectureArguments.Describe("decoderKernel", DecoderKernel)}{ArchitectureArguments.Describe(Activation, HiddenActivation.ReLU)}{ArchitectureArguments.Describe(Output)})";

    internal static ConvolutionalAutoencoder FromText(ArchitectureText text) => new(
        text.Integers("channels"), text.Integer("kernel", 7), text.Integer("stride", 7), text.Integer("padding", 0),
        text.OptionalInteger("decoderKernel"), text.Choice("activation", HiddenActivation.ReLU), text.Choice("output", OutputActivation.Identity));

    internal override bool EndsInSigmoid => Output == OutputActivation.Sigmoid;

    internal override Network GetNetwork(ImageShape imageShape)
    {
        (FeatureShape Input, FeatureShape Output, int DecoderKernel)[] stages = GetStages(imageShape);
        int depth = stages.Length;
        var encoder = new NetworkLayer[depth];
        var decoder = new NetworkLayer[depth];
        for (int i = 0; i < depth; i++)
        {
            (FeatureShape input, FeatureShape output, _) = stages[i];
            encoder[i] = new NetworkLayer(
                ArchitectureArguments.LayerName("encoder", i, depth), LayerKind.Convolution, input, output, Activation, Kernel, Stride, Padding);
            (FeatureShape to, FeatureShape from, int kernel) = stages[depth - i - 1];
            decoder[i] = new NetworkLayer(
                ArchitectureArguments.LayerName("decoder", i, depth), LayerKind.TransposedConvolution, from, to,
                i == depth - 1 ? ArchitectureArguments.Last(Output) : Activation, kernel, Stride, Padding);
        }

        return new Network(encoder, null, null, decoder);
    }

    private protected override void CheckShape(ImageShape imageShape)
    {
        base.CheckShape(imageShape);
        GetStages(imageShape);
    }

    private (FeatureShape Input, FeatureShape Output, int DecoderKernel)[] GetStages(ImageShape image)
    {
        var stages = new (FeatureShape Input, FeatureShape Output, int DecoderKernel)[_channels.Length];
        FeatureShape input = FeatureShape.Of(image);
        for (int i = 0; i < stages.Length; i++)
        {
            var output = new FeatureShape(
                _channels[i],
                ConvolutionGeometry.Convolve(input.Height, Kernel, Stride, Padding, image),
                ConvolutionGeometry.Convolve(input.Width, Kernel, Stride, Padding, image));
            int kernel = ConvolutionGeometry.DecoderKernel(
                (output.Height, output.Width), (input.Height, input.Width), Stride, Padding, DecoderKernel, image);
            stages[i] = (input, output, kernel);
            input = output;
        }

        return stages;
    }
}
