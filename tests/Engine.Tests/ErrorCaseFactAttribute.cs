namespace Engine.Tests;

/// <summary>A test of one case of <c>errors.json</c>; where the file or the case is absent the test is reported as not run.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ErrorCaseFactAttribute : FactAttribute
{
    public const string File = "microsoft.ml-5.0.0/errors.json";

    public ErrorCaseFactAttribute(string name)
    {
        if (!System.IO.File.Exists(Conformance.PathOf(File)))
        {
            Skip = $"not run: {File} is absent from {Conformance.Root}";
            return;
        }
        using var figures = Conformance.Open(File);
        if (!figures.RootElement.TryGetProperty(name, out _))
            Skip = $"not run: {File} has no case '{name}'";
    }
}
