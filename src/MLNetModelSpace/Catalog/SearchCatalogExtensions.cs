using Microsoft.ML;

namespace MLNetModelSpace;

/// <summary>Search in the space of models.</summary>
public static class SearchCatalogExtensions
{
    /// <summary>Builds an index of models by their vectors.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">One row a model: an id, a vector, and any metadata columns.</param>
    /// <param name="options">What to read and how to compare; null for the defaults.</param>
    /// <returns>The index.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of a type that does not serve.</exception>
    /// <exception cref="InvalidDataException">No rows, ids that occur twice, or vectors that differ in length or are not finite.</exception>
    public static ModelIndex BuildIndex(this ModelSpaceCatalog catalog, IDataView data, ModelIndexOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        return ModelIndexBuilder.Build(data, options ?? new ModelIndexOptions());
    }

    /// <summary>A search as the last step of a pipeline.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">What the search reads, answers and keeps; null for the defaults.</param>
    public static ModelIndexEstimator SearchModels(this ModelSpaceCatalog catalog, ModelIndexEstimator.Options? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ModelIndexEstimator(catalog.Context, options ?? new ModelIndexEstimator.Options());
    }

    /// <summary>A search in an index that is built already, as the last step of a pipeline.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="index">The index.</param>
    /// <param name="inputColumnName">The vectors asked about.</param>
    /// <param name="count">How many models an answer has, at least 1.</param>
    public static ModelIndexEstimator SearchModels(
        this ModelSpaceCatalog catalog, ModelIndex index, string inputColumnName = ZooColumns.Embedding, int count = 10)
    {
        ArgumentNullException.ThrowIfNull(index);
        return catalog.SearchModels(new ModelIndexEstimator.Options { Prebuilt = index, InputColumnName = inputColumnName, Count = count });
    }

    /// <summary>
    /// The mean squared reconstruction error of each model on images of each class: <c>Weights</c> → <c>ClassErrors</c>,
    /// <c>Vector&lt;Single, K&gt;</c>. An index of these with <see cref="IndexMetric.ExpectedCost"/> finds the models that are expected to fit a
    /// mixture best. Runs every model once; a functional feature.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="dataset">Labelled images, of the shape the models reconstruct.</param>
    /// <param name="indices">Which of them, for each class in the order of the shares; at least three classes, none empty.</param>
    /// <param name="imagesPerClass">Images taken of each class, the first ones, at least 1; all have as many as the smallest has. Default 200.</param>
    /// <exception cref="ArgumentException">Fewer than three classes, or a class without images.</exception>
    /// <exception cref="ArgumentOutOfRangeException">No images a class, or an index outside the dataset.</exception>
    public static ProbeModelEstimator ProbeClassErrors(
        this ModelSpaceCatalog catalog, ImageDataset dataset, IReadOnlyList<IReadOnlyList<int>> indices, int imagesPerClass = 200)
    {
        ArgumentNullException.ThrowIfNull(catalog);
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
        return catalog.ProbeModel(new ProbeModelEstimator.Options
        {
            OutputColumnName = "ClassErrors",
            Features = ProbeFeatures.GroupErrors,
            Probes = { ReferenceImages = images, ReferenceGroups = indices.Count, Noise = 0, Impulses = 0, Gratings = 0 },
            Answers = { Directions = 0 },
        });
    }

    /// <summary>A search of models by new images.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="index">The models, by their places or by their errors on each class.</param>
    /// <param name="imageShape">The shape of one image.</param>
    /// <param name="fromImages">
    /// For search by training: a fitted pipeline from <c>Images</c> and <c>Seed</c> to <c>Embedding</c>, such as the zoo's own trainer,
    /// vectorizer and encoder; null for none.
    /// </param>
    /// <param name="placement">For search by placement: how images are placed without training; null for none.</param>
    /// <param name="basis">Directions of the classes for the placement; null for the axes.</param>
    /// <exception cref="ArgumentException">Neither way is given, the placement has another dimension than the index, or an index of costs has a basis.</exception>
    public static ModelSearch SearchByImages(
        this ModelSpaceCatalog catalog, ModelIndex index, ImageShape imageShape, ITransformer? fromImages = null, ImagePlacement? placement = null,
        ClassBasis? basis = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(index);
        return new ModelSearch(catalog.Context, index, imageShape, fromImages, placement, basis);
    }
}
