namespace MLNetModelSpace;

/// <summary>Training of zoos in the catalog.</summary>
public static class TrainingCatalogExtensions
{
    /// <summary>Trains an autoencoder on each row's images.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column of weights that is added.</param>
    /// <param name="inputColumnName">The column of images.</param>
    /// <param name="architecture">What is trained. Default: <see cref="LinearAutoencoder"/> with 32 hidden units.</param>
    /// <param name="epochs">Passes over the sample, at least 1.</param>
    /// <param name="batchSize">Images a step, at least 1.</param>
    /// <param name="learningRate">Step size, positive and finite.</param>
    /// <exception cref="ArgumentException">A value out of its range.</exception>
    public static TrainAutoencoderEstimator TrainAutoencoder(
        this ModelSpaceCatalog catalog, string outputColumnName = ZooColumns.Weights, string inputColumnName = ZooColumns.Images,
        Architecture? architecture = null, int epochs = 60, int batchSize = 20, double learningRate = 1e-3) =>
        catalog.TrainAutoencoder(new TrainAutoencoderEstimator.Options
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            Architecture = architecture ?? new LinearAutoencoder(),
            Epochs = epochs,
            BatchSize = batchSize,
            LearningRate = learningRate,
        });

    /// <summary>Trains an autoencoder on each row's images.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static TrainAutoencoderEstimator TrainAutoencoder(this ModelSpaceCatalog catalog, TrainAutoencoderEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new TrainAutoencoderEstimator(catalog.Context, options);
    }
}
