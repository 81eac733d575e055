using Microsoft.ML;

namespace MLNetModelSpace;

/// <summary>
/// The entry point of this library on an <see cref="MLContext"/>, reached by <see cref="MLContextExtensions.ModelSpace"/>.
/// Its methods are extension methods, a class for each room: plans and training of zoos, vectorization, embedding, search, theory.
/// </summary>
/// <remarks>Thread-safe: it holds the context and nothing else.</remarks>
public sealed class ModelSpaceCatalog
{
    internal ModelSpaceCatalog(MLContext context) => Context = context;

    /// <summary>The context this catalog belongs to.</summary>
    public MLContext Context { get; }
}
