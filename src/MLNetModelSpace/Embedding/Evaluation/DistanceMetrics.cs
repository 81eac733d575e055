namespace MLNetModelSpace;

/// <summary>
/// How well predicted distances of pairs of models agree with the distances of the datasets they were trained on: prediction (b) of
/// section 4.2. Made by <see cref="EmbeddingCatalogExtensions.EvaluateDistances"/>. Immutable and thread-safe.
/// </summary>
/// <remarks>Distances are those of the space: the angle in radians on the sphere, the hyperbolic distance in the ball.</remarks>
public sealed class DistanceMetrics
{
    internal DistanceMetrics()
    {
    }

    /// <summary>Number of pairs.</summary>
    public long Pairs { get; internal init; }

    /// <summary>Mean absolute difference of predicted and actual distance.</summary>
    public double MeanAbsoluteError { get; internal init; }

    /// <summary>Root of the mean squared difference.</summary>
    public double RootMeanSquaredError { get; internal init; }

    /// <summary>Share of the variance of the actual distances that is explained; 0 is what their mean gives, negative is worse.</summary>
    public double RSquared { get; internal init; }

    /// <summary>Pearson correlation of predicted and actual distances; 0 where all of either are equal.</summary>
    public double Pearson { get; internal init; }

    /// <summary>Spearman correlation of the same.</summary>
    public double Spearman { get; internal init; }

    /// <summary>Kendall's τ-b of the same.</summary>
    public double Kendall { get; internal init; }

    /// <summary>The mean absolute error of answering the mean actual distance always.</summary>
    public double MeanDistanceError { get; internal init; }

    /// <summary>The same metrics of the distances between the encoder's embeddings, prediction (a); null inside that.</summary>
    public DistanceMetrics? FromEmbeddings { get; internal init; }

    /// <summary>The main figures on one line.</summary>
    public override string ToString() =>
        $"distances of {Pairs} pairs: MAE {MeanAbsoluteError:F3} (the mean: {MeanDistanceError:F3}), R² {RSquared:F3}, Spearman {Spearman:F3}";
}
