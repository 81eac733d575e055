namespace Microsoft.ML;

public abstract partial class TrainCatalogBase
{
    /// <summary>Trains on all folds but one and measures on that one, for each fold in turn.</summary>
    private protected IReadOnlyList<CrossValidationResult<T>> CrossValidateTrain<T>(
        IDataView data, IEstimator<ITransformer> estimator, int numFolds, string samplingKeyColumn, int? seed, Func<IDataView, T> evaluate)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(estimator);
        if (numFolds <= 1)
            throw new ArgumentOutOfRangeException(nameof(numFolds), "Must be more than 1");
        var results = new List<CrossValidationResult<T>>(numFolds);
        foreach (var fold in Context.Data.CrossValidationSplit(data, numFolds, samplingKeyColumn, seed))
        {
            var model = estimator.Fit(fold.TrainSet);
            var scored = model.Transform(fold.TestSet);
            results.Add(new CrossValidationResult<T>(model, evaluate(scored), scored, results.Count));
        }
        return results;
    }
}
