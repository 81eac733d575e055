using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetModelSpace;

/// <summary>Trains one model, on the thread that calls it and with a generator of its own.</summary>
internal static class ModelTrainer
{
    /// <summary>Trains.</summary>
    /// <param name="options">Checked options.</param>
    /// <param name="imageShape">The shape of one image.</param>
    /// <param name="images">n·C·H·W values.</param>
    /// <param name="seed">Of initialisation, shuffling and draws.</param>
    /// <param name="name">What errors call the model.</param>
    /// <param name="cancel">Looked at before every batch.</param>
    public static TrainedModel Train(
        TrainAutoencoderEstimator.Options options, ImageShape imageShape, float[] images, long seed, string name, CancellationToken cancel)
    {
        CheckImages(images, imageShape, name);
        long count = images.Length / imageShape.Size;
        using DisposeScope all = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        using AutoencoderModule module = options.Architecture.BuildModule(imageShape, generator);
        module.train();
        using optim.Optimizer optimizer = CreateOptimizer(options, module);
        Tensor sample = tensor(images, [count, imageShape.Channels, imageShape.Height, imageShape.Width]);
        double loss = 0;
        for (int epoch = 1; epoch <= options.Epochs; epoch++)
        {
            loss = RunEpoch(options, module, optimizer, sample, generator, cancel);
            if (!double.IsFinite(loss))
                throw new TrainingDivergedException(name, epoch, loss, options.LearningRate);
        }

        float[] weights = new float[options.Architecture.GetLayout(imageShape).Length];
        module.GetWeights(weights);
        double error = ReconstructionError(module, sample, options.BatchSize);
        // The last step may break what the loss before it did not show.
        if (!double.IsFinite(error) || !AllFinite(weights))
            throw new TrainingDivergedException(name, options.Epochs, error, options.LearningRate);
        return new TrainedModel(weights, (float)loss, (float)error);
    }

    /// <summary>One pass over the shuffled sample; gives the mean loss over its images.</summary>
    private static double RunEpoch(
        TrainAutoencoderEstimator.Options options, AutoencoderModule module, optim.Optimizer optimizer, Tensor sample, Generator generator,
        CancellationToken cancel)
    {
        using DisposeScope epoch = NewDisposeScope();
        long count = sample.shape[0];
        Tensor order = randperm(count, generator: generator);
        // Gathered once an epoch, so that every batch is a view.
        Tensor shuffled = sample.index_select(0, order);
        double sum = 0;
        for (long start = 0; start < count; start += options.BatchSize)
        {
            cancel.ThrowIfCancellationRequested();
            using DisposeScope step = NewDisposeScope();
            long length = Math.Min(options.BatchSize, count - start);
            Tensor batch = shuffled.narrow(0, start, length);
            optimizer.zero_grad();
            Tensor loss = module.Loss(batch, generator);
            loss.backward();
            optimizer.step();
            sum += loss.item<float>() * (double)length;
        }

        return sum / count;
    }

    private static double ReconstructionError(AutoencoderModule module, Tensor sample, long batchSize)
    {
        using IDisposable frozen = no_grad();
        long count = sample.shape[0];
        double sum = 0;
        for (long start = 0; start < count; start += batchSize)
        {
            using DisposeScope step = NewDisposeScope();
            long length = Math.Min(batchSize, count - start);
            Tensor batch = sample.narrow(0, start, length);
            sum += nn.functional.mse_loss(module.forward(batch), batch).item<float>() * (double)length;
        }

        return sum / count;
    }

    private static optim.Optimizer CreateOptimizer(TrainAutoencoderEstimator.Options options, AutoencoderModule module)
    {
        IEnumerable<Parameter> parameters = module.parameters();
        return options.Optimizer switch
        {
            TrainingOptimizer.Adam => optim.Adam(parameters, options.LearningRate, 0.9, 0.999, 1e-8, options.WeightDecay),
            TrainingOptimizer.AdamW => optim.AdamW(parameters, options.LearningRate, 0.9, 0.999, 1e-8, options.WeightDecay),
            TrainingOptimizer.Sgd => optim.SGD(parameters, options.LearningRate, options.Momentum, 0, options.WeightDecay),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Optimizer, "Unknown optimizer."),
        };
    }

    private static void CheckImages(float[] images, ImageShape imageShape, string name)
    {
        if (images.Length == 0)
            throw new InvalidDataException($"The sample of {name} has no images.");
        if (images.Length % imageShape.Size != 0)
        {
            throw new InvalidDataException(
                $"The sample of {name} has {images.Length} values, which is no multiple of the {imageShape.Size} of an image of {imageShape}.");
        }

        for (int i = 0; i < images.Length; i++)
        {
            if (!float.IsFinite(images[i]))
                throw new InvalidDataException($"Image {i / imageShape.Size} of {name} holds {images[i]}; expected values in [0, 1].");
        }
    }

    private static bool AllFinite(ReadOnlySpan<float> values)
    {
        // A sum is finite only where all values are; one that overflows is looked at again, value by value.
        if (float.IsFinite(System.Numerics.Tensors.TensorPrimitives.Sum(values)))
            return true;
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
                return false;
        }

        return true;
    }
}
