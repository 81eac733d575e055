using System.Text.Encodings.Web;
using System.Text.Json;

namespace Examples.ModelSearch;

/// <summary>A model of the zoo, with its reconstruction error on images that neither the zoo nor the query has.</summary>
internal sealed record FoundModel(string Id, double Error);

/// <summary>
/// What one query found: the place by training one model or by the images themselves; there the nearest model, or the one that is expected
/// to fit best.
/// </summary>
internal sealed record QueryResult(
    int Query, float[] Shares, FoundModel TrainedNearest, FoundModel TrainedBest, FoundModel PlacedNearest, FoundModel PlacedBest, double RandomError,
    double BestError)
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string ToJson(IEnumerable<QueryResult> results) => JsonSerializer.Serialize(results.ToArray(), s_json) + "\n";
}
