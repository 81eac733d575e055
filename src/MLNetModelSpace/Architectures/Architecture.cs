using System.Globalization;
using TorchSharp;

namespace MLNetModelSpace;

/// <summary>
/// The architecture of a generative model: what is trained on each row's images, and how its parameters are laid out.
/// Immutable and thread-safe.
/// </summary>
/// <remarks>
/// An architecture has a text, such as <c>LinearAutoencoder(hidden=32)</c>, that <see cref="Parse(string)"/> reads back; with the
/// shape of its images behind it (<c>LinearAutoencoder(hidden=32) on 1x28x28</c>) it is the <see cref="WeightLayout.Architecture"/>
/// of what is trained, so that a model can be run again from its weights alone.
/// </remarks>
public abstract class Architecture : IEquatable<Architecture>
{
    private protected Architecture()
    {
    }

    /// <summary>The tensors of such a model for images of that shape, in <c>state_dict</c> order.</summary>
    /// <exception cref="ArgumentException">The architecture does not fit images of that shape.</exception>
    public WeightLayout GetLayout(ImageShape imageShape)
    {
        try
        {
            CheckShape(imageShape);
            return new WeightLayout(GetTensors(imageShape), DescribeFor(imageShape));
        }
        catch (OverflowException error)
        {
            throw new ArgumentException($"{this} has layers of more than {int.MaxValue} values for images of {imageShape}.", nameof(imageShape), error);
        }
    }

    /// <summary>
    /// A TorchSharp module of this architecture: its <c>forward</c> takes images (n×C×H×W, values in [0, 1]) to their
    /// reconstructions of the same shape. The caller disposes it.
    /// </summary>
    /// <param name="imageShape">The shape of one image.</param>
    /// <param name="weights">All parameters in the order of <see cref="GetLayout"/>; copied.</param>
    /// <exception cref="ArgumentException">The architecture does not fit the images, or the number of weights is another.</exception>
    public torch.nn.Module<torch.Tensor, torch.Tensor> CreateModule(ImageShape imageShape, ReadOnlySpan<float> weights)
    {
        WeightLayout layout = GetLayout(imageShape);
        if (weights.Length != layout.Length)
            throw new ArgumentException($"{this} has {layout.Length} weights for images of {imageShape}, not {weights.Length}.", nameof(weights));
        using TorchScope scope = TorchScope.Open(keepsTensors: true);
        return BuildModule(imageShape, weights);
    }

    /// <summary>Reads the text of an architecture, with or without the shape of its images.</summary>
    /// <exception cref="FormatException">The text names no architecture of this library, or one of its options wrongly.</exception>
    public static Architecture Parse(string text) => Parse(text, out _);

    /// <summary>Reads the text of an architecture and, where it has one, the shape of its images.</summary>
    /// <param name="text">Such as <c>LinearAutoencoder(hidden=32) on 1x28x28</c>.</param>
    /// <param name="imageShape">The shape behind <c>on</c>, or null.</param>
    /// <exception cref="FormatException">The text names no architecture of this library, or one of its options wrongly.</exception>
    public static Architecture Parse(string text, out ImageShape? imageShape)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArchitectureText parsed = ArchitectureText.Parse(text);
        imageShape = parsed.ImageShape;
        try
        {
            Architecture architecture = parsed.Name switch
            {
                nameof(LinearAutoencoder) => LinearAutoencoder.FromText(parsed),
                nameof(ConvolutionalAutoencoder) => ConvolutionalAutoencoder.FromText(parsed),
                nameof(LinearVae) => LinearVae.FromText(parsed),
                nameof(ConvolutionalVae) => ConvolutionalVae.FromText(parsed),
                nameof(ModuleArchitecture) => ModuleArchitecture.FromText(parsed),
                _ => throw new FormatException(
                    $"'{parsed.Name}' is no architecture; known are {nameof(LinearAutoencoder)}, {nameof(ConvolutionalAutoencoder)}, {nameof(LinearVae)}, {nameof(ConvolutionalVae)} and {nameof(ModuleArchitecture)}."),
            };
            parsed.CheckAllUsed();
            return architecture;
        }
        catch (ArgumentException error)
        {
            throw new FormatException($"'{text}' is no valid architecture: {error.Message}", error);
        }
    }

    /// <summary>The architecture's text with the shape of its images, as layouts carry it.</summary>
    internal string DescribeFor(ImageShape shape) =>
        string.Create(CultureInfo.InvariantCulture, $"{this} on {shape.Channels}x{shape.Height}x{shape.Width}");

    /// <summary>Whether reconstructions lie in (0, 1), as far as is known.</summary>
    internal virtual bool EndsInSigmoid => true;

    /// <summary>The layers for images of that shape; null where only a module knows them.</summary>
    internal abstract Network? GetNetwork(ImageShape imageShape);

    private protected virtual IEnumerable<TensorLayout> GetTensors(ImageShape imageShape) => GetNetwork(imageShape)!.Tensors;

    private protected virtual torch.nn.Module<torch.Tensor, torch.Tensor> BuildModule(ImageShape imageShape, ReadOnlySpan<float> weights)
    {
        var module = new AutoencoderModule(GetType().Name, GetNetwork(imageShape)!);
        module.SetWeights(weights);
        return module;
    }

    /// <summary>Checks that the architecture fits images of that shape.</summary>
    private protected virtual void CheckShape(ImageShape imageShape)
    {
        if (!imageShape.IsValid)
            throw new ArgumentException($"An image of {imageShape} has no pixels, or more than {int.MaxValue} values.", nameof(imageShape));
    }

    /// <summary>The text that <see cref="Parse(string)"/> reads.</summary>
    public abstract override string ToString();

    /// <summary>Whether the other has the same text.</summary>
    public bool Equals(Architecture? other) => other is not null && ToString() == other.ToString();

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as Architecture);

    /// <inheritdoc/>
    public sealed override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);
}

/// <summary>What stands between the layers of an autoencoder.</summary>
public enum HiddenActivation
{
    /// <summary>Nothing: layers are composed as linear maps.</summary>
    Identity,

    /// <summary>max(0, x).</summary>
    ReLU,

    /// <summary>The logistic function.</summary>
    Sigmoid,

    /// <summary>The hyperbolic tangent.</summary>
    Tanh,
}

/// <summary>What a decoder's last layer ends in.</summary>
public enum OutputActivation
{
    /// <summary>Nothing: a linear output.</summary>
    Identity,

    /// <summary>The logistic function, which keeps reconstructions in (0, 1).</summary>
    Sigmoid,
}
