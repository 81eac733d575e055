namespace MLNetModelSpace;

/// <summary>Views of other people's models.</summary>
public static class ModelFilesCatalogExtensions
{
    /// <summary>Opens a folder of model files: safetensors and PyTorch checkpoints, in any mixture.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="options">How it is read; null for the defaults.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="ArgumentException">The options do not fit one another.</exception>
    /// <exception cref="InvalidDataException">It holds no models, or files that are none and are not to be skipped: they are named.</exception>
    public static ModelFolder LoadModelsFromFolder(this ModelSpaceCatalog catalog, string folder, ModelFolderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return ModelFolder.Open(folder, options ?? new ModelFolderOptions());
    }

    /// <summary>Opens a list of model files.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="paths">The files; at least one.</param>
    /// <param name="options">How they are read; null for the defaults.</param>
    /// <exception cref="ArgumentException">There are no files, or the options do not fit one another.</exception>
    /// <exception cref="InvalidDataException">None is a model, or some are none and are not to be skipped: they are named.</exception>
    public static ModelFolder LoadModelsFromFiles(this ModelSpaceCatalog catalog, IEnumerable<string> paths, ModelFolderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(paths);
        return ModelFolder.Open(paths, options ?? new ModelFolderOptions());
    }
}
