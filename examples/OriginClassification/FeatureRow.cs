namespace Examples.OriginClassification;

/// <summary>A vectorized model with its label.</summary>
internal sealed class FeatureRow
{
    public float[] Features { get; set; } = [];

    public bool Origin { get; set; }
}
