using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace.Tests.Training;

// Reaches internals: gradients and losses of one step are compared with autograd; a training shows only where they led.
/// <summary>
/// The gradients of stacks are written out by hand, so they are compared with autograd here; they have no public face but the trained weights, in which a wrong one could hide.
/// </summary>
[Collection(SerialCollection.Name)]
public class ModelStackTests
{
    private static readonly string[] s_activations = ["identity", "relu", "sigmoid", "tanh"];

    [Fact]
    public void GradientsAreAutogradsOnRandomNetworks() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(60),
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            (Architecture architecture, ImageShape shape) = RandomArchitecture(random);
            Network network = architecture.GetNetwork(shape)!;
            int models = random.Next(1, 9), images = random.Next(1, 6);
            bool entropy = architecture.EndsInSigmoid && random.Next(2) == 0;
            foreach (StackOrder order in (StackOrder[])[StackOrder.ModelsFirst, StackOrder.ModelsLast])
                Compare(network, shape, order, models, images, entropy ? ReconstructionLoss.BinaryCrossEntropy : ReconstructionLoss.MeanSquaredError, random, $"{architecture} on {shape}, {order}, {models} models, {images} images, {(entropy ? "entropy" : "squares")}");
        }));

    [Theory]
    [InlineData("LinearAutoencoder(hidden=5-3, activation=relu, output=sigmoid)")]
    [InlineData("ConvolutionalAutoencoder(channels=3, kernel=3, stride=2, padding=1)")]
    [InlineData("LinearVae(latent=3)")]
    [InlineData("ConvolutionalVae(channels=3, latent=4, kernel=3, stride=2, padding=1)")]
    public void TheGradientOfTheReconstructionErrorIsAutograds(string text)
    {
        using IDisposable frozen = no_grad();
        using var scripts = new StackScripts();
        var shape = new ImageShape(1, 6, 6);
        Network network = Architecture.Parse(text).GetNetwork(shape)!;
        using var stack = new ModelStack(network, 2, CPU, scripts);
        var random = new Random(1);
        float[] weights = Numbers(random, network.Tensors.Sum(tensor => tensor.Length), -0.5f, 0.5f), images = Numbers(random, 4 * 36, 0, 1);
        stack.SetWeights(1, weights);
        StackGraph graph = stack.For(4);
        Fill(stack, graph.Input, 1, images, 4, 36);

        graph.Reconstruct();
        graph.BackwardErrors();

        float[] gradient = new float[weights.Length];
        stack.GetGradient(1, gradient);
        using IDisposable recorded = enable_grad();
        Near(ReferenceNetwork.Run(network, weights, images, null, ReconstructionLoss.MeanSquaredError).Gradient, gradient, text);
    }

    /// <summary>Lays images as a stack's order has them: by the trainer's own hand, through a job.</summary>
    private static void Fill(ModelStack stack, StackTensor target, int model, float[] images, int count, int size)
    {
        if (stack.Order == StackOrder.ModelsFirst)
        {
            target.Write(model, images);
            return;
        }

        // channels×images×positions
        int positions = stack.Network.Image.Positions, channels = size / positions;
        float[] turned = new float[images.Length];
        for (int b = 0; b < count; b++)
        {
            for (int c = 0; c < channels; c++)
                images.AsSpan((((b * channels) + c) * positions), positions).CopyTo(turned.AsSpan(((c * count) + b) * positions));
        }

        target.Write(model, turned);
    }

    private static void Compare(
        Network network, ImageShape shape, StackOrder order, int models, int images, ReconstructionLoss loss, Random random, string what)
    {
        using IDisposable frozen = no_grad();
        using var scripts = new StackScripts();
        using var stack = new ModelStack(network, models, CPU, scripts, order);
        int length = network.Tensors.Sum(tensor => tensor.Length), latents = network.Mean?.Output.Size ?? 0;
        float[][] weights = [.. Enumerable.Range(0, models).Select(_ => Numbers(random, length, -0.5f, 0.5f))];
        float[][] samples = [.. Enumerable.Range(0, models).Select(_ => Numbers(random, images * shape.Size, 0, 1))];
        float[][] noise = [.. Enumerable.Range(0, models).Select(_ => Numbers(random, images * latents, -1, 1))];
        StackGraph graph = stack.For(images);
        for (int g = 0; g < models; g++)
        {
            stack.SetWeights(g, weights[g]);
            Fill(stack, graph.Input, g, samples[g], images, shape.Size);
            if (latents > 0)
                FillNoise(stack, graph.Noise!, g, noise[g], images, latents);
        }

        using Tensor total = zeros(stack.Slots, float64);

        graph.Train(loss, total, null);

        using IDisposable recorded = enable_grad();
        for (int g = 0; g < models; g++)
        {
            (double expectedLoss, float[] expected) = ReferenceNetwork.Run(network, weights[g], samples[g], latents > 0 ? noise[g] : null, loss);
            float[] gradient = new float[length];
            stack.GetGradient(g, gradient);
            double actualLoss = total.data<double>()[g] / images;
            Assert.True(Math.Abs(expectedLoss - actualLoss) <= 1e-5 * Math.Max(1, expectedLoss), string.Create(CultureInfo.InvariantCulture, $"{what}: a loss of {actualLoss}, autograd has {expectedLoss}"));
            Near(expected, gradient, what);
        }
    }

    private static void FillNoise(ModelStack stack, StackTensor target, int model, float[] noise, int images, int latents)
    {
        if (stack.Order == StackOrder.ModelsFirst)
        {
            target.Write(model, noise);
            return;
        }

        float[] turned = new float[noise.Length];
        for (int i = 0; i < noise.Length; i++)
            turned[((i % latents) * images) + (i / latents)] = noise[i];
        target.Write(model, turned);
    }

    private static void Near(float[] expected, float[] actual, string what)
    {
        float scale = Math.Max(1e-3f, expected.Max(Math.Abs));
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= 2e-5f * scale, string.Create(CultureInfo.InvariantCulture, $"{what}: {actual[i]} at {i}, autograd has {expected[i]}"));
    }

    private static float[] Numbers(Random random, int count, float from, float to)
    {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++)
            numbers[i] = from + ((to - from) * random.NextSingle());
        return numbers;
    }

    private static (Architecture Architecture, ImageShape Shape) RandomArchitecture(Random random)
    {
        string activation = s_activations[random.Next(4)], output = random.Next(2) == 0 ? "" : ", output=sigmoid";
        while (true)
        {
            var shape = new ImageShape(random.Next(1, 4), random.Next(3, 11), random.Next(3, 11));
            int kernel = random.Next(1, 5), stride = random.Next(1, 4), padding = random.Next(0, kernel), channels = random.Next(1, 10);
            string geometry = $"kernel={kernel}, stride={stride}, padding={padding}";
            string text = random.Next(5) switch
            {
                0 => $"LinearAutoencoder(hidden={random.Next(1, 40)}, activation={activation}{output})",
                1 => $"LinearAutoencoder(hidden={random.Next(1, 40)}-{random.Next(1, 20)}, activation={activation}{output})",
                2 => $"ConvolutionalAutoencoder(channels={channels}{(random.Next(2) == 0 ? "" : $"-{random.Next(1, 6)}")}, {geometry}, activation={activation}{output})",
                3 => $"LinearVae(latent={random.Next(1, 20)}, beta=0.5{output})",
                _ => $"ConvolutionalVae(channels={channels}, latent={random.Next(1, 9)}, {geometry}{output})",
            };
            try
            {
                Architecture architecture = Architecture.Parse(text);
                architecture.GetLayout(shape);
                return (architecture, shape);
            }
            catch (Exception error) when (error is ArgumentException or FormatException)
            {
                // The geometry does not fit: another one.
            }
        }
    }
}
