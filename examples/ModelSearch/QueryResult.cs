using System.Text.Encodings.Web;
using System.Text.Json;

namespace Examples.ModelSearch;

/// <summary>What one query found: reconstruction errors on images that neither the zoo nor the query has.</summary>
internal sealed record QueryResult(
    int Query, float[] Shares, string ByTraining, double ByTrainingError, string ByPlacement, double ByPlacementError, double RandomError, double BestError)
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string ToJson(IEnumerable<QueryResult> results) => JsonSerializer.Serialize(results.ToArray(), s_json) + "\n";
}
