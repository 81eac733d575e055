using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Features;

/// <summary>A model as a row in memory, with its class.</summary>
public sealed class LabelledModel
{
    [VectorType]
    public float[] Weights { get; set; } = [];

    public string Layout { get; set; } = "";

    /// <summary>From 0, as ML.NET has the keys of classes in memory: it adds one, and takes what is beyond the count for missing.</summary>
    [KeyType(3)]
    public uint OriginClass { get; set; }

    public bool Origin { get; set; }
}
