using Microsoft.ML.Runtime;

namespace MLNetModelSpace;

/// <summary>A transformer that <c>mlContext.Model.Load</c> can read; listed in <see cref="ModelLoaders"/>.</summary>
internal interface ILoadableTransformer<TSelf>
    where TSelf : ModelSpaceTransformer, ILoadableTransformer<TSelf>
{
    static abstract LoaderInfo Loader { get; }

    /// <summary>Reads the content of format version <paramref name="version"/>; throws <see cref="InvalidDataException"/> for what makes no sense.</summary>
    static abstract TSelf Read(IHostEnvironment env, BinaryReader reader, uint version);
}
