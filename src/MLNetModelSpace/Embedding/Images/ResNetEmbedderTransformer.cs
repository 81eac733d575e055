using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetModelSpace;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

[assembly: LoadableClass(
    typeof(ResNetEmbedderTransformer), null, typeof(SignatureLoadModel), ResNetEmbedderTransformer.LoaderName, ResNetEmbedderTransformer.LoaderName)]

namespace MLNetModelSpace;

/// <summary>Embeds images by the last hidden layer of a residual network. Thread-safe; disposing of it frees the network, after which it embeds no more.</summary>
public sealed class ResNetEmbedderTransformer : ModelSpaceTransformer, IDisposable
{
    internal const string LoaderName = "ModelSpaceResNet";

    private static readonly ModelFormat s_format = new("MSRESNET", LoaderName, 1);
    private const int BatchSize = 64;
    private const int MaxWidth = 4096;

    private readonly string _input;
    private readonly string _output;
    private readonly ResidualLayout _layout;
    private readonly Dictionary<string, float[]> _tensors;
    private readonly Lazy<ResidualNetwork> _network;
    private readonly CancellationToken _cancel;
    private volatile bool _isDisposed;

    internal ResNetEmbedderTransformer(
        IHostEnvironment env, string input, string output, ImageShape shape, ResidualLayout layout, Dictionary<string, float[]> tensors,
        CancellationToken cancel = default)
        : base(env, s_format)
    {
        if (shape.Channels != layout.Channels && shape.Channels != 1)
            throw new ArgumentException($"The network reads images of {layout.Channels} channels; these are {shape}.", nameof(shape));
        _input = input;
        _output = output;
        _layout = layout;
        _tensors = tensors;
        _cancel = cancel;
        ImageShape = shape;
        _network = new Lazy<ResidualNetwork>(BuildNetwork);
    }

    /// <summary>The shape of one image.</summary>
    public ImageShape ImageShape { get; }

    /// <summary>Number of values of an embedding.</summary>
    public int Dimension => _layout.Width;

    /// <summary>Number of classes it was trained to tell; 0 where the weights came from a file.</summary>
    public int ClassCount => _layout.Classes;

    /// <summary>The embeddings of images, one after another.</summary>
    /// <param name="images">n·C·H·W values in [0, 1].</param>
    /// <returns>n vectors of <see cref="Dimension"/> values.</returns>
    /// <exception cref="ArgumentException">The number of values is no positive multiple of an image's, or a value is outside [0, 1].</exception>
    public float[][] Embed(ReadOnlySpan<float> images) => Run(images, classify: false);

    /// <summary>The most probable class of each image.</summary>
    /// <param name="images">As in <see cref="Embed"/>.</param>
    /// <exception cref="InvalidOperationException">The weights came from a file, which has no classes of yours.</exception>
    /// <exception cref="ArgumentException">The number of values is no positive multiple of an image's, or a value is outside [0, 1].</exception>
    public int[] Classify(ReadOnlySpan<float> images)
    {
        if (ClassCount == 0)
            throw new InvalidOperationException("This embedder was loaded from a file and knows no classes.");
        return Array.ConvertAll(Run(images, classify: true), scores => TensorPrimitives.IndexOfMax<float>(scores));
    }

    private static ResNetEmbedderTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => s_format.Load(ctx, reader => Read(env, reader));

    private static ResNetEmbedderTransformer Read(IHostEnvironment env, BinaryReader reader)
    {
        string input = ModelContent.ReadText(reader, "image column");
        string output = ModelContent.ReadText(reader, "output column");
        var shape = new ImageShape(Count("channels"), Count("height"), Count("width"));
        int channels = Count("network channels"), stemWidth = Count("stem width"), kernel = Count("stem kernel"), stride = Count("stem stride");
        bool pool = reader.ReadBoolean();
        int[] widths = new int[ModelContent.ReadCount(reader, "stages", 1, 16)];
        for (int i = 0; i < widths.Length; i++)
            widths[i] = Count("stage width");
        var layout = new ResidualLayout(
            channels, stemWidth, kernel, stride, pool, widths, ModelContent.ReadCount(reader, "first stride", 1, 16),
            ModelContent.ReadCount(reader, "blocks", 1, 64), ModelContent.ReadCount(reader, "classes", 0, ImageDataset.MaxClasses));
        var tensors = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach ((string name, long[] size) in layout.Tensors())
        {
            long length = size.Aggregate(1L, (product, next) => product * next);
            float[] values = ModelContent.ReadFloats(reader, name, int.MaxValue / sizeof(float));
            if (values.Length != length)
                throw new InvalidDataException($"'{name}' has {values.Length} values; expected {length}.");
            tensors.Add(name, values);
        }

        return new ResNetEmbedderTransformer(env, input, output, shape, layout, tensors);

        int Count(string what)
        {
            return ModelContent.ReadCount(reader, what, 1, MaxWidth);
        }
    }

