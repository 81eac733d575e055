using System.Runtime.CompilerServices;
using Microsoft.ML;

namespace MLNetModelSpace;

/// <summary>Puts model space beside ML.NET's own catalogs.</summary>
public static class MLContextExtensions
{
    private static readonly ConditionalWeakTable<MLContext, ModelSpaceCatalog> s_catalogs = [];

    /// <summary>
    /// The model-space catalog of a context: the same at every call. Loading needs no call of it: <c>mlContext.Model.Load</c> finds
    /// this library by the name that a pipeline's file has of it.
    /// </summary>
    /// <param name="mlContext">The context.</param>
    /// <returns>The one catalog of that context.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="mlContext"/> is null.</exception>
    /// <remarks>Idempotent and thread-safe.</remarks>
    public static ModelSpaceCatalog ModelSpace(this MLContext mlContext)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        lock (s_catalogs)
        {
            if (!s_catalogs.TryGetValue(mlContext, out ModelSpaceCatalog? catalog))
            {
                catalog = new ModelSpaceCatalog(mlContext);
                s_catalogs.Add(mlContext, catalog);
            }

            return catalog;
        }
    }
}
