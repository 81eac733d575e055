namespace MLNetModelSpace;

/// <summary>Makes vectors of trained models.</summary>
public static class VectorizationCatalog
{
    /// <summary>Turns the weights of a model into features, by weights alone.</summary>
    /// <param name="catalog">The catalog, <c>mlContext.ModelSpace()</c>.</param>
    /// <param name="outputColumnName">The column to add: <c>Vector&lt;Single, d&gt;</c> with slot names.</param>
    /// <param name="inputColumnName">The weights: a vector of <see cref="float"/>; null for <paramref name="outputColumnName"/>.</param>
    /// <param name="features">The families of features; the paper's two unless said otherwise.</param>
    /// <returns>The estimator.</returns>
    /// <exception cref="ArgumentException">A name is empty, or <paramref name="features"/> is none or has an unknown flag.</exception>
    public static VectorizeWeightsEstimator VectorizeWeights(
        this ModelSpaceCatalog catalog,
        string outputColumnName = ZooColumns.Features,
        string? inputColumnName = ZooColumns.Weights,
        WeightFeatures features = WeightFeatures.SingularValues | WeightFeatures.Histogram) =>
        VectorizeWeights(catalog, new VectorizeWeightsEstimator.Options
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName ?? outputColumnName,
            Features = features,
        });

    /// <summary>Turns the weights of a model into features, by weights alone, with every option at hand.</summary>
    /// <param name="catalog">The catalog, <c>mlContext.ModelSpace()</c>.</param>
    /// <param name="options">What to compute; copied.</param>
    /// <returns>The estimator.</returns>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public static VectorizeWeightsEstimator VectorizeWeights(this ModelSpaceCatalog catalog, VectorizeWeightsEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new VectorizeWeightsEstimator(catalog.Context, options);
    }

    /// <summary>Runs each row's model on fixed probes and turns its answers into features.</summary>
    /// <param name="catalog">The catalog, <c>mlContext.ModelSpace()</c>.</param>
    /// <param name="outputColumnName">The column to add: <c>Vector&lt;Single, d&gt;</c> with slot names.</param>
    /// <param name="inputColumnName">The weights: a vector of <see cref="float"/>.</param>
    /// <param name="referenceImages">Images of the user's own to ask about, n·C·H·W values in [0, 1]; null for none.</param>
    /// <returns>The estimator.</returns>
    /// <exception cref="ArgumentException">A name is empty, or a pixel is out of [0, 1].</exception>
    public static ProbeModelEstimator ProbeModel(
        this ModelSpaceCatalog catalog, string outputColumnName = "Responses", string inputColumnName = ZooColumns.Weights, float[]? referenceImages = null) =>
        ProbeModel(catalog, new ProbeModelEstimator.Options
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            Probes = { ReferenceImages = referenceImages ?? [] },
        });

    /// <summary>Runs each row's model on fixed probes and turns its answers into features, with every option at hand.</summary>
    /// <param name="catalog">The catalog, <c>mlContext.ModelSpace()</c>.</param>
    /// <param name="options">What to ask and what to make of the answers; copied.</param>
    /// <returns>The estimator.</returns>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public static ProbeModelEstimator ProbeModel(this ModelSpaceCatalog catalog, ProbeModelEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new ProbeModelEstimator(catalog.Context, options);
    }
}
