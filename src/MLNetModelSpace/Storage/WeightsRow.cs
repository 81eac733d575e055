using Microsoft.ML.Data;

namespace MLNetModelSpace;

/// <summary>
/// A model as a row: what <see cref="ModelRows"/> makes, <c>LoadModels</c> and <c>LoadFromEnumerable</c> make a view of, and a prediction
/// engine takes.
/// </summary>
public sealed class WeightsRow
{
    /// <summary>What the model is called.</summary>
    public string Name { get; set; } = "";

    /// <summary>All weights, one tensor after another.</summary>
    [VectorType]
    public float[] Weights { get; set; } = [];

    /// <summary>The <see cref="WeightLayout"/> of the weights, as JSON; empty where it is not said: then it is the fitted one, or that of the options.</summary>
    public string Layout { get; set; } = "";
}
