using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace.Tests.Training;

// Reaches internals: the network that stacks are compared with is built from the same description, by TorchSharp's own layers.
/// <summary>A network written down once more with TorchSharp's own functions and autograd.</summary>
internal static class ReferenceNetwork
{
    /// <summary>The training loss and its gradient by all weights, in their order.</summary>
    public static (double Loss, float[] Gradient) Run(Network network, float[] weights, float[] images, float[]? noise, ReconstructionLoss kind)
    {
        using DisposeScope scope = NewDisposeScope();
        var parameters = new List<(NetworkLayer Layer, Tensor Weight, Tensor Bias)>();
        int at = 0;
        foreach (NetworkLayer layer in network.Layers)
            parameters.Add((layer, Take(layer.Weight), Take(layer.Bias)));
        FeatureShape image = network.Image;
        Tensor x = tensor(images, [images.Length / image.Size, image.Channels, image.Height, image.Width]);
        Tensor code = x;
        foreach (NetworkLayer layer in network.Encoder)
            code = Activate(layer, Apply(layer, code));
        Tensor divergence = zeros(1);
        if (network.Mean is not null)
        {
            Tensor mean = Apply(network.Mean, code), logVariance = Apply(network.LogVariance!, code);
            Tensor draw = noise is null ? mean : mean + (tensor(noise, mean.shape) * (logVariance * 0.5).exp());
            if (noise is not null)
                divergence = 0.5 * (mean.square() + logVariance.exp() - logVariance - 1).sum() / x.shape[0] * network.Beta / image.Size;
            code = draw;
        }

        for (int i = 0; i < network.Decoder.Count; i++)
        {
            code = Apply(network.Decoder[i], code);
            if (i < network.Decoder.Count - 1 || kind == ReconstructionLoss.MeanSquaredError)
                code = Activate(network.Decoder[i], code);
        }

        code = code.reshape(x.shape);
        Tensor loss = divergence + (kind == ReconstructionLoss.MeanSquaredError
            ? nn.functional.mse_loss(code, x)
            : nn.functional.binary_cross_entropy_with_logits(code, x));
        loss.backward();
        var gradient = new List<float>();
        foreach ((_, Tensor weight, Tensor bias) in parameters)
        {
            foreach (Tensor parameter in new[] { weight, bias })
                gradient.AddRange(parameter.grad is { } g ? g.contiguous().data<float>().ToArray() : new float[parameter.numel()]);
        }

        return (loss.data<float>()[0], [.. gradient]);

        Tensor Take(TensorLayout layout)
        {
            Tensor parameter = tensor(weights[at..(at + layout.Length)], Array.ConvertAll(layout.Shape.ToArray(), size => (long)size), requires_grad: true);
            at += layout.Length;
            return parameter;
        }

        Tensor Apply(NetworkLayer layer, Tensor input)
        {
            (_, Tensor weight, Tensor bias) = parameters.Single(entry => entry.Layer == layer);
            long[] stride = [layer.Stride, layer.Stride], padding = [layer.Padding, layer.Padding];
            input = layer.Kind == LayerKind.Linear ? input.reshape(-1, layer.Input.Size) : input.reshape(-1, layer.Input.Channels, layer.Input.Height, layer.Input.Width);
            return layer.Kind switch
            {
                LayerKind.Linear => nn.functional.linear(input, weight, bias),
                LayerKind.Convolution => nn.functional.conv2d(input, weight, bias, stride, padding),
                _ => nn.functional.conv_transpose2d(input, weight, bias, stride, padding),
            };
        }

        static Tensor Activate(NetworkLayer layer, Tensor value) => layer.Activation switch
        {
            HiddenActivation.ReLU => nn.functional.relu(value),
            HiddenActivation.Sigmoid => sigmoid(value),
            HiddenActivation.Tanh => tanh(value),
            _ => value,
        };
    }
}
