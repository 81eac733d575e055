using Microsoft.ML;

namespace MLNetModelSpace;

/// <summary>
/// The entry point of this library on an <see cref="MLContext"/>, reached by <see cref="MLContextExtensions.ModelSpace"/>, in rooms as ML.NET's own catalogs have them.
/// </summary>
/// <remarks>Thread-safe: it holds the context and nothing else.</remarks>
public sealed class ModelSpaceCatalog
{
    internal ModelSpaceCatalog(MLContext context)
    {
        Context = context;
        Data = new ModelSpaceDataCatalog(context);
        Transforms = new ModelSpaceTransformsCatalog(context);
        Embedding = new ModelSpaceEmbeddingCatalog(context);
        Search = new ModelSpaceSearchCatalog(context);
        Information = new ModelSpaceInformationCatalog(context);
        Model = new ModelSpaceModelCatalog(context);
    }

    /// <summary>The context this catalog belongs to.</summary>
    public MLContext Context { get; }

    /// <summary>Views whose rows are models, or are to be: plans of zoos, folders of models, weights in memory; and views of images.</summary>
    public ModelSpaceDataCatalog Data { get; }

    /// <summary>From images to weights, from weights to features, from images to embeddings.</summary>
    public ModelSpaceTransformsCatalog Transforms { get; }

    /// <summary>Places of models in the space of datasets: trainers of encoders, and how well their answers agree.</summary>
    public ModelSpaceEmbeddingCatalog Embedding { get; }

    /// <summary>Search for models by their places, or by images.</summary>
    public ModelSpaceSearchCatalog Search { get; }

    /// <summary>How much features know of where a model comes from.</summary>
    public ModelSpaceInformationCatalog Information { get; }

    /// <summary>Saved pipelines.</summary>
    public ModelSpaceModelCatalog Model { get; }
}
