namespace MLNetModelSpace.Architectures;

/// <summary>Channels, height and width of what flows between layers; a plain vector has height and width 1.</summary>
internal readonly record struct FeatureShape(int Channels, int Height, int Width)
{
    public int Positions => checked(Height * Width);

    public int Size => checked(Channels * Height * Width);

    public static FeatureShape Vector(int size) => new(size, 1, 1);

    public static FeatureShape Of(ImageShape image) => new(image.Channels, image.Height, image.Width);
}

internal enum LayerKind
{
    /// <summary>W (outputs×inputs) on the flattened input, channels first.</summary>
    Linear,

    /// <summary>W (out×in×k×k).</summary>
    Convolution,

    /// <summary>W (in×out×k×k).</summary>
    TransposedConvolution,
}

/// <summary>A layer with weights and biases, and what stands behind it.</summary>
/// <param name="Name">What its tensors' names begin with.</param>
/// <param name="Kind">What it computes.</param>
/// <param name="Input">What comes in.</param>
/// <param name="Output">What comes out.</param>
/// <param name="Activation">After it.</param>
/// <param name="Kernel">Height and width of a convolution's kernel.</param>
/// <param name="Stride">Of a convolution.</param>
/// <param name="Padding">Of a convolution.</param>
internal sealed record NetworkLayer(
    string Name, LayerKind Kind, FeatureShape Input, FeatureShape Output, HiddenActivation Activation = HiddenActivation.Identity,
    int Kernel = 1, int Stride = 1, int Padding = 0)
{
    public TensorLayout Weight => Kind switch
    {
        LayerKind.Linear => new TensorLayout($"{Name}.weight", Output.Size, Input.Size),
        LayerKind.Convolution => new TensorLayout($"{Name}.weight", Output.Channels, Input.Channels, Kernel, Kernel),
        _ => new TensorLayout($"{Name}.weight", Input.Channels, Output.Channels, Kernel, Kernel),
    };

    public TensorLayout Bias => new($"{Name}.bias", Kind == LayerKind.Linear ? Output.Size : Output.Channels);

    /// <summary>As PyTorch counts it; for a transposed convolution that is the weight's second dimension, the outputs.</summary>
    public long FanIn => Kind switch
    {
        LayerKind.Linear => Input.Size,
        LayerKind.Convolution => (long)Input.Channels * Kernel * Kernel,
        _ => (long)Output.Channels * Kernel * Kernel,
    };
}

/// <summary>
/// An architecture for images of one shape, layer by layer: what its layout, its module and its stacks are made from. An autoencoder's code is the last layer of
/// the encoder; a variational autoencoder has a mean and a log-variance layer behind the encoder, which may be empty.
/// </summary>
/// <param name="Encoder">Layers in order.</param>
/// <param name="Mean">The mean of each latent; null in a plain autoencoder.</param>
/// <param name="LogVariance">The log-variance of each latent; null in a plain autoencoder.</param>
/// <param name="Decoder">Layers in order; the last gives an image.</param>
/// <param name="Beta">Weight of the divergence in the loss (Higgins et al., 2017).</param>
internal sealed record Network(
    IReadOnlyList<NetworkLayer> Encoder, NetworkLayer? Mean, NetworkLayer? LogVariance, IReadOnlyList<NetworkLayer> Decoder, double Beta = 0)
{
    public FeatureShape Image => Decoder[^1].Output;

    /// <summary>All layers in <c>state_dict</c> order.</summary>
    public IEnumerable<NetworkLayer> Layers =>
        Mean is null || LogVariance is null ? [.. Encoder, .. Decoder] : [.. Encoder, Mean, LogVariance, .. Decoder];

    public IEnumerable<TensorLayout> Tensors => Layers.SelectMany(layer => new[] { layer.Weight, layer.Bias });

    public bool HasConvolutions => Layers.Any(layer => layer.Kind != LayerKind.Linear);
}
