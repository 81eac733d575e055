using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetModelSpace.Benchmarks.Training;

/// <summary>What the zoo trainer is held against: 10 epochs, batch 20, Adam, written with libtorch's own layers and autograd.</summary>
internal static class Loops
{
    private const int Epochs = 10;
    private const int BatchSize = 20;

    public static void OnTwoThreads(Action body)
    {
        Thread[] threads = [.. Enumerable.Range(0, 2).Select(_ => new Thread(() =>
        {
            set_num_threads(1);
            body();
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
    }

    /// <summary>One model: modules, <c>optim.Adam</c>, a loop.</summary>
    public static void Plain(Network network, Tensor images)
    {
        using DisposeScope all = NewDisposeScope();
        var layers = new Dictionary<NetworkLayer, nn.Module<Tensor, Tensor>>();
        foreach (NetworkLayer layer in network.Layers)
        {
            layers.Add(layer, layer.Kind switch
            {
                LayerKind.Linear => nn.Linear(layer.Input.Size, layer.Output.Size),
                LayerKind.Convolution => nn.Conv2d(layer.Input.Channels, layer.Output.Channels, layer.Kernel, layer.Stride, layer.Padding),
                _ => nn.ConvTranspose2d(layer.Input.Channels, layer.Output.Channels, layer.Kernel, layer.Stride, layer.Padding),
            });
        }

        using Adam optimizer = optim.Adam(layers.Values.SelectMany(module => module.parameters()), 1e-3);
        Run(images.shape[0], (index, step) =>
        {
            Tensor batch = images.index_select(0, index);
            optimizer.zero_grad();
            Loss(network, batch, (layer, x) => layers[layer].call(layer.Kind == LayerKind.Linear
                ? x.reshape(-1, layer.Input.Size)
                : x.reshape(-1, layer.Input.Channels, layer.Input.Height, layer.Input.Width)), 1).backward();
            optimizer.step();
        });
        foreach (nn.Module<Tensor, Tensor> module in layers.Values)
            module.Dispose();
    }

    /// <summary>Several models in one program: batched products, grouped convolutions, autograd, one fused Adam step.</summary>
    public static void Stacked(Network network, Tensor images, int models)
    {
        using DisposeScope all = NewDisposeScope();
        using var scripts = new StackScripts();
        var weights = new Dictionary<NetworkLayer, (Tensor Weight, Tensor Bias)>();
        foreach (NetworkLayer layer in network.Layers)
        {
            double bound = 1 / Math.Sqrt(layer.FanIn);
            long[] shape = layer.Weight.Shape.ToArray().Select(size => (long)size).ToArray();
            // Grouped convolutions take models·channels; batched products models×outputs×inputs.
            long[] stacked = layer.Kind == LayerKind.Linear ? [models, .. shape] : [models * shape[0], .. shape[1..]];
            long[] bias = layer.Kind == LayerKind.Linear ? [models, 1, layer.Bias.Length] : [models * (long)layer.Bias.Length];
            weights.Add(layer, (empty(stacked).uniform_(-bound, bound).requires_grad_(true), empty(bias).uniform_(-bound, bound).requires_grad_(true)));
        }

        Tensor[] parameters = [.. weights.Values.SelectMany(pair => new[] { pair.Weight, pair.Bias })];
        Tensor[] first = [.. parameters.Select(parameter => zeros_like(parameter))], second = [.. parameters.Select(parameter => zeros_like(parameter))];
        Tensor[] steps = [.. parameters.Select(_ => zeros([]))];
        Run(images.shape[0], (index, step) =>
        {
            // images×models×pixels: every model sees the same batch here, which costs it nothing.
            Tensor batch = images.index_select(0, index).reshape(-1, 1, network.Image.Size).expand(-1, models, -1);
            Loss(network, batch, (layer, x) =>
            {
                (Tensor weight, Tensor bias) = weights[layer];
                long count = x.shape[0];
                if (layer.Kind == LayerKind.Linear)
                    return x.reshape(count, models, layer.Input.Size).transpose(0, 1).bmm(weight.transpose(1, 2)).add(bias).transpose(0, 1);
                Tensor maps = x.reshape(count, models * layer.Input.Channels, layer.Input.Height, layer.Input.Width);
                long[] stride = [layer.Stride, layer.Stride], padding = [layer.Padding, layer.Padding];
                return layer.Kind == LayerKind.Convolution
                    ? nn.functional.conv2d(maps, weight, bias, stride, padding, groups: models)
                    : nn.functional.conv_transpose2d(maps, weight, bias, stride, padding, groups: models);
            }, models).backward();
            using IDisposable frozen = no_grad();
            Tensor[] gradients = [.. parameters.Select(parameter => parameter.grad!)];
            scripts.Run("adam", parameters, gradients, first, second, steps, 1e-3, 0.0, false);
            foreach (Tensor gradient in gradients)
                gradient.zero_();
        });
    }

    /// <summary>The sum of the models' losses, as each one's own would be.</summary>
    private static Tensor Loss(Network network, Tensor batch, Func<NetworkLayer, Tensor, Tensor> apply, int models)
    {
        Tensor x = batch;
        foreach (NetworkLayer layer in network.Encoder)
            x = Activate(layer, apply(layer, x));
        Tensor? divergence = null;
        if (network.Mean is not null)
        {
            Tensor mean = apply(network.Mean, x), logVariance = apply(network.LogVariance!, x);
            divergence = (mean.square() + logVariance.exp() - logVariance - 1).sum() * (0.5 * network.Beta / (batch.shape[0] * network.Image.Size));
            x = mean + (randn_like(mean) * (logVariance * 0.5).exp());
        }

        foreach (NetworkLayer layer in network.Decoder)
            x = Activate(layer, apply(layer, x));
        Tensor loss = nn.functional.mse_loss(x.reshape(batch.shape), batch) * models;
        return divergence is null ? loss : loss + divergence;
    }

    private static Tensor Activate(NetworkLayer layer, Tensor x) => layer.Activation == HiddenActivation.ReLU ? nn.functional.relu(x) : x;

    private static void Run(long count, Action<Tensor, int> step)
    {
        int steps = 0;
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor order = randperm(count);
            for (long start = 0; start < count; start += BatchSize)
            {
                using DisposeScope one = NewDisposeScope();
                step(order.narrow(0, start, BatchSize), ++steps);
            }
        }
    }
}
