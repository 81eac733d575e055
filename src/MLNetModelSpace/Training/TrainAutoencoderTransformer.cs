using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetModelSpace;

[assembly: LoadableClass(
    typeof(TrainAutoencoderTransformer), null, typeof(SignatureLoadModel), TrainAutoencoderTransformer.LoaderName, TrainAutoencoderTransformer.LoaderName)]

namespace MLNetModelSpace;

/// <summary>
/// Adds the weights of a model trained on each row's images. Training happens as rows are read: ahead of the reader, several models in one tensor program on each of
/// several threads, and rows come in their order.
/// </summary>
/// <remarks>
/// <para>A model is trained once: what has been trained is kept, for all transformers that one estimator gives, by the row's sample, its seed and the options, in
/// memory up to <see cref="TrainAutoencoderEstimator.Options.MemoryLimitBytes"/> and, where there is one, for good in
/// <see cref="TrainAutoencoderEstimator.Options.Directory"/>. Rows of a zoo plan are recognised without gathering their images; other rows are
/// recognised by a hash of their images.</para>
/// <para>Rows that have weights already pass as they are: a view with the column of weights and no images gets no columns, so that a fitted pipeline also
/// takes models that were trained elsewhere.</para>
/// <para>Behind ML.NET's own cursors what goes wrong here (a diverging model, cancellation) is the <see cref="Exception.GetBaseException"/> of what is thrown.</para>
/// <para>Saved in a pipeline's <c>.zip</c> are the options that decide the weights, the columns and the image shape; not the models, the directory,
/// the token, the progress, threads or device. Thread-safe. Disposing it ends the thread that trains single rows for prediction engines.</para>
/// </remarks>
public sealed class TrainAutoencoderTransformer : ModelSpaceTransformer, IDisposable
{
    internal const string LoaderName = "MSpaceTrainAutoencoder";

    private static readonly ModelFormat s_format = new("MSPTRAIN", LoaderName, 1);
    private readonly Lazy<TorchSharp.torch.Device> _device;
    private int _toldOfSingleImages;

    internal TrainAutoencoderTransformer(
        IHostEnvironment env, TrainAutoencoderEstimator.Options options, ImageShape imageShape, TrainingMemory? memory = null)
        : base(env, s_format)
    {
        TrainingOptions = options;
        ImageShape = imageShape;
        Layout = options.Architecture.GetLayout(imageShape);
        StackTrainer.CheckStackSize(options, Layout);
        _device = new Lazy<TorchSharp.torch.Device>(() => TrainingDevice.Find(env, options));
        Memory = memory ?? new TrainingMemory(options.MemoryLimitBytes, options.Directory is null ? null : new ModelDirectory(options.Directory, Layout, Log), () => Log(
            $"Trained models fill the {options.MemoryLimitBytes >> 20} MB of Options.MemoryLimitBytes: the oldest are forgotten and trained again when they are asked for. " +
            "A larger limit or an Options.Directory keeps them."));
        SingleRows = new TrainingQueue(1, 1, CreateTrainer, options.CancellationToken);
    }

    /// <summary>The shape of one image.</summary>
    public ImageShape ImageShape { get; }

    /// <summary>Names and shapes of the weights.</summary>
    public WeightLayout Layout { get; }

    /// <summary>What is trained.</summary>
    public Architecture Architecture => TrainingOptions.Architecture;

    internal TrainAutoencoderEstimator.Options TrainingOptions { get; }

    internal TrainingMemory Memory { get; }

    /// <summary>Where models are trained; looked for when it is first asked for, so that a pipeline loads where nothing is trained.</summary>
    internal TorchSharp.torch.Device Device => _device.Value;

    /// <summary>The most models of a stack.</summary>
    internal int StackCapacity => Architecture.GetNetwork(ImageShape) is { } network ? StackTrainer.CapacityFor(TrainingOptions, network, Device) : 1;

    /// <summary>Trains for prediction engines.</summary>
    internal TrainingQueue SingleRows { get; }

    internal TrainingQueue CreateQueue(int threads) => new(threads, StackCapacity, CreateTrainer, TrainingOptions.CancellationToken);

    internal void Log(string message)
    {
        using IChannel channel = Host.Start("TrainAutoencoder");
        channel.Info(MessageSensitivity.None, message);
    }

    /// <summary>Warns, once, that each image has become a sample of its own.</summary>
    internal void WarnOfSingleImages()
    {
        if (Interlocked.Exchange(ref _toldOfSingleImages, 1) != 0)
            return;
        using IChannel channel = Host.Start("TrainAutoencoder");
        channel.Warning(
            MessageSensitivity.None,
            $"A row of column '{TrainingOptions.InputColumnName}' holds one image, so a model is trained on that image alone: a row is the sample of one model, n·C·H·W values.");
    }

