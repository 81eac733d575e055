using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Features;

/// <summary>A model as a row in memory.</summary>
public sealed class WeightRow
{
    [VectorType]
    public float[] Weights { get; set; } = [];

    public string Layout { get; set; } = "";
}
