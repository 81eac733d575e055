namespace MLNetModelSpace;

/// <summary>
/// A variational autoencoder of linear layers (Kingma and Welling, 2014): one for the means, one for the log-variances, one back.
/// Tensors: <c>encoder_mean.weight</c> (latent×C·H·W), <c>encoder_mean.bias</c>, <c>encoder_logvar.weight</c>, <c>encoder_logvar.bias</c>,
/// <c>decoder.weight</c> (C·H·W×latent), <c>decoder.bias</c>.
/// </summary>
/// <remarks>
/// The loss is the mean squared error per pixel plus β·KL(N(μ, σ²) ‖ N(0, I))/(C·H·W), the divergence summed over latents and averaged
/// over the batch. Reconstructions use the means, without a draw.
/// </remarks>
public sealed class LinearVae : Architecture
{
    /// <summary>Describes it.</summary>
    /// <param name="latent">Latents, at least 1. Default: 32.</param>
    /// <param name="beta">Weight of the divergence, 0 or more. Default: 1.</param>
    /// <param name="output">After the decoder. Default: none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value out of its range.</exception>
    public LinearVae(int latent = 32, double beta = 1, OutputActivation output = OutputActivation.Identity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(latent);
        Latent = latent;
        Beta = ArchitectureArguments.Beta(beta);
        Output = ArchitectureArguments.Defined(output);
    }

    /// <summary>Latents.</summary>
    public int Latent { get; }

    /// <summary>Weight of the divergence.</summary>
    public double Beta { get; }

    /// <summary>What the decoder ends in.</summary>
    public OutputActivation Output { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{nameof(LinearVae)}(latent={Latent}{ArchitectureArguments.DescribeBeta(Beta)}{ArchitectureArguments.Describe(Output)})";

    internal static LinearVae FromText(ArchitectureText text) =>
        new(text.Integer("latent", 32), text.Real("beta", 1), text.Choice("output", OutputActivation.Identity));

    internal override AutoencoderModule BuildModule(ImageShape imageShape)
    {
        var mean = new SeededLinear(imageShape.Size, Latent);
        var logVariance = new SeededLinear(imageShape.Size, Latent);
        var decoder = new SeededLinear(Latent, imageShape.Size);
        return new VariationalAutoencoder(nameof(LinearVae), null, mean, logVariance, [decoder], null, imageShape, Beta, Output);
    }

    private protected override IEnumerable<TensorLayout> GetTensors(ImageShape imageShape) =>
    [
        new("encoder_mean.weight", Latent, imageShape.Size),
        new("encoder_mean.bias", Latent),
        new("encoder_logvar.weight", Latent, imageShape.Size),
        new("encoder_logvar.bias", Latent),
        new("decoder.weight", imageShape.Size, Latent),
        new("decoder.bias", imageShape.Size),
    ];
}
