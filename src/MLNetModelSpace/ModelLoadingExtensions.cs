using System.IO.Compression;
using System.Reflection;
using Microsoft.ML;

namespace MLNetModelSpace;

/// <summary>Loading of pipelines in the catalog.</summary>
public static class ModelLoadingExtensions
{
    /// <summary>
    /// Loads a pipeline that <c>mlContext.Model.Save</c> wrote. It does what <c>mlContext.Model.Load</c> does, with this library's loaders registered,
    /// and what goes wrong comes out as it is, not wrapped.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="path">The <c>.zip</c>.</param>
    /// <returns>The pipeline's transformer.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, of a newer format version, or another engine's.</exception>
    public static ITransformer LoadModel(this ModelSpaceCatalog catalog, string path) => catalog.LoadModel(path, out _);

    /// <summary>The same, with the schema that the pipeline was saved with.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="path">The <c>.zip</c>.</param>
    /// <param name="inputSchema">The input schema that was saved, or null where none was.</param>
    /// <returns>The pipeline's transformer.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, of a newer format version, or another engine's.</exception>
    public static ITransformer LoadModel(this ModelSpaceCatalog catalog, string path, out DataViewSchema? inputSchema)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no model file '{path}'.", path);
        try
        {
            CheckEntries(path);
            return catalog.Context.Model.Load(path, out inputSchema);
        }
        catch (Exception error) when (Unwrap(error) is var cause)
        {
            if (cause is InvalidDataException)
                throw new InvalidDataException($"'{path}' cannot be loaded: {cause.Message}", cause);
            if (cause is IOException or UnauthorizedAccessException)
                throw new IOException($"'{path}' cannot be read: {cause.Message}", cause);
            throw new InvalidDataException($"'{path}' is no model file, or a damaged one: {cause.Message}", cause);
        }
    }

    /// <summary>
    /// Looks at our own entries before ML.NET does: a file of another engine differs in every entry, and the first that ML.NET meets would be
    /// called damaged.
    /// </summary>
    private static void CheckEntries(string path)
    {
        using ZipArchive zip = ZipFile.OpenRead(path);
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            if (!string.Equals(entry.Name, ModelContent.EntryName, StringComparison.OrdinalIgnoreCase)
                && !entry.FullName.EndsWith("\\" + ModelContent.EntryName, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            using var reader = new BinaryReader(entry.Open());
            try
            {
                ModelContent.CheckProvenance(reader);
            }
            catch (EndOfStreamException error)
            {
                throw new InvalidDataException($"its entry '{entry.FullName}' is cut short.", error);
            }
        }
    }

    /// <summary>What is behind ML.NET's wrapping: the exception that was thrown first.</summary>
    private static Exception Unwrap(Exception error)
    {
        while (error is TargetInvocationException or AggregateException or InvalidOperationException && error.InnerException is { } inner)
            error = inner;
        return error;
    }
}
