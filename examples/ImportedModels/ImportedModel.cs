using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Examples.ImportedModels;

/// <summary>A file of the folder, as the JSON has it.</summary>
internal sealed record ImportedModel
{
    public const string Read = "read";
    public const string Refused = "refused";

    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>The path in the folder.</summary>
    public required string File { get; init; }

    public required string Format { get; init; }

    /// <summary><see cref="Read"/> or <see cref="Refused"/>.</summary>
    public required string Status { get; init; }

    /// <summary>Why it was refused; null where it was read.</summary>
    public string? Reason { get; init; }

    /// <summary>What it is; null where it was refused.</summary>
    public string? Architecture { get; init; }

    public int Tensors { get; init; }

    /// <summary>Trainable floating-point numbers.</summary>
    public long Parameters { get; init; }

    /// <summary>All other numbers of the state dict.</summary>
    public long Buffers { get; init; }

    /// <summary>By a family's name its <see cref="ModelVector"/>, or the text that says why it has none.</summary>
    public JsonObject Vectors { get; init; } = [];

    /// <summary>The models as JSON.</summary>
    public static string ToJson(IReadOnlyList<ImportedModel> models) => JsonSerializer.Serialize(models, s_json) + "\n";

    /// <summary>Adds a vector with its first slots.</summary>
    public void Add(string family, float[] values, string[] names) => Vectors[family] = JsonSerializer.SerializeToNode(ModelVector.Of(values, names), s_json);

    private sealed record ModelVector(int Length, string[] Names, float[] Values)
    {
        private const int Slots = 24;

        public static ModelVector Of(float[] values, string[] names) => new(values.Length, [.. names.Take(Slots)], [.. values.Take(Slots)]);
    }
}
