using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Examples.OriginClassification;

/// <summary>Results as JSON: one array of objects a file.</summary>
internal static class OriginJson
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        // A classifier that answers with one class only has no precision: ML.NET says NaN, and JSON gets it as a text.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static string Of<T>(IReadOnlyList<T> results) => JsonSerializer.Serialize(results, s_json) + "\n";
}
