namespace Engine.Tests.ApiUse;

/// <summary>What the solution's projects were built to. Each lies beside this one: <c>&lt;artifacts&gt;/bin/&lt;project&gt;/&lt;configuration&gt;/&lt;project&gt;.dll</c>.</summary>
internal static class BuiltAssemblies
{
    private static readonly string[] _expected =
        ["MLNetModelSpace", "MLNetModelSpace.Tests", "MLNetModelSpace.Benchmarks", "DatasetSpace", "InformationLoss", "ModelSearch", "OriginClassification"];

    private static readonly DirectoryInfo _here = new(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));

    public static IEnumerable<string> StandIns => All.Where(IsStandIn);

    /// <summary>The product, the examples, the tests and the benchmarks.</summary>
    public static IEnumerable<string> Users => All.Where(assembly => !IsStandIn(assembly));

    /// <summary>Those of the solution's projects that are not built in this configuration.</summary>
    public static IEnumerable<string> Missing => _expected.Except(Users.Select(Path.GetFileNameWithoutExtension))!;

    private static IEnumerable<string> All =>
        _here.Parent!.Parent!.EnumerateDirectories().Select(project => Path.Combine(project.FullName, _here.Name, $"{project.Name}.dll")).Where(File.Exists);

    private static bool IsStandIn(string assembly) => Path.GetFileName(assembly).StartsWith("Standin.", StringComparison.Ordinal);
}
