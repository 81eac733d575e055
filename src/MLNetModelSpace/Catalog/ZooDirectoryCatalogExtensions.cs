using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace;

/// <summary>Views of models that are there already.</summary>
public static class ZooDirectoryCatalogExtensions
{
    /// <summary>Opens a folder of models, one safetensors file each: those that <c>TrainAutoencoder</c> kept, or any others.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="options">How it is read; null for the defaults.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">It holds no models, or files that are none and are not to be skipped: they are named.</exception>
    public static ZooDirectory LoadZoo(this ModelSpaceCatalog catalog, string folder, ZooDirectoryOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return new ZooDirectory(folder, options ?? new ZooDirectoryOptions());
    }

    /// <summary>
    /// Models as a view, with the columns <c>Name</c> and <c>Weights</c>, annotated with its layout where all models have the same; else with a
    /// text column <c>Layout</c>.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="models">The models, at least one; enumerated once and kept.</param>
    /// <exception cref="ArgumentException">There are no models, or one has another number of weights than its layout.</exception>
    /// <exception cref="FormatException">A layout is not one.</exception>
    public static IDataView LoadModels(this ModelSpaceCatalog catalog, IEnumerable<WeightsRow> models)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(models);
        (string Name, float[] Weights, WeightLayout Layout)[] kept = [.. models.Select(model => (model.Name, model.Weights, WeightLayout.Parse(model.Layout)))];
        if (kept.Length == 0)
            throw new ArgumentException("There are no models.", nameof(models));
        foreach ((string name, float[] weights, WeightLayout layout) in kept)
        {
            if (weights.Length != layout.Length)
                throw new ArgumentException($"Model '{name}' has {weights.Length} weights; its layout has {layout.Length}.", nameof(models));
        }

        return new IndexedView(
            kept.Length,
            () => new KeptRow(kept),
            [
                IndexedColumn.Of<KeptRow, ReadOnlyMemory<char>>(ZooColumns.Name, TextDataViewType.Instance, row => row.Model.Name.AsMemory()),
                .. WeightColumns.For<KeptRow>(
                    [.. kept.Select(model => model.Layout).Distinct()], row => row.Model.Layout, (row, values) => row.Model.Weights.CopyTo(values)),
            ]);
    }

    private sealed class KeptRow((string Name, float[] Weights, WeightLayout Layout)[] models) : IndexedRow
    {
        public (string Name, float[] Weights, WeightLayout Layout) Model => models[Index];
    }
}
