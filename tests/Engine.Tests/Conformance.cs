namespace Engine.Tests;

/// <summary>
/// Finds the reference figures: in the folder that <c>MODELSPACE_CONFORMANCE</c> names when it is set, else in the project's own copy.
/// </summary>
internal static class Conformance
{
    public const string EnvironmentVariable = "MODELSPACE_CONFORMANCE";

    public static string Root { get; } =
        Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } folder
            ? folder
            : Path.Combine(AppContext.BaseDirectory, "conformance");

    /// <summary>The full path of a reference file such as <c>torch/linalg.json</c>.</summary>
    public static string PathOf(string file) => Path.Combine(Root, file);

    /// <summary>Opens a reference file as JSON.</summary>
    public static System.Text.Json.JsonDocument Open(string file)
    {
        using var stream = File.OpenRead(PathOf(file));
        return System.Text.Json.JsonDocument.Parse(stream);
    }
}
