namespace Engine.Tests;

/// <summary>A test of one case of <c>errors.json</c>; where the file or the case is absent the test is reported as not run.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ErrorCaseFactAttribute(string name) : ConformanceFactAttribute(ErrorsFile, name)
{
    public const string ErrorsFile = "microsoft.ml-5.0.0/errors.json";
}
