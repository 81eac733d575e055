namespace Engine.Tests;

/// <summary>A test that needs one reference file; where the file is absent the test is reported, by the file's name, as not run.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ConformanceFactAttribute : FactAttribute
{
    public ConformanceFactAttribute(string file)
    {
        if (!File.Exists(Conformance.PathOf(file)))
            Skip = $"not run: {file} is absent from {Conformance.Root}";
    }
}
