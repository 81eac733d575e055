using MLNetModelSpace;

namespace Examples.OriginClassification;

/// <summary>A model as a row in memory, with its layout.</summary>
internal sealed record OtherModel
{
    public float[] Weights { get; set; } = [];

    public string Layout { get; set; } = "";

    public uint OriginClass { get; set; }

    /// <summary>The model with every weight replaced, tensor by tensor.</summary>
    public OtherModel With(WeightLayout layout, Func<float[], float[]> change) =>
        this with { Weights = [.. Enumerable.Range(0, layout.Tensors.Count).SelectMany(i => change(layout.Slice(Weights, i).ToArray()))] };
}
