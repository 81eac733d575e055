namespace Engine.Tests.ApiUse;

/// <summary>
/// Lists the members of the engine that product, examples and tests use. One command writes the list, once the solution is built:
/// <code>MODELSPACE_API_USE=use.txt dotnet test -c Release --no-build --filter OfficialUse</code>
/// </summary>
public class OfficialUseTests
{
    private const string OutputVariable = "MODELSPACE_API_USE";

    [Fact]
    public void WhatTheseTestsUseIsFound()
    {
        var used = OfficialUse.Of(typeof(OfficialUseTests).Assembly.Location).ToArray();

        Assert.Contains("Microsoft.ML.MLContext", used);
        Assert.Contains("Microsoft.ML.MLContext :: Microsoft.ML.DataOperationsCatalog get_Data()", used);
        Assert.DoesNotContain(used, line => line.StartsWith("System.", StringComparison.Ordinal));
    }

    [Fact]
    public void TheListIsWrittenWhereAsked()
    {
        if (Environment.GetEnvironmentVariable(OutputVariable) is not { Length: > 0 } output)
            output = Path.Combine(Path.GetTempPath(), $"api-use-{Guid.NewGuid():N}.txt");
        try
        {
            File.WriteAllLines(output, BuiltAssemblies.Users.SelectMany(OfficialUse.Of).Distinct().Order(StringComparer.Ordinal));

            Assert.NotEmpty(File.ReadLines(output));
        }
        finally
        {
            if (Environment.GetEnvironmentVariable(OutputVariable) is not { Length: > 0 })
                File.Delete(output);
        }
    }
}
