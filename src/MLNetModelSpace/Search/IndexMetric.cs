namespace MLNetModelSpace;

/// <summary>How a <see cref="ModelIndex"/> compares vectors.</summary>
public enum IndexMetric
{
    /// <summary>Cosine of the angle, from −1 to 1; larger is nearer. Vectors of zero length are refused.</summary>
    Cosine,

    /// <summary>Euclidean distance; smaller is nearer.</summary>
    Euclidean,

    /// <summary>
    /// The sum of a vector's values weighted by the query's; smaller comes first. For vectors of costs, such as a model's error on each
    /// class, asked about with the shares of the classes: the score is then the error that is expected of the model.
    /// </summary>
    ExpectedCost,
}
