using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Features;

/// <summary>Weights without a word about their layout.</summary>
public sealed class PlainRow
{
    [VectorType]
    public float[] Weights { get; set; } = [];
}
