using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Saving, loading and using fitted models.</summary>
public sealed class ModelOperationsCatalog
{
    private readonly IHostEnvironment _env;

    internal ModelOperationsCatalog(IHostEnvironment env)
    {
        _env = env;
    }

    /// <summary>Saves a model and the schema of what it is applied to. The file is complete or not there: it is written under another name first.</summary>
    public void Save(ITransformer model, DataViewSchema inputSchema, string filePath)
    {
        Errors.CheckNonEmpty(filePath, nameof(filePath));
        string path = Path.GetFullPath(filePath), folder = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"Could not find a part of the path '{path}'.");
        if (Directory.Exists(path))
            throw new UnauthorizedAccessException($"Access to the path '{path}' is denied: it is a folder.");
        string temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
                Save(model, inputSchema, stream);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    public void Save(ITransformer model, DataViewSchema inputSchema, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(stream);
        using var archive = new ModelArchiveWriter(stream);
        archive.Write(ModelArchive.SchemaEntry, writer => SchemaWriter.Write(writer, inputSchema));
        ModelSaveContext.Save(archive, model, ModelArchive.ModelFolder);
    }

    public ITransformer Load(string filePath, out DataViewSchema inputSchema)
    {
        Errors.CheckNonEmpty(filePath, nameof(filePath));
        using var stream = File.OpenRead(filePath);
        return Load(stream, out inputSchema);
    }

    public ITransformer Load(Stream stream, out DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var archive = new ModelArchiveReader(stream);
        var content = archive.Read(ModelArchive.SchemaEntry);
        if (content is null && archive.SchemaIsAlwaysThere)
            throw Errors.BadModel($"Corrupt model file: entry '{ModelArchive.SchemaEntry}' is missing");
        inputSchema = content is not null ? SchemaReader.Read(content) : null;
        return ModelLoadContext.Load<ITransformer>(_env, archive, ModelArchive.ModelFolder);
    }

    public PredictionEngine<TSrc, TDst> CreatePredictionEngine<TSrc, TDst>(
        ITransformer transformer, bool ignoreMissingColumns = true, SchemaDefinition inputSchemaDefinition = null, SchemaDefinition outputSchemaDefinition = null)
        where TSrc : class
        where TDst : class, new() =>
        new(transformer, ignoreMissingColumns, inputSchemaDefinition, outputSchemaDefinition);

    /// <summary>An engine whose input columns have the types and annotations of <paramref name="inputSchema"/>.</summary>
    public PredictionEngine<TSrc, TDst> CreatePredictionEngine<TSrc, TDst>(ITransformer transformer, DataViewSchema inputSchema)
        where TSrc : class
        where TDst : class, new() =>
        new(transformer, false, DataOperationsCatalog.DefinitionFor(typeof(TSrc), inputSchema), null);
}
