using System.Globalization;

namespace MLNetModelSpace;

/// <summary>
/// How well embeddings of models agree with the places of the datasets they were trained on. Made by
/// <c>Embedding.Evaluate</c>. Immutable and thread-safe.
/// </summary>
/// <remarks>
/// Angles are between directions; in the Poincaré ball that is the direction in the tangent space at the origin. Errors and R²
/// are of the unit direction vectors. Distances of pairs are those of the space: the angle in radians on the sphere, the
/// hyperbolic distance in the ball.
/// </remarks>
public sealed partial class EmbeddingMetrics
{
    internal EmbeddingMetrics()
    {
    }

    /// <summary>Number of models.</summary>
    public int Count { get; internal init; }

    /// <summary>Mean angle between embedding and target, in degrees.</summary>
    public double MeanAngle { get; internal init; }

    /// <summary>Median angle between embedding and target, in degrees.</summary>
    public double MedianAngle { get; internal init; }

    /// <summary>Mean cosine of that angle.</summary>
    public double MeanCosine { get; internal init; }

    /// <summary>Mean over models and axes of the squared difference of the unit vectors.</summary>
    public double MeanSquaredError { get; internal init; }

    /// <summary>Share of the targets' variance that is explained, over all axes; 0 is what the mean gives, negative is worse.</summary>
    public double RSquared { get; internal init; }

    /// <summary>The same for every axis; 0 for an axis on which the targets do not vary.</summary>
    public IReadOnlyList<double> RSquaredPerAxis { get; internal init; } = [];

    /// <summary>Pearson correlation, over pairs of models, of the distances of embeddings and of datasets; 0 where all are equal.</summary>
    public double DistancePearson { get; internal init; }

    /// <summary>Spearman correlation of the same.</summary>
    public double DistanceSpearman { get; internal init; }

    /// <summary>Kendall's τ-b of the same.</summary>
    public double DistanceKendall { get; internal init; }

    /// <summary>Number of pairs the correlations and the Lipschitz ratios are computed over.</summary>
    public long Pairs { get; internal init; }

    /// <summary>
    /// The largest ratio, over pairs, of the distance of embeddings to the distance of datasets (the paper's first requirement:
    /// near datasets, near models). Pairs nearer than 1e-3 are left out.
    /// </summary>
    public double LipschitzRatio { get; internal init; }

    /// <summary>The median of these ratios.</summary>
    public double MedianLipschitzRatio { get; internal init; }

    /// <summary>The 95th percentile of these ratios.</summary>
    public double LipschitzRatio95 { get; internal init; }

    /// <summary>How often the model of a dataset is the nearest of all models to that dataset's vector.</summary>
    public double RecallAt1 { get; internal init; }

    /// <summary>How often it is among the five nearest.</summary>
    public double RecallAt5 { get; internal init; }

    /// <summary>How often it is among the ten nearest.</summary>
    public double RecallAt10 { get; internal init; }

    /// <summary>Median rank of the model of a dataset, from 1. Models at one distance share their mean rank.</summary>
    public double MedianRank { get; internal init; }

    /// <summary>The same metrics for a predictor that answers the mean vector always; null inside a baseline.</summary>
    public EmbeddingMetrics? MeanVectorBaseline { get; internal init; }

    /// <summary>The same metrics of the same embeddings against targets in shuffled order; null inside a baseline.</summary>
    public EmbeddingMetrics? ShuffledBaseline { get; internal init; }

    /// <summary>The main figures on one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"mean angle {MeanAngle:F2}°, median {MedianAngle:F2}°, R² {RSquared:F3}, Spearman {DistanceSpearman:F3}, recall@1 {RecallAt1:P0}, median rank {MedianRank:G}");
}

/// <summary>
/// How well predicted distances of pairs of models agree with the distances of the datasets they were trained on: prediction (b) of
/// section 4.2. Made by <c>Embedding.EvaluateDistances</c>. Immutable and thread-safe.
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
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"distances of {Pairs} pairs: MAE {MeanAbsoluteError:F3} (the mean: {MeanDistanceError:F3}), R² {RSquared:F3}, Spearman {Spearman:F3}");
}

/// <summary>
/// The paper's second requirement, measured: for datasets D₁ and D₂, the angle between the embedding of the model trained on
/// D₁ ∪ D₂ and the normalised, count-weighted sum of the embeddings of the models trained on D₁ and on D₂ (in the Poincaré
/// ball: the weighted Einstein midpoint, angles in the tangent space at the origin). Immutable and thread-safe.
/// </summary>
public sealed class MixtureMetrics
{
    internal MixtureMetrics(double[] angles, double[] unweighted)
    {
        Count = angles.Length;
        MeanAngle = angles.Average();
        MedianAngle = Quantiles.Of(angles, 0.5);
        MaxAngle = angles.Max();
        BaselineAngle = unweighted.Average();
    }

    /// <summary>Number of mixtures.</summary>
    public int Count { get; }

    /// <summary>Mean angle in degrees.</summary>
    public double MeanAngle { get; }

    /// <summary>Median angle in degrees.</summary>
    public double MedianAngle { get; }

    /// <summary>Largest angle in degrees.</summary>
    public double MaxAngle { get; }

    /// <summary>The mean angle where each mixture's sum is held against the next mixture's model instead of its own, in degrees.</summary>
    public double BaselineAngle { get; }

    /// <summary>The main figures on one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"mixture angle {MeanAngle:F2}° (median {MedianAngle:F2}°, another mixture's {BaselineAngle:F2}°) over {Count}");
}
