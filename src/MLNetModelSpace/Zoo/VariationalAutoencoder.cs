using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace;

/// <summary>
/// A variational autoencoder (Kingma and Welling, 2014): the encoder gives a mean and a log-variance of each latent, the
/// decoder reconstructs from a draw (reparameterised), and the loss adds β times the divergence from N(0, I) (Higgins et al., 2017).
/// </summary>
internal sealed class VariationalAutoencoder : AutoencoderModule
{
    private readonly SeededLayer? _body;
    private readonly SeededLayer _mean;
    private readonly SeededLayer _logVariance;
    private readonly SeededLayer[] _decoder;
    private readonly double _beta;
    private readonly bool _flatten;
    private readonly long[] _flat;
    private readonly long[] _images;
    private readonly long[]? _code;
    private readonly int _pixels;

    /// <param name="name">Of the architecture.</param>
    /// <param name="body">A convolution before the two heads, or null where the heads see the image.</param>
    /// <param name="mean">The head of the means: n×in → n×latent.</param>
    /// <param name="logVariance">The head of the log-variances.</param>
    /// <param name="decoder">One linear layer, or a linear layer and a transposed convolution.</param>
    /// <param name="codeShape">C, H, W of what the transposed convolution takes; null where there is none.</param>
    /// <param name="imageShape">The shape of one image.</param>
    /// <param name="beta">Weight of the divergence.</param>
    /// <param name="output">After the decoder's last layer.</param>
    public VariationalAutoencoder(
        string name, SeededLayer? body, SeededLayer mean, SeededLayer logVariance, SeededLayer[] decoder, long[]? codeShape,
        ImageShape imageShape, double beta, OutputActivation output)
        : base(name, output)
    {
        _body = body;
        _mean = mean;
        _logVariance = logVariance;
        _decoder = decoder;
        _beta = beta;
        _flatten = body is null;
        _flat = [-1, imageShape.Size];
        _images = [-1, imageShape.Channels, imageShape.Height, imageShape.Width];
        _code = codeShape is null ? null : [-1, .. codeShape];
        _pixels = imageShape.Size;
        if (body is not null)
            register_module("encoder", body);
        register_module("encoder_mean", mean);
        register_module("encoder_logvar", logVariance);
        RegisterHalf("decoder", decoder);
    }

    /// <summary>The means, without a draw: n×latent.</summary>
    public override Tensor Encode(Tensor images) => _mean.forward(Body(images));

    public override Tensor Decode(Tensor code)
    {
        Tensor x = _decoder[0].forward(code);
        if (_code is not null)
            x = _decoder[1].forward(nn.functional.relu(x).view(_code));
        return Finish(x).view(_images);
    }

    public override Tensor Loss(Tensor images, Generator generator)
    {
        Tensor body = Body(images);
        Tensor mean = _mean.forward(body);
        Tensor logVariance = _logVariance.forward(body);
        Tensor noise = randn(mean.shape, generator: generator);
        Tensor draw = mean + (noise * (logVariance * 0.5).exp());
        Tensor reconstruction = nn.functional.mse_loss(Decode(draw), images);
        // KL(N(μ, σ²) ‖ N(0, 1)) summed over latents, mean over the batch; divided by the pixels, as the other term is a mean over them.
        Tensor divergence = ((mean * mean) + logVariance.exp() - logVariance - 1).sum() * (0.5 / images.shape[0]);
        return reconstruction + (divergence * (_beta / _pixels));
    }

    private Tensor Body(Tensor images)
    {
        if (_flatten)
            return images.view(_flat);
        Tensor x = nn.functional.relu(_body!.forward(images));
        return x.view([x.shape[0], -1]);
    }
}
