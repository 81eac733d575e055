using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLNetModelSpace;

/// <summary>
/// Trains an autoencoder on each row's images: <c>Images</c> → <c>Weights</c>, with the training loss and the reconstruction error beside.
/// Fitting reads the schema only; models are trained as rows are read, several at once, and each once, also where the estimator is fitted
/// several times, as cross-validation does (see <see cref="TrainAutoencoderTransformer"/>). The same seed gives the same models on any number of threads.
/// </summary>
public sealed class TrainAutoencoderEstimator : IEstimator<TrainAutoencoderTransformer>
{
    private readonly IHostEnvironment _env;
    private readonly Options _options;
    private readonly Lock _lock = new();
    private (ImageShape Shape, TrainingMemory Memory)? _last;

    internal TrainAutoencoderEstimator(IHostEnvironment env, Options options)
    {
        ArgumentNullException.ThrowIfNull(env);
        ArgumentNullException.ThrowIfNull(options);
        _env = env;
        _options = options.CheckedCopy();
        _options.Seed = ContextSeed.Or(env, options.Seed);
    }

    /// <summary>Reads the images' shape from the schema and gives the transformer that trains.</summary>
    /// <param name="input">A view with a vector column of images; no row is read.</param>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or no vector of <c>Single</c>, or the seed column is no <c>Int64</c>.</exception>
    /// <exception cref="ArgumentException">
    /// Neither the column (by an annotation, or by the dimensions C×H×W or n×C×H×W of its vectors) nor the options say the shape of its images, or the
    /// architecture does not fit it.
    /// </exception>
    /// <exception cref="IOException">The directory cannot be written.</exception>
    /// <exception cref="InvalidOperationException">The GPU that was asked for is not there.</exception>
    public TrainAutoencoderTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        DataViewSchema.Column images = SchemaErrors.RequireFloatVector(input.Schema, _options.InputColumnName, knownSize: false);
        ImageShape shape = ZooAnnotations.RequireImageShape(images, _options.ImageShape);
        TrainAutoencoderTransformer transformer;
        lock (_lock)
        {
            transformer = new TrainAutoencoderTransformer(_env, _options, shape, _last is { } last && last.Shape == shape ? last.Memory : null);
            _last = (shape, transformer.Memory);
        }

