using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace;

/// <summary>An autoencoder whose two halves are stacks of layers of one kind, with an activation between them.</summary>
internal sealed class StackedAutoencoder : AutoencoderModule
{
    private readonly SeededLayer[] _encoder;
    private readonly SeededLayer[] _decoder;
    private readonly HiddenActivation _activation;
    private readonly long[]? _flat;
    private readonly long[] _images;

    /// <param name="name">Of the architecture.</param>
    /// <param name="encoder">Layers in order.</param>
    /// <param name="decoder">Layers in order.</param>
    /// <param name="imageShape">The shape of one image.</param>
    /// <param name="flatten">Whether the layers take images as rows of C·H·W values.</param>
    /// <param name="activation">After every layer but the decoder's last; a convolutional code is activated, too.</param>
    /// <param name="output">After the decoder's last layer.</param>
    public StackedAutoencoder(
        string name, SeededLayer[] encoder, SeededLayer[] decoder, ImageShape imageShape, bool flatten, HiddenActivation activation, OutputActivation output)
        : base(name, output)
    {
        _encoder = encoder;
        _decoder = decoder;
        _activation = activation;
        _flat = flatten ? [-1, imageShape.Size] : null;
        _images = [-1, imageShape.Channels, imageShape.Height, imageShape.Width];
        RegisterHalf("encoder", encoder);
        RegisterHalf("decoder", decoder);
    }

    public override Tensor Encode(Tensor images)
    {
        Tensor x = _flat is null ? images : images.view(_flat);
        foreach (SeededLayer layer in _encoder)
            x = Activate(layer.forward(x));
        return x;
    }

    public override Tensor Decode(Tensor code)
    {
        Tensor x = code;
        for (int i = 0; i < _decoder.Length; i++)
        {
            x = _decoder[i].forward(x);
            if (i < _decoder.Length - 1)
                x = Activate(x);
        }

        x = Finish(x);
        return _flat is null ? x : x.view(_images);
    }

    private Tensor Activate(Tensor x) => _activation == HiddenActivation.ReLU ? nn.functional.relu(x) : x;
}
