using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace;

/// <summary>
/// Which models of a zoo fit new images best? Answered in two ways: by training one small model on the images and looking its place up,
/// or by the images' own place on the sphere, without training. Thread-safe.
/// </summary>
/// <remarks>
/// What is looked up depends on the index. One of the models' own places gives those trained on the likest mixture. One of the models' errors on
/// each class (<c>Search.ProbeClassErrors</c>, with <see cref="IndexMetric.ExpectedCost"/>) gives those that are
/// expected to fit best: the error on a mixture is the mean of the errors on its classes, weighted by their shares, and the place is the
/// shares. The sphere holds two classes as far apart as any others; errors know which of them are alike, and which are hard.
/// </remarks>
public sealed class ModelSearch
{
    private readonly MLContext _ml;
    private readonly ITransformer? _fromImages;
    private readonly ImagePlacement? _placement;
    private readonly ImageShape _shape;
    private readonly ClassBasis? _basis;

    internal ModelSearch(MLContext ml, ModelIndex index, ImageShape shape, ITransformer? fromImages, ImagePlacement? placement, ClassBasis? basis)
    {
        if (fromImages is null && placement is null)
            throw new ArgumentException("A search of images needs a pipeline that trains and places a model, an image placement, or both.", nameof(fromImages));
        if (placement is not null && (basis?.Dimension ?? placement.ClassCount) != index.Dimension)
            throw new ArgumentException($"The placement gives {basis?.Dimension ?? placement.ClassCount} values; the index has {index.Dimension} dimensions.", nameof(placement));
        if (index.Metric == IndexMetric.ExpectedCost && basis is not null)
            throw new ArgumentException("An index of expected costs is asked with the shares of the classes; a class basis hides them.", nameof(basis));
        (_ml, Index, _shape, _fromImages, _placement, _basis) = (ml, index, shape, fromImages, placement, basis);
    }

    /// <summary>The models that are searched.</summary>
    public ModelIndex Index { get; }

    /// <summary>Search (i): trains one small model on the images, places it by its weights, and looks it up.</summary>
    /// <param name="images">n·C·H·W values in [0, 1].</param>
    /// <param name="k">How many models, at least 1.</param>
    /// <param name="seed">Seed of the model that is trained; null for the context's, and where it has none 0.</param>
    /// <param name="cancellationToken">Stops the search between its steps; training in the midst of it looks at the token of its own options.</param>
    /// <exception cref="InvalidOperationException">The search was made without a pipeline.</exception>
    public IReadOnlyList<IndexHit> SearchByTraining(float[] images, int k, long? seed = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (_fromImages is null)
            throw new InvalidOperationException("This search was made without a pipeline that trains a model; search by placement.");
        CheckImages(images);
        IDataView row = ImageSamples.Load(_ml, [images], [ContextSeed.Or(_ml, seed)], _shape);
        IDataView placed = _fromImages.Transform(row);
        return Find(ColumnMatrix.Read(placed, cancellationToken, ZooColumns.Embedding)[0][0].ToArray(), k);
    }

    /// <summary>Search (ii): places the images on the sphere by the image embedder, and looks that place up.</summary>
    /// <param name="images">n·C·H·W values in [0, 1].</param>
    /// <param name="k">How many models, at least 1.</param>
    /// <exception cref="InvalidOperationException">The search was made without a placement.</exception>
    public IReadOnlyList<IndexHit> SearchByPlacement(ReadOnlySpan<float> images, int k)
    {
        if (_placement is null)
            throw new InvalidOperationException("This search was made without an image placement; search by training.");
        return Find(_placement.Place(images, _basis), k);
    }

    /// <summary>Looks a place up: as it is, or, where the index holds costs of the classes, as the shares whose direction it is.</summary>
    private IReadOnlyList<IndexHit> Find(float[] place, int k)
    {
        if (Index.Metric == IndexMetric.ExpectedCost)
        {
            // An encoder may place a model a little outside the sphere's part; shares are not negative.
            TensorPrimitives.Max(place, 0, place);
            float sum = TensorPrimitives.Sum<float>(place);
            if (!(sum > 0))
                throw new InvalidOperationException("The place has no positive coordinate: it says nothing of the classes' shares.");
            TensorPrimitives.Divide(place, sum, place);
        }

        return Index.Search(place, k);
    }

    private void CheckImages(float[] images)
    {
        if (images.Length == 0 || images.Length % _shape.Size != 0)
            throw new ArgumentException($"There are {images.Length} values; expected a positive multiple of the {_shape.Size} of an image of {_shape}.", nameof(images));
        PixelConversion.Require(images, _shape, nameof(images));
    }
}

/// <summary>One answer of a <see cref="ModelIndex"/>.</summary>
/// <param name="Id">The model's identifier.</param>
/// <param name="Position">Its row in the index, from 0; <see cref="ModelIndex.GetMetadata{T}"/> takes it.</param>
/// <param name="Score">The cosine (larger is nearer) or the Euclidean distance (smaller is nearer).</param>
public readonly record struct IndexHit(string Id, int Position, float Score);
