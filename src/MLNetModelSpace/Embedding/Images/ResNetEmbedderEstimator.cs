using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLNetModelSpace;

/// <summary>
/// Embeds images by the last hidden layer of a residual network (section 4.2): <c>Images</c> → <c>ImageEmbedding</c>. With a file it
/// loads torchvision's <c>resnet18</c> weights by their own names; without one it trains a small residual network on the labelled images
/// it is given. Made by <c>Transforms.EmbedImages</c>.
/// </summary>
/// <remarks>A row may hold several images: its embedding is the mean of theirs, so that a sample has a place, too.</remarks>
public sealed class ResNetEmbedderEstimator : IEstimator<ResNetEmbedderTransformer>
{
    private readonly IHostEnvironment _env;
    private readonly Options _options;

    internal ResNetEmbedderEstimator(IHostEnvironment env, Options options)
    {
        _env = env;
        _options = options.CheckedCopy();
        _options.Seed = ContextSeed.Or(env, options.Seed);
    }

    /// <summary>Where the network comes from and how it is trained.</summary>
    public sealed class Options
    {
        /// <summary>The images, n·C·H·W values in [0, 1]; default <c>Images</c>.</summary>
        public string InputColumnName { get; set; } = ZooColumns.Images;

        /// <summary>The column that is added; default <c>ImageEmbedding</c>.</summary>
        public string OutputColumnName { get; set; } = "ImageEmbedding";

        /// <summary>The shape of one image, where the column does not say it; default null.</summary>
        public ImageShape? ImageShape { get; set; }

        /// <summary>
        /// A safetensors file with torchvision's names (<c>conv1.weight</c>, <c>layer1.0.bn1.running_mean</c>, …); default null, to train.
        /// Images are then normalised by ImageNet's mean and deviation, and grey ones repeated over three channels.
        /// </summary>
        public string? WeightsFile { get; set; }

        /// <summary>The labelled images to train on where there is no file; default null.</summary>
        public ImageDataset? TrainingImages { get; set; }

        /// <summary>Which of them to train on, so that held-out images stay unseen; default null, all.</summary>
        public IReadOnlyList<int>? TrainingIndices { get; set; }

        /// <summary>Passes over the training images, at least 1; default 15. <see cref="MaxSteps"/> may end the last of them early.</summary>
        public int Epochs { get; set; } = 15;

        /// <summary>
        /// Most mini-batches in all, at least 1; default 1500, which are 15 passes over 5,000 images in batches of 50. It bounds the time of
        /// training whatever the number of images; the learning rate comes down to zero at the last.
        /// </summary>
        public int MaxSteps { get; set; } = 1500;

        /// <summary>Images in a mini-batch, at least 2; default 50.</summary>
        public int BatchSize { get; set; } = 50;

        /// <summary>Largest learning rate of AdamW, above 0; default 3e-3, down to zero by half a cosine.</summary>
        public double LearningRate { get; set; } = 3e-3;

        /// <summary>Most pixels that a training image is moved by, up or down and left or right, at least 0; default 1.</summary>
        public int MaxShift { get; set; } = 1;

        /// <summary>Whether half of the training images are mirrored left to right; default false, as letters and digits are no longer themselves.</summary>
        public bool Mirror { get; set; }

        /// <summary>Seed of initial weights and batches; default null, the context's, and where it has none 0.</summary>
        public long? Seed { get; set; }

        /// <summary>Told of every epoch, from the training thread; default none.</summary>
        public IProgress<ImageEmbedderEpoch>? Progress { get; set; }

        /// <summary>Stops the training within one mini-batch, and embedding within one batch of images; a transformer that is loaded has none. Default never.</summary>
        public CancellationToken CancellationToken { get; set; }

        internal Options CheckedCopy()
        {
            var copy = (Options)MemberwiseClone();
            ArgumentException.ThrowIfNullOrWhiteSpace(copy.InputColumnName);
            ArgumentException.ThrowIfNullOrWhiteSpace(copy.OutputColumnName);
            ArgumentRanges.RequireAtLeast(copy.Epochs, 1, nameof(Epochs));
            ArgumentRanges.RequireAtLeast(copy.MaxSteps, 1, nameof(MaxSteps));
            ArgumentRanges.RequireAtLeast(copy.BatchSize, 2, nameof(BatchSize));
            ArgumentRanges.RequireAtLeast(copy.MaxShift, 0, nameof(MaxShift));
            ArgumentRanges.RequirePositive(copy.LearningRate, nameof(LearningRate));
            if (copy.WeightsFile is null == copy.TrainingImages is null)
                throw new ArgumentException("An embedder needs a file of weights, or labelled images to train on: one of the two.", nameof(WeightsFile));
            if (copy.TrainingImages is { } dataset && copy.TrainingIndices is { } indices)
            {
                foreach (int index in indices)
                {
                    if ((uint)index >= (uint)dataset.Count)
                        throw new ArgumentOutOfRangeException(nameof(TrainingIndices), index, $"There is no image {index}: {dataset}.");
                }
            }

            return copy;
        }
    }

    /// <summary>Loads or trains the network.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">The images have no shape, or another one than the network reads.</exception>
    /// <exception cref="InvalidDataException">The file lacks tensors or has some of another shape: each is named.</exception>
    public ResNetEmbedderTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        DataViewSchema.Column column = SchemaErrors.RequireFloatVector(input.Schema, _options.InputColumnName, knownSize: false);
        ImageShape shape = ZooAnnotations.RequireImageShape(column, _options.ImageShape ?? _options.TrainingImages?.Shape);
        if (_options.WeightsFile is { } file)
        {
            (ResidualLayout layout, Dictionary<string, float[]> tensors) = ResidualWeights.Load(file);
            return new ResNetEmbedderTransformer(_env, _options.InputColumnName, _options.OutputColumnName, shape, layout, tensors, _options.CancellationToken);
        }

        ImageDataset dataset = _options.TrainingImages!;
        if (dataset.Shape != shape)
            throw new ArgumentException($"The training images are {dataset.Shape}; column '{_options.InputColumnName}' has images of {shape}.", nameof(input));
        (ResidualLayout trained, Dictionary<string, float[]> values) = ResidualTraining.Train(_env, _options);
        return new ResNetEmbedderTransformer(_env, _options.InputColumnName, _options.OutputColumnName, shape, trained, values, _options.CancellationToken);
    }

    /// <summary>What embeds, and which column, on one line.</summary>
    public override string ToString() => $"EmbedImages: {_options.InputColumnName} → {_options.OutputColumnName}; {(_options.WeightsFile is { } file ? $"weights of '{file}'" : $"trained on {_options.TrainingImages}")}";

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaErrors.RequireFloatVector(inputSchema, _options.InputColumnName);
        return EmbeddingTargets.WithOutput(inputSchema, _options.OutputColumnName);
    }
}

/// <summary>One epoch in the training of an image embedder.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Steps">Mini-batches so far, of all epochs.</param>
/// <param name="TotalSteps">Mini-batches in all.</param>
/// <param name="TrainingLoss">Mean cross-entropy over the epoch's mini-batches, in nats.</param>
public readonly record struct ImageEmbedderEpoch(int Epoch, int Steps, int TotalSteps, double TrainingLoss);