    private IModelTrainer CreateTrainer() => Architecture.GetNetwork(ImageShape) is { } network
        ? new StackTrainer(TrainingOptions, network, ImageShape, Device, Log)
        : new ModuleTrainer(TrainingOptions, ImageShape, Device, Log);

    /// <summary>Ends the thread that trains single rows. Models that are remembered stay.</summary>
    public void Dispose() => SingleRows.Dispose();

    internal IHostEnvironment Environment => Host;

    private protected override RowBinding Bind(DataViewSchema input, long? rows)
    {
        if (input.GetColumnOrNull(TrainingOptions.InputColumnName) is null && input.GetColumnOrNull(TrainingOptions.OutputColumnName) is { } given)
        {
            SchemaErrors.RequireFloatVector(input, given.Name, knownSize: false);
            return new NothingAdded(input);
        }

        DataViewSchema.Column images = SchemaErrors.RequireFloatVector(input, TrainingOptions.InputColumnName, knownSize: false);
        if (ZooAnnotations.GetImageShape(images) is { } shape && shape != ImageShape)
            throw SchemaErrors.Mismatch(images.Name, $"images of {ImageShape}", $"images of {shape}");
        DataViewSchema.Column? seed = input.GetColumnOrNull(TrainingOptions.SeedColumnName);
        if (seed is { } column && column.Type != NumberDataViewType.Int64)
            throw SchemaErrors.Mismatch(column.Name, "Int64", column.Type.ToString()!, "seed");
        return new TrainingBinding(this, input, images, seed, rows);
    }

    /// <summary>What is trained, and how, on one line.</summary>
    public override string ToString() => $"TrainAutoencoder: {TrainingOptions.InputColumnName} → {TrainingOptions.OutputColumnName}; {TrainingOptions.Describe()}; images of {ImageShape}";

    private protected override void Write(BinaryWriter writer)
    {
        TrainAutoencoderEstimator.Options options = TrainingOptions;
        writer.Write(options.OutputColumnName);
        writer.Write(options.InputColumnName);
        writer.Write(options.SeedColumnName);
        writer.Write(options.TrainingLossColumnName);
        writer.Write(options.ReconstructionErrorColumnName);
        writer.Write(Architecture.DescribeFor(ImageShape));
        writer.Write(options.Epochs);
        writer.Write(options.BatchSize);
        writer.Write(options.LearningRate);
        writer.Write((int)options.Schedule);
        writer.Write((int)options.Loss);
        writer.Write((int)options.Optimizer);
        writer.Write(options.Momentum);
        writer.Write(options.WeightDecay);
        writer.Write(options.Seed!.Value);
        writer.Write((int)options.Divergence);
        writer.Write(options.MemoryLimitBytes);
    }

    private static TrainAutoencoderTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => s_format.Load(ctx, reader => Read(env, reader));

    private static TrainAutoencoderTransformer Read(IHostEnvironment env, BinaryReader reader)
    {
        var options = new TrainAutoencoderEstimator.Options
        {
            OutputColumnName = ModelContent.ReadText(reader, "output column"),
            InputColumnName = ModelContent.ReadText(reader, "input column"),
            SeedColumnName = ModelContent.ReadText(reader, "seed column"),
            TrainingLossColumnName = ModelContent.ReadText(reader, "loss column"),
            ReconstructionErrorColumnName = ModelContent.ReadText(reader, "error column"),
        };
        options.Architecture = Architecture.Parse(ModelContent.ReadText(reader, "architecture"), out ImageShape? shape);
        options.Epochs = reader.ReadInt32();
        options.BatchSize = reader.ReadInt32();
        options.LearningRate = reader.ReadDouble();
        options.Schedule = (LearningRateSchedule)reader.ReadInt32();
        options.Loss = (ReconstructionLoss)reader.ReadInt32();
        options.Optimizer = (TrainingOptimizer)reader.ReadInt32();
        options.Momentum = reader.ReadDouble();
        options.WeightDecay = reader.ReadDouble();
        options.Seed = reader.ReadInt64();
        options.Divergence = (DivergenceHandling)reader.ReadInt32();
        options.MemoryLimitBytes = reader.ReadInt64();
        return new TrainAutoencoderTransformer(
            env, options.CheckedCopy(), shape ?? throw new InvalidDataException("The architecture has no image shape."));
    }

    /// <summary>For rows whose weights are there.</summary>
    private sealed class NothingAdded(DataViewSchema input) : RowBinding(input, [], [])
    {
        public override Delegate?[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> active) => [];
    }
}
