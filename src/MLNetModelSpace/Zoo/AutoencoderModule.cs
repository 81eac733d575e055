using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetModelSpace;

/// <summary>An encoder and a decoder, and the loss they are trained with.</summary>
internal abstract class AutoencoderModule : nn.Module<Tensor, Tensor>
{
    private protected AutoencoderModule(string name, OutputActivation output)
        : base(name) => Output = output;

    protected OutputActivation Output { get; }

    /// <summary>The code of a batch: n×C×H×W → n×latent (or n×channels×h×w).</summary>
    public abstract Tensor Encode(Tensor images);

    /// <summary>The reconstruction of a code, n×C×H×W.</summary>
    public abstract Tensor Decode(Tensor code);

    public sealed override Tensor forward(Tensor input) => Decode(Encode(input));

    /// <summary>The loss of a batch, a scalar: here the mean squared error per pixel.</summary>
    public virtual Tensor Loss(Tensor images, Generator generator) => nn.functional.mse_loss(forward(images), images);

    protected Tensor Finish(Tensor decoded) => Output == OutputActivation.Sigmoid ? sigmoid(decoded) : decoded;

    /// <summary>Draws all parameters, layer by layer in the order in which they are registered.</summary>
    public void Initialize(Generator generator)
    {
        foreach (nn.Module layer in modules())
            (layer as SeededLayer)?.Initialize(generator);
    }

    /// <summary>Overwrites all parameters, in <c>state_dict</c> order.</summary>
    public void SetWeights(ReadOnlySpan<float> weights)
    {
        using IDisposable frozen = no_grad();
        foreach ((_, Parameter parameter) in named_parameters())
        {
            int length = (int)parameter.numel();
            using Tensor values = tensor(weights[..length].ToArray(), parameter.shape);
            parameter.copy_(values);
            weights = weights[length..];
        }
    }

    /// <summary>Copies all parameters out, in <c>state_dict</c> order.</summary>
    public void GetWeights(Span<float> weights)
    {
        using IDisposable frozen = no_grad();
        foreach ((_, Parameter parameter) in named_parameters())
        {
            int length = (int)parameter.numel();
            using Tensor values = parameter.detach();
            MemoryMarshal.Cast<byte, float>(values.bytes).CopyTo(weights);
            weights = weights[length..];
        }
    }

    /// <summary>Registers the layers of one half as <c>prefix</c> (one layer) or <c>prefix.0</c>, <c>prefix.1</c>, … (several).</summary>
    protected void RegisterHalf(string prefix, IReadOnlyList<SeededLayer> layers)
    {
        if (layers.Count == 1)
            register_module(prefix, layers[0]);
        else
            register_module(prefix, new LayerStack(prefix, layers));
    }

    private sealed class LayerStack : nn.Module<Tensor, Tensor>
    {
        public LayerStack(string name, IReadOnlyList<SeededLayer> layers)
            : base(name)
        {
            for (int i = 0; i < layers.Count; i++)
                register_module(i.ToString(System.Globalization.CultureInfo.InvariantCulture), layers[i]);
        }

        public override Tensor forward(Tensor input) =>
            throw new NotSupportedException("The stack only names its layers; the autoencoder runs them.");
    }
}
