using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetModelSpace.Embedding;

/// <summary>Trains the small residual network to tell the classes of labelled images.</summary>
internal static class ResidualTraining
{
    /// <summary>Trains on a thread of our own.</summary>
    /// <exception cref="InvalidOperationException">Training diverged.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static (ResidualLayout Layout, Dictionary<string, float[]> Tensors) Train(IHostEnvironment env, ResNetEmbedderEstimator.Options options)
    {
        TrainingDevice.TellCpuOnly(env, "The image embedder");
        try
        {
            return TorchThreads.Run(() => TrainHere(env, options));
        }
        catch (ExternalException error)
        {
            throw TorchErrors.Explain("The image embedder cannot be trained", error);
        }
    }

    private static (ResidualLayout Layout, Dictionary<string, float[]> Tensors) TrainHere(IHostEnvironment env, ResNetEmbedderEstimator.Options options)
    {
        ImageDataset dataset = options.TrainingImages!;
        int[] indices = [.. options.TrainingIndices ?? [.. Enumerable.Range(0, dataset.Count)]];
        if (indices.Length < options.BatchSize)
            throw new ArgumentException($"There are {indices.Length} training images for batches of {options.BatchSize}.", nameof(options));
        ResidualLayout layout = ResidualLayout.Tiny(dataset.Shape.Channels, dataset.ClassCount);
        using var generator = new Generator((ulong)options.Seed!.Value, CPU);
        using var network = new ResidualNetwork(layout);
        network.Initialize(generator);
        network.train();
        using var optimizer = new FusedAdamW(network.Trained, weightDecay: 1e-3);
        int batches = indices.Length / options.BatchSize, steps = (int)Math.Min((long)options.Epochs * batches, options.MaxSteps), step = 0;
        float[] images = new float[options.BatchSize * dataset.Shape.Size];
        float[] varied = new float[images.Length];
        long[] labels = new long[options.BatchSize];
        int[] chosen = new int[options.BatchSize];
        Log(env, $"Training an image embedder on {indices.Length} images of {dataset.Name}: {steps} steps of {options.BatchSize}, seed {options.Seed}");
        for (int epoch = 1; step < steps; epoch++)
        {
            long[] order = NativeTensors.Permutation(indices.Length, generator);
            double total = 0;
            int before = step;
            for (int batch = 0; batch < batches && step < steps; batch++, step++)
            {
                options.CancellationToken.ThrowIfCancellationRequested();
                using var inner = NewDisposeScope();
                for (int i = 0; i < chosen.Length; i++)
                {
                    chosen[i] = indices[order[(batch * chosen.Length) + i]];
                    labels[i] = dataset.Labels[chosen[i]];
                }

                dataset.CopyImages(chosen, images);
                Vary(images, varied, dataset.Shape, options, generator);
                Tensor input = ImageTensors.Prepare(varied, chosen.Length, dataset.Shape, layout.Channels, imageNet: false);
                Tensor loss = nn.functional.cross_entropy(network.forward(input), NativeTensors.Of(labels));
                double value = NativeTensors.Value(loss);
                if (!double.IsFinite(value))
                    throw new InvalidOperationException($"Training of the image embedder diverged in epoch {epoch}: the loss is {value}. Lower the learning rate ({options.LearningRate}).");
                optimizer.ZeroGradients();
                loss.backward();
                optimizer.Step(LearningRateSchedule.Cosine.RateAt(options.LearningRate, step + 1, steps));
                total += value;
            }

            var done = new ImageEmbedderEpoch(epoch, step, steps, total / (step - before));
            options.Progress?.Report(done);
            Log(env, string.Create(CultureInfo.InvariantCulture, $"Epoch {epoch} of the image embedder: step {step} of {steps}, mean loss {done.TrainingLoss:F3}"));
        }

        var tensors = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach ((string name, _) in layout.Tensors())
            tensors.Add(name, network.Get(name));
        return (layout, tensors);
    }

    private static void Log(IHostEnvironment env, string message)
    {
        using IChannel channel = env.Start("EmbedImages");
        channel.Info(MessageSensitivity.None, message);
    }

    private static void Vary(float[] images, float[] varied, ImageShape shape, ResNetEmbedderEstimator.Options options, Generator generator)
    {
        int count = images.Length / shape.Size, shift = Math.Min(options.MaxShift, Math.Min(shape.Height, shape.Width) - 1), places = (2 * shift) + 1;
        using Tensor drawn = randint(0, places * places * 2, [count], int64, CPU, false, generator);
        long[] draws = drawn.data<long>().ToArray();
        for (int i = 0; i < count; i++)
        {
            int place = (int)(draws[i] / 2);
            ImageVariation.Move(
                images.AsSpan(i * shape.Size, shape.Size), shape, (place / places) - shift, (place % places) - shift, options.Mirror && draws[i] % 2 == 1,
                varied.AsSpan(i * shape.Size, shape.Size));
        }
    }
}

/// <summary>Images as a residual network reads them.</summary>
internal static class ImageTensors
{
    private static readonly float[] s_imageNetMean = [0.485f, 0.456f, 0.406f], s_imageNetDeviation = [0.229f, 0.224f, 0.225f];

    /// <summary>
    /// n×C×H×W, centred: by ImageNet's mean and deviation of each colour, else by one half. Grey images are repeated over the channels
    /// that the network reads.
    /// </summary>
    public static Tensor Prepare(float[] pixels, int count, ImageShape shape, int channels, bool imageNet)
    {
        int plane = shape.Height * shape.Width;
        float[] values = new float[count * channels * plane];
        for (int image = 0; image < count; image++)
        {
            for (int channel = 0; channel < channels; channel++)
            {
                int from = ((image * shape.Channels) + (shape.Channels == 1 ? 0 : channel)) * plane, to = ((image * channels) + channel) * plane;
                (float mean, float scale) = imageNet && channels == 3
                    ? (s_imageNetMean[channel], 1 / s_imageNetDeviation[channel])
                    : (0.5f, 2f);
                for (int i = 0; i < plane; i++)
                    values[to + i] = (pixels[from + i] - mean) * scale;
            }
        }

        return NativeTensors.Of(values, count, channels, shape.Height, shape.Width);
    }
}

/// <summary>Images moved by a few pixels and mirrored, for training.</summary>
internal static class ImageVariation
{
    /// <summary>One image moved down and to the right, mirrored left to right where asked; what comes in from outside is zero.</summary>
    public static void Move(ReadOnlySpan<float> image, ImageShape shape, int down, int right, bool mirror, Span<float> destination)
    {
        destination.Clear();
        for (int row = 0; row < shape.Channels * shape.Height; row++)
        {
            int y = row % shape.Height, from = y - down;
            if ((uint)from >= (uint)shape.Height)
                continue;
            ReadOnlySpan<float> source = image.Slice((row - down) * shape.Width, shape.Width);
            Span<float> target = destination.Slice(row * shape.Width, shape.Width);
            if (right >= 0)
                source[..^right].CopyTo(target[right..]);
            else
                source[-right..].CopyTo(target);
            if (mirror)
                target.Reverse();
        }
    }
}
