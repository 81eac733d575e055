using System.Text.Encodings.Web;
using System.Text.Json;

namespace Examples.DatasetSpace;

/// <summary>One row of the table.</summary>
internal sealed record SpaceResult(
    string Dataset,
    string[] Classes,
    string Architecture,
    string Space,
    string Loss,
    double MeanAngle,
    double MedianAngle,
    double BaselineAngle,
    double ShuffledAngle,
    double R2,
    double DistanceSpearman,
    double DistanceKendall,
    double Recall1,
    double Recall5,
    double Recall10,
    double MedianRank,
    double MixtureAngle,
    int TrainModels,
    int TestModels,
    double Seconds)
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string ToJson(IEnumerable<SpaceResult> results) => JsonSerializer.Serialize(results.ToArray(), s_json) + "\n";
}