        transformer.GetOutputSchema(input.Schema);
        _ = transformer.Device;
        return transformer;
    }

    /// <summary>What is trained, and how, on one line.</summary>
    public override string ToString() => $"TrainAutoencoder: {_options.InputColumnName} → {_options.OutputColumnName}; {_options.Describe()}";

    /// <summary>The shape of the schema with the columns that training adds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or no vector of <c>Single</c>.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaErrors.RequireFloatVector(inputSchema, _options.InputColumnName);
        var annotations = new SchemaShape(
        [
            new SchemaShape.Column(ZooAnnotations.WeightLayout, SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance, false),
        ]);
        SchemaShape.Column[] added =
        [
            new SchemaShape.Column(_options.OutputColumnName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, annotations),
            new SchemaShape.Column(_options.TrainingLossColumnName, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false),
            new SchemaShape.Column(_options.ReconstructionErrorColumnName, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false),
        ];
        return SchemaErrors.WithColumns(inputSchema, added);
    }

    /// <summary>How models are trained. Checked when the estimator is made.</summary>
    public sealed class Options
    {
        /// <summary>The column of weights that is added: <c>Vector&lt;Single, P&gt;</c> with its <see cref="WeightLayout"/> as an annotation. Default: <c>Weights</c>.</summary>
        public string OutputColumnName { get; set; } = ZooColumns.Weights;

        /// <summary>The column of images: n·C·H·W values in [0, 1]. Default: <c>Images</c>.</summary>
        public string InputColumnName { get; set; } = ZooColumns.Images;

        /// <summary>The <c>Int64</c> column of seeds; where the view has none, every row takes <see cref="Seed"/>. Default: <c>Seed</c>.</summary>
        public string SeedColumnName { get; set; } = ZooColumns.Seed;

        /// <summary>The added <c>Single</c> column of the mean loss of the last epoch. Default: <c>TrainingLoss</c>.</summary>
        public string TrainingLossColumnName { get; set; } = ZooColumns.TrainingLoss;

        /// <summary>The added <c>Single</c> column of the mean squared error per pixel on the sample after training. Default: <c>ReconstructionError</c>.</summary>
        public string ReconstructionErrorColumnName { get; set; } = ZooColumns.ReconstructionError;

        /// <summary>What is trained. Default: <see cref="LinearAutoencoder"/> with 32 hidden units.</summary>
        public Architecture Architecture { get; set; } = new LinearAutoencoder();

        /// <summary>Passes over the sample, at least 1. Default: 60, with which weights of small models have come near their optimum.</summary>
        public int Epochs { get; set; } = 60;

        /// <summary>Images a step, at least 1; a batch larger than the sample is the whole sample. Default: 20.</summary>
        public int BatchSize { get; set; } = 20;

        /// <summary>Step size, positive and finite. Default: 1e-3.</summary>
        public double LearningRate { get; set; } = 1e-3;

        /// <summary>The optimizer. Default: Adam.</summary>
        public TrainingOptimizer Optimizer { get; set; } = TrainingOptimizer.Adam;

        /// <summary>How the learning rate changes from epoch to epoch. Default: it stays.</summary>
        public LearningRateSchedule Schedule { get; set; } = LearningRateSchedule.Constant;

        /// <summary>What reconstructions are compared with their images by. Default: the mean squared error.</summary>
        public ReconstructionLoss Loss { get; set; } = ReconstructionLoss.MeanSquaredError;

        /// <summary>Momentum of <see cref="TrainingOptimizer.Sgd"/>, in [0, 1). Default: 0.9.</summary>
        public double Momentum { get; set; } = 0.9;

        /// <summary>Weight decay, 0 or more. Default: 0.</summary>
        public double WeightDecay { get; set; }

        /// <summary>The seed of every row where there is no seed column. Default: null, the context's, and where it has none 0.</summary>
        public long? Seed { get; set; }

        /// <summary>The shape of one image, where the image column has no annotation that says it. Default: none; the vectors' own dimensions then give it.</summary>
        public ImageShape? ImageShape { get; set; }

        /// <summary>Models trained at once, at least 1. Default: null, one for each core.</summary>
        public int? Threads { get; set; }

        /// <summary>Models trained in one tensor program, at least 1 (networks with convolutions: at most 8 on the CPU). Default: null, what suits their size. No model depends on it.</summary>
        public int? StackSize { get; set; }

        /// <summary>The CUDA device to train on. Default: null, the context's <see cref="MLContext.GpuDeviceId"/>, and where that is null the CPU. Weights of the same seed differ between devices.</summary>
        public int? GpuDeviceId { get; set; }

        /// <summary>Whether to train on the CPU where the device is not there, with a line in the log. Default: null, the context's <see cref="MLContext.FallbackToCpu"/>.</summary>
        public bool? FallbackToCpu { get; set; }

        /// <summary>What becomes of a model whose training diverges. Default: the pass ends with a <see cref="TrainingDivergedException"/>.</summary>
        public DivergenceHandling Divergence { get; set; } = DivergenceHandling.Throw;

        /// <summary>Bytes of trained models kept in memory, 0 or more. Default: 256 MB.</summary>
        public long MemoryLimitBytes { get; set; } = 256L << 20;

        /// <summary>A directory in which trained models are kept, one safetensors file each, and found again by a later run. Default: none.</summary>
        public string? Directory { get; set; }

        /// <summary>Stops training before the next step, for good: a transformer whose token is cancelled trains nothing more. What it finished is in <see cref="Directory"/>, where there is one. Default: never.</summary>
        public CancellationToken CancellationToken { get; set; }

        /// <summary>Told after every model of a pass, from the first on that is trained in it: a pass over models that are all remembered is silent. Default: none.</summary>
        public IProgress<ZooProgress>? Progress { get; set; }

        /// <summary>What decides the weights, on one line; part of every model's key.</summary>
        internal string Describe() => FormattableString.Invariant(
            $"{Architecture}; epochs={Epochs}, batch={BatchSize}, lr={LearningRate:R} {Schedule}, {Optimizer}, momentum={(Optimizer == TrainingOptimizer.Sgd ? Momentum : 0):R}, decay={WeightDecay:R}, {Loss}");

        internal Options CheckedCopy()
        {
            var copy = (Options)MemberwiseClone();
            ArgumentException.ThrowIfNullOrEmpty(OutputColumnName);
            ArgumentException.ThrowIfNullOrEmpty(InputColumnName);
            ArgumentException.ThrowIfNullOrEmpty(SeedColumnName);
            ArgumentException.ThrowIfNullOrEmpty(TrainingLossColumnName);
            ArgumentException.ThrowIfNullOrEmpty(ReconstructionErrorColumnName);
            ArgumentNullException.ThrowIfNull(Architecture);
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Epochs);
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BatchSize);
            CheckReal(LearningRate, LearningRate > 0, nameof(LearningRate), "a positive finite number");
            CheckReal(Momentum, Momentum is >= 0 and < 1, nameof(Momentum), "a number in [0, 1)");
            CheckReal(WeightDecay, WeightDecay >= 0, nameof(WeightDecay), "a finite number, 0 or more");
            if (!Enum.IsDefined(Optimizer))
                throw new ArgumentOutOfRangeException(nameof(Optimizer), Optimizer, $"'{Optimizer}' is no optimizer.");
            if (!Enum.IsDefined(Schedule))
                throw new ArgumentOutOfRangeException(nameof(Schedule), Schedule, $"'{Schedule}' is no schedule.");
            if (!Enum.IsDefined(Loss))
                throw new ArgumentOutOfRangeException(nameof(Loss), Loss, $"'{Loss}' is no loss.");
            if (!Enum.IsDefined(Divergence))
                throw new ArgumentOutOfRangeException(nameof(Divergence), Divergence, $"'{Divergence}' is no way to handle divergence.");
            if (Loss == ReconstructionLoss.BinaryCrossEntropy && !Architecture.EndsInSigmoid)
                throw new ArgumentException($"{Architecture} does not end in a logistic function, which {Loss} asks for: set its output to {OutputActivation.Sigmoid}.", nameof(Loss));
            if (StackSize is { } stack)
                ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stack, nameof(StackSize));
            if (GpuDeviceId is { } gpu)
                ArgumentOutOfRangeException.ThrowIfNegative(gpu, nameof(GpuDeviceId));
            if (ImageShape is { IsValid: false } shape)
                throw new ArgumentException($"An image of {shape} has no pixels, or more than {int.MaxValue} values.", nameof(ImageShape));
            if (Threads is { } threads)
                ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads, nameof(Threads));
            ArgumentOutOfRangeException.ThrowIfNegative(MemoryLimitBytes);
            if (Directory is { Length: 0 })
                throw new ArgumentException("The directory's name is empty.", nameof(Directory));
            return copy;
        }

        private static void CheckReal(double value, bool inRange, string name, string expected)
        {
            if (!inRange || !double.IsFinite(value))
                throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected {expected}.");
        }
    }
}

/// <summary>The optimizer models are trained with, with PyTorch's defaults but for what the options say.</summary>
public enum TrainingOptimizer
{
    /// <summary>Adam (Kingma and Ba, 2015), β = (0.9, 0.999), ε = 1e-8.</summary>
    Adam,

    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter, 2019).</summary>
    AdamW,

    /// <summary>Stochastic gradient descent with momentum.</summary>
    Sgd,
}

/// <summary>What reconstructions are compared with their images by; a mean over images and pixels.</summary>
public enum ReconstructionLoss
{
    /// <summary>The squared difference.</summary>
    MeanSquaredError,

    /// <summary>The cross-entropy of pixels in [0, 1] as probabilities; asks for <see cref="OutputActivation.Sigmoid"/>.</summary>
    BinaryCrossEntropy,
}

/// <summary>What becomes of a model whose training gives a loss or weights that are not finite. Models beside it are not touched either way.</summary>
public enum DivergenceHandling
{
    /// <summary>The pass ends with a <see cref="TrainingDivergedException"/> when its row is reached.</summary>
    Throw,

    /// <summary>Its row has NaN for weights, loss and error, so that <c>FilterRowsByMissingValues</c> leaves it out; one line in the log says which and when.</summary>
    MissingValues,
}
