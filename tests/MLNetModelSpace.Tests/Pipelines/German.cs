namespace MLNetModelSpace.Tests.Pipelines;

/// <summary>How a program that is built with <c>InvariantGlobalization</c> is run in German all the same.</summary>
internal static class German
{
    public static IReadOnlyDictionary<string, string> Variables { get; } = new Dictionary<string, string> { ["LC_ALL"] = "de_DE.UTF-8" };

    /// <summary>What <c>dotnet exec</c> is told: settings without that property, which counts for more than the environment does.</summary>
    public static string[] Options(string program, string folder)
    {
        string settings = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, $"{program}.runtimeconfig.json"));
        const string invariant = "\"System.Globalization.Invariant\": true";
        Assert.Contains(invariant, settings, StringComparison.Ordinal);
        string path = Path.Combine(folder, $"{program}.german.runtimeconfig.json");
        File.WriteAllText(path, settings.Replace(invariant, invariant.Replace("true", "false", StringComparison.Ordinal), StringComparison.Ordinal));
        return ["--runtimeconfig", path];
    }
}
