using Microsoft.ML;

namespace MLNetModelSpace;

/// <summary>Transforms of <c>mlContext.ModelSpace()</c>: from images to weights, from weights to features, from images to embeddings.</summary>
public sealed class ModelSpaceTransformsCatalog
{
    internal ModelSpaceTransformsCatalog(MLContext context) => Context = context;

    /// <summary>The context this catalog belongs to.</summary>
    public MLContext Context { get; }

    /// <summary>Trains an autoencoder on each row's images.</summary>
    /// <param name="outputColumnName">The column of weights that is added.</param>
    /// <param name="inputColumnName">The column of images.</param>
    /// <param name="architecture">What is trained. Default: <see cref="LinearAutoencoder"/> with 32 hidden units.</param>
    /// <param name="epochs">Passes over the sample, at least 1.</param>
    /// <param name="batchSize">Images a step, at least 1.</param>
    /// <param name="learningRate">Step size, positive and finite.</param>
    /// <exception cref="ArgumentException">A value out of its range.</exception>
    public TrainAutoencoderEstimator TrainAutoencoder(
        string outputColumnName = ZooColumns.Weights, string inputColumnName = ZooColumns.Images,
        Architecture? architecture = null, int epochs = 60, int batchSize = 20, double learningRate = 1e-3) =>
        TrainAutoencoder(new TrainAutoencoderEstimator.Options
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            Architecture = architecture ?? new LinearAutoencoder(),
            Epochs = epochs,
            BatchSize = batchSize,
            LearningRate = learningRate,
        });

    /// <summary>Trains an autoencoder on each row's images, with every option at hand.</summary>
    /// <param name="options">What is trained, and how; copied.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public TrainAutoencoderEstimator TrainAutoencoder(TrainAutoencoderEstimator.Options options) => new(Context, options);

    /// <summary>Turns the weights of a model into features, by weights alone.</summary>
    /// <param name="outputColumnName">The column to add: <c>Vector&lt;Single, d&gt;</c> with slot names.</param>
    /// <param name="inputColumnName">The weights: a vector of <see cref="float"/>; null for <paramref name="outputColumnName"/>.</param>
    /// <param name="features">The families of features; the paper's two unless said otherwise.</param>
    /// <exception cref="ArgumentException">A name is empty, or <paramref name="features"/> is none or has an unknown flag.</exception>
    public VectorizeWeightsEstimator VectorizeWeights(
        string outputColumnName = ZooColumns.Features,
        string? inputColumnName = ZooColumns.Weights,
        WeightFeatures features = WeightFeatures.SingularValues | WeightFeatures.Histogram) =>
        VectorizeWeights(new VectorizeWeightsEstimator.Options
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName ?? outputColumnName,
            Features = features,
        });

    /// <summary>Turns the weights of a model into features, by weights alone, with every option at hand.</summary>
    /// <param name="options">What to compute; copied.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public VectorizeWeightsEstimator VectorizeWeights(VectorizeWeightsEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new VectorizeWeightsEstimator(Context, options);
    }

    /// <summary>Runs each row's model on fixed probes and turns its answers into features.</summary>
    /// <param name="outputColumnName">The column to add: <c>Vector&lt;Single, d&gt;</c> with slot names.</param>
    /// <param name="inputColumnName">The weights: a vector of <see cref="float"/>.</param>
    /// <param name="referenceImages">Images of the user's own to ask about, n·C·H·W values in [0, 1]; null for none.</param>
    /// <exception cref="ArgumentException">A name is empty, or a pixel is out of [0, 1].</exception>
    public ProbeModelEstimator ProbeModel(
        string outputColumnName = "Responses", string inputColumnName = ZooColumns.Weights, float[]? referenceImages = null) =>
        ProbeModel(new ProbeModelEstimator.Options
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            Probes = { ReferenceImages = referenceImages ?? [] },
        });

    /// <summary>Runs each row's model on fixed probes and turns its answers into features, with every option at hand.</summary>
    /// <param name="options">What to ask and what to make of the answers; copied.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public ProbeModelEstimator ProbeModel(ProbeModelEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new ProbeModelEstimator(Context, options);
    }

    /// <summary>
    /// The mean squared reconstruction error of each model on images of each class: <c>Weights</c> → <c>ClassErrors</c>,
    /// <c>Vector&lt;Single, K&gt;</c>. An index of these with <see cref="IndexMetric.ExpectedCost"/> finds the models that are expected to fit a
    /// mixture best. Runs every model once; a functional feature.
    /// </summary>
    /// <param name="dataset">Labelled images, of the shape the models reconstruct.</param>
    /// <param name="indices">Which of them, for each class in the order of the shares; at least three classes, none empty.</param>
    /// <param name="imagesPerClass">Images taken of each class, the first ones, at least 1; all have as many as the smallest has. Default 200.</param>
    /// <exception cref="ArgumentException">Fewer than three classes, or a class without images.</exception>
    /// <exception cref="ArgumentOutOfRangeException">No images a class, or an index outside the dataset.</exception>
    public ProbeModelEstimator ProbeClassErrors(ImageDataset dataset, IReadOnlyList<IReadOnlyList<int>> indices, int imagesPerClass = 200)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(indices);
        ArgumentOutOfRangeException.ThrowIfLessThan(imagesPerClass, 1);
        ClassBasis.CheckClasses(indices.Count, nameof(indices));
        int count = imagesPerClass;
        for (int k = 0; k < indices.Count; k++)
        {
            if (indices[k].Count == 0)
                throw new ArgumentException($"Class {k} has no images.", nameof(indices));
            count = Math.Min(count, indices[k].Count);
        }

        float[] images = new float[checked(indices.Count * count * dataset.Shape.Size)];
        dataset.CopyImages([.. indices.SelectMany(chosen => chosen.Take(count))], images);
        return ProbeModel(new ProbeModelEstimator.Options
        {
            OutputColumnName = "ClassErrors",
            Features = ProbeFeatures.GroupErrors,
            Probes = { ReferenceImages = images, ReferenceGroups = indices.Count, Noise = 0, Impulses = 0, Gratings = 0 },
            Answers = { Directions = 0 },
        });
    }

    /// <summary>Weights-only features for an encoder: each model's composed map in the leading directions of the training models' mean map.</summary>
    /// <param name="options">What is read and how much of it is kept; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is outside its range.</exception>
    public ComposedSubspaceEstimator ProjectComposedMap(ComposedSubspaceEstimator.Options? options = null) =>
        new(Context, options ?? new ComposedSubspaceEstimator.Options());

    /// <summary>Describes models by the spectra of their graphs, without training; encoders take them as features.</summary>
    /// <param name="outputColumnName">The column that is added, <c>Vector&lt;Single, d&gt;</c> with slot names.</param>
    /// <param name="inputColumnName">The weights.</param>
    /// <param name="layoutColumnName">The text column of layouts, where the weights carry none.</param>
    /// <param name="layout">The layout of weights that do not say theirs; default null.</param>
    public GraphDescriptorsEstimator DescribeGraphs(
        string outputColumnName = ZooColumns.Features, string inputColumnName = ZooColumns.Weights,
        string layoutColumnName = ZooColumns.Layout, WeightLayout? layout = null) =>
        new(Context, outputColumnName, inputColumnName, layoutColumnName, layout);

    /// <summary>Embeds images by a residual network, loaded from a file or trained on labelled images.</summary>
    /// <param name="options">Where the network comes from and how it is trained.</param>
    /// <exception cref="ArgumentException">An option is outside its range, or there is neither a file nor labelled images, or both.</exception>
    public ResNetEmbedderEstimator EmbedImages(ResNetEmbedderEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new ResNetEmbedderEstimator(Context, options);
    }
}
