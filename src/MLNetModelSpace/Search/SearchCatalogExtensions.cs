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
}
