using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetModelSpace.Architectures;

/// <summary>A network as a module: takes images (n×C×H×W) to their reconstructions; of a variational autoencoder, to those of the latents' means.</summary>
internal sealed class AutoencoderModule : nn.Module<Tensor, Tensor>
{
    private readonly (NetworkLayer Layer, SeededLayer Module)[] _path;
    private readonly long[] _image;

    public AutoencoderModule(string name, Network network)
        : base(name)
    {
        _image = [-1, network.Image.Channels, network.Image.Height, network.Image.Width];
        var modules = new Dictionary<NetworkLayer, SeededLayer>();
        RegisterHalf("encoder", network.Encoder, modules);
        foreach (NetworkLayer? head in new[] { network.Mean, network.LogVariance })
        {
            if (head is not null)
                register_module(head.Name, modules[head] = new SeededLayer(head));
        }

        RegisterHalf("decoder", network.Decoder, modules);
        IEnumerable<NetworkLayer> path = network.Mean is { } mean ? [.. network.Encoder, mean, .. network.Decoder] : [.. network.Encoder, .. network.Decoder];
        _path = [.. path.Select(layer => (layer, modules[layer]))];
    }

    public override Tensor forward(Tensor input)
    {
        Tensor x = input;
        foreach ((NetworkLayer layer, SeededLayer module) in _path)
        {
            // n×C·H·W for linear layers, n×C×H×W for convolutions.
            x = module.forward(layer.Kind == LayerKind.Linear
                ? x.reshape(-1, layer.Input.Size)
                : x.reshape(-1, layer.Input.Channels, layer.Input.Height, layer.Input.Width));
            x = layer.Activation switch
            {
                HiddenActivation.ReLU => nn.functional.relu(x),
                HiddenActivation.Sigmoid => sigmoid(x),
                HiddenActivation.Tanh => tanh(x),
                _ => x,
            };
        }

        return x.reshape(_image);
    }

    /// <summary>Overwrites all parameters, in <c>state_dict</c> order.</summary>
    public void SetWeights(ReadOnlySpan<float> weights)
    {
        foreach ((_, Parameter parameter) in named_parameters())
        {
            int length = (int)parameter.numel();
            weights[..length].CopyTo(MemoryMarshal.Cast<byte, float>(parameter.bytes));
            weights = weights[length..];
        }
    }

    /// <summary>Registers the layers of one half as <c>prefix</c> (one layer) or <c>prefix.0</c>, <c>prefix.1</c>, … (several).</summary>
    private void RegisterHalf(string prefix, IReadOnlyList<NetworkLayer> layers, Dictionary<NetworkLayer, SeededLayer> modules)
    {
        SeededLayer[] half = [.. layers.Select(layer => modules[layer] = new SeededLayer(layer))];
        if (half.Length == 1)
            register_module(prefix, half[0]);
        else if (half.Length > 1)
            register_module(prefix, new LayerList(prefix, half));
    }

    private sealed class LayerList : nn.Module
    {
        public LayerList(string name, IReadOnlyList<SeededLayer> layers)
            : base(name)
        {
            for (int i = 0; i < layers.Count; i++)
                register_module(i.ToString(CultureInfo.InvariantCulture), layers[i]);
        }
    }

    /// <summary>A layer whose parameters are made without a draw: <c>nn.Linear</c> and its like draw from the process-wide generator, which is the user's.</summary>
    private sealed class SeededLayer : nn.Module<Tensor, Tensor>
    {
        private readonly NetworkLayer _layer;
        private readonly Parameter _weight;
        private readonly Parameter _bias;

        public SeededLayer(NetworkLayer layer)
            : base(layer.Name)
        {
            _layer = layer;
            _weight = new Parameter(zeros(Array.ConvertAll(layer.Weight.Shape.ToArray(), size => (long)size), float32, CPU), true);
            _bias = new Parameter(zeros([layer.Bias.Length], float32, CPU), true);
            register_parameter("weight", _weight);
            register_parameter("bias", _bias);
        }

        public override Tensor forward(Tensor input)
        {
            long[] stride = [_layer.Stride, _layer.Stride], padding = [_layer.Padding, _layer.Padding];
            return _layer.Kind switch
            {
                LayerKind.Linear => nn.functional.linear(input, _weight, _bias),
                LayerKind.Convolution => nn.functional.conv2d(input, _weight, _bias, stride, padding),
                _ => nn.functional.conv_transpose2d(input, _weight, _bias, stride, padding),
            };
        }
    }
}
