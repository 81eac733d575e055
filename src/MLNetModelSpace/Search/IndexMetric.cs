namespace MLNetModelSpace;

/// <summary>How a <see cref="ModelIndex"/> compares vectors.</summary>
public enum IndexMetric
{
    /// <summary>Cosine of the angle, from −1 to 1; larger is nearer. Vectors of zero length are refused.</summary>
    Cosine,

    /// <summary>Euclidean distance; smaller is nearer.</summary>
    Euclidean,
}
