using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetModelSpace;

/// <summary>
/// Trains models of one architecture, one after another, on the thread that made it and with a generator for each. The module is built
/// once and initialised anew for every model.
/// </summary>
internal sealed class ModelTrainer : IDisposable
{
    private readonly TrainAutoencoderEstimator.Options _options;
    private readonly ImageShape _imageShape;
    private readonly AutoencoderModule _module;
    private readonly int _weights;

    public ModelTrainer(TrainAutoencoderEstimator.Options options, ImageShape imageShape)
    {
        _options = options;
        _imageShape = imageShape;
        _weights = options.Architecture.GetLayout(imageShape).Length;
        _module = options.Architecture.BuildModule(imageShape);
        _module.train();
    }

    /// <summary>Trains.</summary>
    /// <param name="images">n·C·H·W values.</param>
    /// <param name="seed">Of initialisation, shuffling and draws.</param>
    /// <param name="name">What errors call the model.</param>
    /// <param name="cancel">Looked at before every batch.</param>
    public TrainedModel Train(float[] images, long seed, string name, CancellationToken cancel)
    {
        CheckImages(images, name);
        long count = images.Length / _imageShape.Size;
        using DisposeScope all = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        _module.Initialize(generator);
        using optim.Optimizer optimizer = CreateOptimizer();
        Tensor sample = tensor(images, [count, _imageShape.Channels, _imageShape.Height, _imageShape.Width]);
        double loss = 0;
        for (int epoch = 1; epoch <= _options.Epochs; epoch++)
        {
            loss = RunEpoch(optimizer, sample, generator, cancel);
            if (!double.IsFinite(loss))
                throw new TrainingDivergedException(name, epoch, loss, _options.LearningRate);
        }

        // No gradient outlives its model.
        optimizer.zero_grad();
        float[] weights = new float[_weights];
        _module.GetWeights(weights);
        double error = ReconstructionError(sample);
        // The last step may break what the loss before it did not show.
        if (!double.IsFinite(error) || !AllFinite(weights))
            throw new TrainingDivergedException(name, _options.Epochs, error, _options.LearningRate);
        return new TrainedModel(weights, (float)loss, (float)error);
    }

    public void Dispose() => _module.Dispose();

    /// <summary>One pass over the shuffled sample; gives the mean loss over its images.</summary>
    private double RunEpoch(optim.Optimizer optimizer, Tensor sample, Generator generator, CancellationToken cancel)
    {
        using DisposeScope epoch = NewDisposeScope();
        long count = sample.shape[0];
        Tensor order = randperm(count, generator: generator);
        double sum = 0;
        for (long start = 0; start < count; start += _options.BatchSize)
        {
            cancel.ThrowIfCancellationRequested();
            using DisposeScope step = NewDisposeScope();
            long length = Math.Min(_options.BatchSize, count - start);
            // Gathered batch by batch: a shuffled copy of the sample would push weights and moments out of the cache.
            Tensor batch = sample.index_select(0, order.narrow(0, start, length));
            optimizer.zero_grad();
            Tensor loss = _module.Loss(batch, generator);
            loss.backward();
            optimizer.step();
            sum += loss.item<float>() * (double)length;
        }

        return sum / count;
    }

    private double ReconstructionError(Tensor sample)
    {
        long batchSize = _options.BatchSize;
        using IDisposable frozen = no_grad();
        long count = sample.shape[0];
        double sum = 0;
        for (long start = 0; start < count; start += batchSize)
        {
            using DisposeScope step = NewDisposeScope();
            long length = Math.Min(batchSize, count - start);
            Tensor batch = sample.narrow(0, start, length);
            sum += nn.functional.mse_loss(_module.forward(batch), batch).item<float>() * (double)length;
        }

        return sum / count;
    }

    private optim.Optimizer CreateOptimizer()
    {
        IEnumerable<Parameter> parameters = _module.parameters();
        return _options.Optimizer switch
        {
            TrainingOptimizer.Adam => optim.Adam(parameters, _options.LearningRate, 0.9, 0.999, 1e-8, _options.WeightDecay),
            TrainingOptimizer.AdamW => optim.AdamW(parameters, _options.LearningRate, 0.9, 0.999, 1e-8, _options.WeightDecay),
            TrainingOptimizer.Sgd => optim.SGD(parameters, _options.LearningRate, _options.Momentum, 0, _options.WeightDecay),
            _ => throw new ArgumentOutOfRangeException(nameof(_options), _options.Optimizer, "Unknown optimizer."),
        };
    }

    private void CheckImages(float[] images, string name)
    {
        if (images.Length == 0)
            throw new InvalidDataException($"The sample of {name} has no images.");
        if (images.Length % _imageShape.Size != 0)
        {
            throw new InvalidDataException(
                $"The sample of {name} has {images.Length} values, which is no multiple of the {_imageShape.Size} of an image of {_imageShape}.");
        }

        if (AllFinite(images))
            return;
        for (int i = 0; i < images.Length; i++)
        {
            if (!float.IsFinite(images[i]))
                throw new InvalidDataException($"Image {i / _imageShape.Size} of {name} holds {images[i]}; expected values in [0, 1].");
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
