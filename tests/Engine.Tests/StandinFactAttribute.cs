namespace Engine.Tests;

/// <summary>A test of what only the stand-ins promise, such as their own file format.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class StandinFactAttribute : FactAttribute
{
    /// <summary>Whether the stand-ins are in use.</summary>
    public static bool IsStandin { get; } =
        typeof(Microsoft.ML.MLContext).Assembly.GetName().Name!.StartsWith("Standin.", StringComparison.Ordinal);

    public StandinFactAttribute()
    {
        if (!IsStandin)
            Skip = "not run: this is about the stand-in, and the official package is in use";
    }
}
