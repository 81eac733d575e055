using System.Reflection;
using Microsoft.ML.Runtime;

namespace MLNetModelSpace;

/// <summary>The transformers of this library that model files may hold: a new one is added here.</summary>
internal static class ModelLoaders
{
    public static IReadOnlyList<(LoaderInfo Info, Type Instance, MethodInfo Create)> All { get; } =
    [
        For<VectorizeWeightsTransformer>(),
        For<ProbeModelTransformer>(),
        For<TrainAutoencoderTransformer>(),
        For<EmbeddingRegressionTransformer>(),
        For<ModelIndexTransformer>(),
        For<GraphEmbeddingTransformer>(),
        For<GraphDescriptorsTransformer>(),
        For<ResNetEmbedderTransformer>(),
        For<ComposedSubspaceTransformer>(),
    ];

    private static (LoaderInfo Info, Type Instance, MethodInfo Create) For<T>()
        where T : ModelSpaceTransformer, ILoadableTransformer<T> =>
        (T.Loader, typeof(T), typeof(Factory<T>).GetMethod(nameof(Factory<T>.Create))!);

    private static class Factory<T>
        where T : ModelSpaceTransformer, ILoadableTransformer<T>
    {
        /// <summary>The shape ML.NET calls: the context is of a type we cannot name.</summary>
        public static T Create(IHostEnvironment env, object ctx) =>
            MLNetInterop.Load(ctx, T.Loader, (reader, version) => T.Read(env, reader, version));
    }
}
