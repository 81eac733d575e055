namespace MLNetModelSpace;

/// <summary>What becomes of a model whose training gives a loss or weights that are not finite. Models beside it are not touched either way.</summary>
public enum DivergenceHandling
{
    /// <summary>The pass ends with a <see cref="TrainingDivergedException"/> when its row is reached.</summary>
    Throw,

    /// <summary>Its row has NaN for weights, loss and error, so that <c>FilterRowsByMissingValues</c> leaves it out; one line in the log says which and when.</summary>
    MissingValues,
}
