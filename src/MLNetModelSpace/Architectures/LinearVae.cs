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

    internal override bool EndsInSigmoid => Output == OutputActivation.Sigmoid;

    internal override Network GetNetwork(ImageShape imageShape)
    {
        FeatureShape image = FeatureShape.Of(imageShape), latent = FeatureShape.Vector(Latent);
        return new Network(
            [],
            new NetworkLayer("encoder_mean", LayerKind.Linear, image, latent),
            new NetworkLayer("encoder_logvar", LayerKind.Linear, image, latent),
            [new NetworkLayer("decoder", LayerKind.Linear, latent, image, ArchitectureArguments.Last(Output))],
            Beta);
    }
}