    /// <summary>Frees the network.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        if (_network.IsValueCreated)
            _network.Value.Dispose();
    }

    private protected override void Write(BinaryWriter writer)
    {
        writer.Write(_input);
        writer.Write(_output);
        foreach (int value in (int[])[ImageShape.Channels, ImageShape.Height, ImageShape.Width, _layout.Channels, _layout.StemWidth, _layout.StemKernel, _layout.StemStride])
            writer.Write(value);
        writer.Write(_layout.StemPool);
        writer.Write(_layout.Widths.Count);
        foreach (int width in _layout.Widths)
            writer.Write(width);
        writer.Write(_layout.FirstStride);
        writer.Write(_layout.Blocks);
        writer.Write(_layout.Classes);
        foreach ((string name, _) in _layout.Tensors())
            ModelContent.WriteFloats(writer, _tensors[name]);
    }

    private protected override RowBinding Bind(DataViewSchema input, long? rows)
    {
        DataViewSchema.Column column = SchemaErrors.RequireFloatVector(input, _input, knownSize: false);
        if (ZooAnnotations.GetImageShape(column) is { } shape && shape != ImageShape)
            throw SchemaErrors.Mismatch(_input, $"images of {ImageShape}", $"images of {shape}");
        return new EmbeddingBinding(input, column, _output, Dimension, Mean);
    }

    private float[] Mean(ReadOnlySpan<float> images)
    {
        float[][] all = Embed(images);
        float[] mean = new float[Dimension];
        foreach (float[] one in all)
            TensorPrimitives.Add(mean, one, mean);
        TensorPrimitives.Divide(mean, all.Length, mean);
        return mean;
    }

    private float[][] Run(ReadOnlySpan<float> images, bool classify)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        int size = ImageShape.Size;
        if (images.IsEmpty || images.Length % size != 0)
            throw new ArgumentException($"There are {images.Length} values; expected a positive multiple of the {size} of an image of {ImageShape}.", nameof(images));
        PixelConversion.Require(images, ImageShape, nameof(images));
        float[][] result = new float[images.Length / size][];
        float[] pixels = images.ToArray();
        try
        {
            TorchThreads.For((result.Length + BatchSize - 1) / BatchSize, -1, _cancel, batch =>
            {
                using IDisposable frozen = no_grad();
                int start = batch * BatchSize, count = Math.Min(BatchSize, result.Length - start);
                Tensor input = ImageTensors.Prepare(
                    pixels.AsSpan(start * size, count * size).ToArray(), count, ImageShape, _layout.Channels, imageNet: _layout.Classes == 0);
                Tensor output = classify ? _network.Value.forward(input) : _network.Value.Embed(input);
                float[] values = output.data<float>().ToArray();
                int width = values.Length / count;
                for (int i = 0; i < count; i++)
                    result[start + i] = values.AsSpan(i * width, width).ToArray();
            });
        }
        catch (ExternalException error)
        {
            throw TorchErrors.Explain($"Images of {ImageShape} cannot be embedded", error);
        }

        return result;
    }

    private ResidualNetwork BuildNetwork()
    {
        // The network outlives the dispose scope of whoever embeds first.
        var network = new ResidualNetwork(_layout);
        foreach ((string name, _) in _layout.Tensors())
            network.Set(name, _tensors[name]);
        network.eval();
        return network;
    }
}
