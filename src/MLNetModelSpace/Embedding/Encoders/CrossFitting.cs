namespace MLNetModelSpace.Embedding;

/// <summary>Estimates for every training model from the models of the other parts, so that they look as those of new models will.</summary>
internal static class CrossFitting
{
    public const int MaxFolds = 64;

    private const int Usual = 5;

    /// <summary>Parts for models that say none.</summary>
    public static int[] InTurn(int models)
    {
        int[] folds = new int[models];
        for (int i = 0; i < models; i++)
            folds[i] = i % Usual;
        return folds;
    }

    /// <summary>Learns once without each part.</summary>
    /// <returns>What was learned, a stage for each part, and the estimate of every model by the stage without its part.</returns>
    /// <exception cref="InvalidDataException">There are too many parts, or too few models in the others.</exception>
    public static (InverseRegression[] Stages, ColumnMatrix Estimates) Run(
        InverseRegressionLearner learner, ColumnMatrix features, int[] folds, EmbeddingTrainerOptions options)
    {
        int count = folds.Max() + 1;
        if (count > MaxFolds)
            throw new InvalidDataException($"Models come in {count} folds; expected at most {MaxFolds}.");
        var stages = new InverseRegression[count];
        for (int fold = 0; fold < count; fold++)
        {
            int left = fold;
            stages[fold] = learner.Learn([.. Enumerable.Range(0, folds.Length).Where(row => folds[row] != left)], options.CancellationToken);
        }

        int classes = stages[0].Classes;
        float[] estimates = new float[folds.Length * classes];
        for (int row = 0; row < folds.Length; row++)
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            stages[folds[row]].Estimate(features[row], estimates.AsSpan(row * classes, classes));
        }

        return (stages, ColumnMatrix.FromFlat(estimates, folds.Length, classes));
    }
}
