using System.Reflection;
using System.Runtime.Loader;
using Microsoft.ML;

namespace MLNetModelSpace;

/// <summary>Saved pipelines, of <c>mlContext.ModelSpace()</c>. They are saved by <c>mlContext.Model.Save</c>.</summary>
public sealed class ModelSpaceModelCatalog
{
    internal ModelSpaceModelCatalog(MLContext context) => Context = context;

    /// <summary>The context this catalog belongs to.</summary>
    public MLContext Context { get; }

    /// <summary>
    /// Loads a pipeline that <c>mlContext.Model.Save</c> wrote. It does what <c>mlContext.Model.Load</c> does, but looks at the sums of all entries first,
    /// so that a damaged file is refused before anything is made of it, and says what is wrong with the file.
    /// </summary>
    /// <param name="path">The <c>.zip</c>.</param>
    /// <returns>The pipeline's transformer.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no pipeline, damaged, or of a newer format version.</exception>
    /// <exception cref="InvalidOperationException">Another copy of this library has loaded with this context before.</exception>
    public ITransformer Load(string path) => Load(path, out _);

    /// <summary>Loads a pipeline that <c>mlContext.Model.Save</c> wrote to a file, and the schema that it was saved with.</summary>
    /// <param name="path">The <c>.zip</c>.</param>
    /// <param name="inputSchema">The input schema that was saved, or null where none was.</param>
    /// <returns>The pipeline's transformer.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no pipeline, damaged, or of a newer format version.</exception>
    /// <exception cref="InvalidOperationException">Another copy of this library has loaded with this context before.</exception>
    public ITransformer Load(string path, out DataViewSchema? inputSchema)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no model file '{path}'.", path);
        using FileStream stream = File.OpenRead(path);
        return Load(Context, stream, $"'{path}'", out inputSchema);
    }

    /// <summary>Loads a pipeline from a stream, as <see cref="Load(string)"/> does from a file.</summary>
    /// <param name="stream">The <c>.zip</c>, from the stream's first byte to its last; it stays open. One that cannot be sought is read from where it stands.</param>
    /// <returns>The pipeline's transformer.</returns>
    /// <exception cref="InvalidDataException">The stream is no pipeline, damaged, or of a newer format version.</exception>
    /// <exception cref="InvalidOperationException">Another copy of this library has loaded with this context before.</exception>
    public ITransformer Load(Stream stream) => Load(stream, out _);

    /// <summary>Loads a pipeline from a stream, and the schema that it was saved with.</summary>
    /// <param name="stream">The <c>.zip</c>, from the stream's first byte to its last; it stays open. One that cannot be sought is read from where it stands.</param>
    /// <param name="inputSchema">The input schema that was saved, or null where none was.</param>
    /// <returns>The pipeline's transformer.</returns>
    /// <exception cref="InvalidDataException">The stream is no pipeline, damaged, or of a newer format version.</exception>
    /// <exception cref="InvalidOperationException">Another copy of this library has loaded with this context before.</exception>
    public ITransformer Load(Stream stream, out DataViewSchema? inputSchema)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (stream.CanSeek)
            return Load(Context, stream, "The stream", out inputSchema);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return Load(Context, copy, "The stream", out inputSchema);
    }

    private static ITransformer Load(MLContext context, Stream stream, string what, out DataViewSchema? inputSchema)
    {
        RequireThisCopy(context);
        try
        {
            ModelZip.Check(stream);
            stream.Position = 0;

            // ML.NET loads this library by its name; with several contexts of assemblies in a process, that has to mean this copy.
            using (AssemblyLoadContext.EnterContextualReflection(typeof(ModelSpaceModelCatalog).Assembly))
                return context.Model.Load(stream, out inputSchema);
        }
        catch (Exception error) when (Unwrap(error) is InvalidDataException or FormatException or EndOfStreamException)
        {
            Exception cause = Unwrap(error);
            throw new InvalidDataException($"{what} cannot be loaded: {cause.Message}", cause);
        }
    }

    /// <summary>A context keeps to the first assembly that it has loaders of by a name: what it loads would not be of this copy's types.</summary>
    private static void RequireThisCopy(MLContext context)
    {
        Assembly? known = context.ComponentCatalog.GetLoadableClassInfo<SignatureLoadModel>(TrainAutoencoderTransformer.LoaderName)?.LoaderType.Assembly;
        if (known is not null && known != typeof(ModelSpaceModelCatalog).Assembly)
        {
            throw new InvalidOperationException(
                $"Another copy of {known.GetName().Name} ('{known.Location}', in the load context '{AssemblyLoadContext.GetLoadContext(known)?.Name}') "
                + "registered first with this MLContext. Give each copy a context of its own.");
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
