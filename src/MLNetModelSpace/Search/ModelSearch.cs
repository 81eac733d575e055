using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace;

/// <summary>
/// Which models of a zoo fit new images best? Answered in two ways: by training one small model on the images and looking its place up,
/// or by the images' own place on the sphere, without training. Thread-safe.
/// </summary>
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
        (_ml, Index, _shape, _fromImages, _placement, _basis) = (ml, index, shape, fromImages, placement, basis);
    }

    /// <summary>The models that are searched.</summary>
    public ModelIndex Index { get; }

    /// <summary>Search (i): trains one small model on the images, places it by its weights, and looks it up.</summary>
    /// <param name="images">n·C·H·W finite values in [0, 1].</param>
    /// <param name="k">How many models, at least 1.</param>
    /// <param name="seed">Seed of the model that is trained.</param>
    /// <exception cref="InvalidOperationException">The search was made without a pipeline.</exception>
    public IReadOnlyList<IndexHit> SearchByTraining(float[] images, int k, long seed = 1)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (_fromImages is null)
            throw new InvalidOperationException("This search was made without a pipeline that trains a model; search by placement.");
        CheckImages(images);
        IDataView row = ImageSamples.Load(_ml, [images], [seed], _shape);
        IDataView placed = _fromImages.Transform(row);
        return Index.Search(ColumnMatrix.Read(placed, default, ZooColumns.Embedding)[0][0], k);
    }

    /// <summary>Search (ii): places the images on the sphere by the image embedder, and looks that place up.</summary>
    /// <param name="images">n·C·H·W finite values in [0, 1].</param>
    /// <param name="k">How many models, at least 1.</param>
    /// <exception cref="InvalidOperationException">The search was made without a placement.</exception>
    public IReadOnlyList<IndexHit> SearchByPlacement(ReadOnlySpan<float> images, int k)
    {
        if (_placement is null)
            throw new InvalidOperationException("This search was made without an image placement; search by training.");
        return Index.Search(_placement.Place(images, _basis), k);
    }

    private void CheckImages(float[] images)
    {
        if (images.Length == 0 || images.Length % _shape.Size != 0)
            throw new ArgumentException($"There are {images.Length} values; expected a positive multiple of the {_shape.Size} of an image of {_shape}.", nameof(images));
        ModelIndex.CheckFinite(images, nameof(images));
    }
}
