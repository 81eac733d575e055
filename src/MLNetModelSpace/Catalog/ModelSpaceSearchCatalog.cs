using Microsoft.ML;

namespace MLNetModelSpace;

/// <summary>Search for models of <c>mlContext.ModelSpace()</c>.</summary>
public sealed class ModelSpaceSearchCatalog
{
    internal ModelSpaceSearchCatalog(MLContext context) => Context = context;

    /// <summary>The context this catalog belongs to.</summary>
    public MLContext Context { get; }

    /// <summary>Builds an index of models by their vectors.</summary>
    /// <param name="data">One row a model: an id, a vector, and any metadata columns.</param>
    /// <param name="options">What to read and how to compare; null for the defaults.</param>
    /// <returns>The index.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of a type that does not serve.</exception>
    /// <exception cref="InvalidDataException">No rows, ids that occur twice, or vectors that differ in length or are not finite.</exception>
    public ModelIndex BuildIndex(IDataView data, ModelIndex.Options? options = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        return ModelIndexBuilder.Build(Context, data, options ?? new ModelIndex.Options());
    }

    /// <summary>A search as the last step of a pipeline.</summary>
    /// <param name="options">What the search reads, answers and keeps; null for the defaults.</param>
    public ModelIndexEstimator SearchModels(ModelIndexEstimator.Options? options = null) => new(Context, options ?? new ModelIndexEstimator.Options());

    /// <summary>A search in an index that is built already, as the last step of a pipeline.</summary>
    /// <param name="index">The index.</param>
    /// <param name="inputColumnName">The vectors asked about.</param>
    /// <param name="count">How many models an answer has, at least 1.</param>
    public ModelIndexEstimator SearchModels(ModelIndex index, string inputColumnName = ZooColumns.Embedding, int count = 10)
    {
        ArgumentNullException.ThrowIfNull(index);
        return SearchModels(new ModelIndexEstimator.Options { Prebuilt = index, InputColumnName = inputColumnName, Count = count });
    }

    /// <summary>A search of models by new images.</summary>
    /// <param name="index">The models, by their places or by their errors on each class.</param>
    /// <param name="imageShape">The shape of one image.</param>
    /// <param name="fromImages">
    /// For search by training: a fitted pipeline from <c>Images</c> and <c>Seed</c> to <c>Embedding</c>, such as the zoo's own trainer,
    /// vectorizer and encoder; null for none.
    /// </param>
    /// <param name="placement">For search by placement: how images are placed without training; null for none.</param>
    /// <param name="basis">Directions of the classes for the placement; null for the axes.</param>
    /// <exception cref="ArgumentException">Neither way is given, the placement has another dimension than the index, or an index of costs has a basis.</exception>
    public ModelSearch SearchByImages(
        ModelIndex index, ImageShape imageShape, ITransformer? fromImages = null, ImagePlacement? placement = null, ClassBasis? basis = null)
    {
        ArgumentNullException.ThrowIfNull(index);
        return new ModelSearch(Context, index, imageShape, fromImages, placement, basis);
    }
}
