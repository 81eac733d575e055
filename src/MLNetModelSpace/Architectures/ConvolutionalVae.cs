namespace MLNetModelSpace;

/// <summary>
/// A variational autoencoder with a convolution in front of its two linear heads, and a linear layer and a transposed convolution back;
/// ReLU after the convolution and before the transposed one. Tensors: <c>encoder.weight</c> (channels×C×k×k), <c>encoder.bias</c>,
/// <c>encoder_mean.weight</c> (latent×channels·h·w), <c>encoder_mean.bias</c>, <c>encoder_logvar.*</c>, <c>decoder.0.weight</c>
/// (channels·h·w×latent), <c>decoder.0.bias</c>, <c>decoder.1.weight</c> (channels×C×k×k), <c>decoder.1.bias</c>.
/// </summary>
/// <remarks>The loss is that of <see cref="LinearVae"/>.</remarks>
public sealed class ConvolutionalVae : Architecture
{
    /// <summary>Describes it.</summary>
    /// <param name="channels">Output channels of the convolution, at least 1. Default: 8.</param>
    /// <param name="latent">Latents, at least 1. Default: 16.</param>
    /// <param name="kernel">Height and width of the kernel in pixels, at least 1. Default: 7.</param>
    /// <param name="stride">Step in pixels, at least 1. Default: 7.</param>
    /// <param name="padding">Zeros on each side, 0 or more and smaller than the kernel. Default: 0.</param>
    /// <param name="decoderKernel">Kernel of the transposed convolution. Default: the one that gives back the image's size.</param>
    /// <param name="beta">Weight of the divergence, 0 or more. Default: 1.</param>
    /// <param name="output">After the decoder. Default: none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value out of its range.</exception>
    public ConvolutionalVae(
        int channels = 8, int latent = 16, int kernel = 7, int stride = 7, int padding = 0, int? decoderKernel = null, double beta = 1,
        OutputActivation output = OutputActivation.Identity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(latent);
        ConvolutionGeometry.Check(kernel, stride, padding, decoderKernel);
        Channels = channels;
        Latent = latent;
        Kernel = kernel;
        Stride = stride;
        Padding = padding;
        DecoderKernel = decoderKernel;
        Beta = ArchitectureArguments.Beta(beta);
        Output = ArchitectureArguments.Defined(output);
    }

    /// <summary>Output channels of the convolution.</summary>
    public int Channels { get; }

    /// <summary>Latents.</summary>
    public int Latent { get; }

    /// <summary>Height and width of the kernel in pixels.</summary>
    public int Kernel { get; }

    /// <summary>Step in pixels.</summary>
    public int Stride { get; }

    /// <summary>Zeros on each side.</summary>
    public int Padding { get; }

    /// <summary>Kernel of the transposed convolution; null for the one that gives back the size.</summary>
    public int? DecoderKernel { get; }

    /// <summary>Weight of the divergence.</summary>
    public double Beta { get; }

    /// <summary>What the decoder ends in.</summary>
    public OutputActivation Output { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{nameof(ConvolutionalVae)}(channels={Channels}, latent={Latent}, kernel={Kernel}, stride={Stride}, padding={Padding}" +
        $"{ArchitectureArguments.Describe("decoderKernel", DecoderKernel)}{ArchitectureArguments.DescribeBeta(Beta)}{ArchitectureArguments.Describe(Output)})";

    internal static ConvolutionalVae FromText(ArchitectureText text) => new(
        text.Integer("channels", 8), text.Integer("latent", 16), text.Integer("kernel", 7), text.Integer("stride", 7), text.Integer("padding", 0),
        text.OptionalInteger("decoderKernel"), text.Real("beta", 1), text.Choice("output", OutputActivation.Identity));

    internal override bool EndsInSigmoid => Output == OutputActivation.Sigmoid;

    internal override Network GetNetwork(ImageShape imageShape)
    {
        (int height, int width, int decoderKernel) = GetCode(imageShape);
        FeatureShape image = FeatureShape.Of(imageShape), code = new(Channels, height, width), latent = FeatureShape.Vector(Latent);
        return new Network(
            [new NetworkLayer("encoder", LayerKind.Convolution, image, code, HiddenActivation.ReLU, Kernel, Stride, Padding)],
            new NetworkLayer("encoder_mean", LayerKind.Linear, code, latent),
            new NetworkLayer("encoder_logvar", LayerKind.Linear, code, latent),
            [
                new NetworkLayer("decoder.0", LayerKind.Linear, latent, code, HiddenActivation.ReLU),
                new NetworkLayer(
                    "decoder.1", LayerKind.TransposedConvolution, code, image, ArchitectureArguments.Last(Output), decoderKernel, Stride, Padding),
            ],
            Beta);
    }

    private protected override void CheckShape(ImageShape imageShape)
    {
        base.CheckShape(imageShape);
        GetCode(imageShape);
    }

    private (int Height, int Width, int DecoderKernel) GetCode(ImageShape image)
    {
        (int Height, int Width) code = (
            ConvolutionGeometry.Convolve(image.Height, Kernel, Stride, Padding, image),
            ConvolutionGeometry.Convolve(image.Width, Kernel, Stride, Padding, image));
        int kernel = ConvolutionGeometry.DecoderKernel(code, (image.Height, image.Width), Stride, Padding, DecoderKernel, image);
        return (code.Height, code.Width, kernel);
    }
}
