using System.Text.Encodings.Web;
using System.Text.Json;
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
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        // A classifier that answers with one class only has no precision: ML.NET says NaN, and JSON gets it as a text.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static string ToJson(IEnumerable<OriginResult> results) => JsonSerializer.Serialize(results.ToArray(), s_json) + "\n";
}
