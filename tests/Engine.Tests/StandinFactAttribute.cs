namespace Engine.Tests;

/// <summary>A test of what only the stand-ins promise, such as their own file format.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class StandinFactAttribute : FactAttribute
{
    public StandinFactAttribute()
    {
        if (!typeof(Microsoft.ML.MLContext).Assembly.GetName().Name!.StartsWith("Standin.", StringComparison.Ordinal))
            Skip = "not run: this is about the stand-in, and the official package is in use";
    }
}
