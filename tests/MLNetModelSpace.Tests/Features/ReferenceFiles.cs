using System.Text.Json;

namespace MLNetModelSpace.Tests.Features;

/// <summary>
/// Finds the reference figures: in the folder that <c>MODELSPACE_CONFORMANCE</c> names when it is set, else in the project's own copy.
/// </summary>
internal static class ReferenceFiles
{
    public static string Root { get; } =
        Environment.GetEnvironmentVariable("MODELSPACE_CONFORMANCE") is { Length: > 0 } folder
            ? folder
            : Path.Combine(AppContext.BaseDirectory, "conformance");

    public static string PathOf(string file) => Path.Combine(Root, file);

    public static JsonDocument Open(string file)
    {
        using FileStream stream = File.OpenRead(PathOf(file));
        return JsonDocument.Parse(stream);
    }
}
