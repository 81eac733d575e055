using System.Text.Json.Serialization;

namespace Examples.OriginClassification;

/// <summary>One row of the table.</summary>
internal sealed record OriginResult(
    string Dataset,
    string[] Classes,
    string Architecture,
    string Vectorization,
    string Kind,
    string Trainer,
    double Precision,
    double Recall,
    double Auc,
    double Baseline,
    double ShuffledAuc,
    int TrainModels,
    int TestModels,
    double TrainSeconds)
{
    /// <summary>Ends of the 95% interval over test models; none where pairs have a mean.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double[]? PrecisionInterval { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double[]? RecallInterval { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double[]? AucInterval { get; init; }
}
