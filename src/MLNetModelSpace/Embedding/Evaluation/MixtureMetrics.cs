namespace MLNetModelSpace;

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
        MedianAngle = EmbeddingEvaluator.Quantile(angles, 0.5);
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
    public override string ToString() => $"mixture angle {MeanAngle:F2}° (median {MedianAngle:F2}°, another mixture's {BaselineAngle:F2}°) over {Count}";
}
