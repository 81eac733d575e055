using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Features;

/// <summary>What a prediction engine gives back.</summary>
public sealed class FeatureRow
{
    [VectorType]
    public float[] Features { get; set; } = [];
}
