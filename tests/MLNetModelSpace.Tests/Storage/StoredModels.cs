namespace MLNetModelSpace.Tests.Storage;

/// <summary>Paths of the model files that come with the tests.</summary>
internal static class StoredModels
{
    public static string Checkpoint(string name) => Path.Combine(AppContext.BaseDirectory, "Storage", "checkpoints", name);

    public static string Case(string name) => Path.Combine(AppContext.BaseDirectory, "Storage", "cases", name + ".safetensors");

    /// <summary>Element i of tensor t in the files that <c>make.py</c> writes.</summary>
    public static float Value(int tensor, int i) => ((((37 * i) + (11 * tensor)) % 19) - 9) / 8f;

    public static float[] Values(int tensor, int count) => [.. Enumerable.Range(0, count).Select(i => Value(tensor, i))];
}
