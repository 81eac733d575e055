namespace Engine.Tests;

/// <summary>
/// A test that needs one reference file, or one entry of it; where the file or the entry is absent the test is reported, by its name, as not run.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal class ConformanceFactAttribute : FactAttribute
{
    public ConformanceFactAttribute(string file, string? entry = null)
    {
        if (!File.Exists(Conformance.PathOf(file)))
        {
            Skip = $"not run: {file} is absent from {Conformance.Root}";
            return;
        }
        if (entry is null)
            return;
        using var figures = Conformance.Open(file);
        if (!figures.RootElement.TryGetProperty(entry, out _))
            Skip = $"not run: {file} in {Conformance.Root} has no entry '{entry}'";
    }
}
