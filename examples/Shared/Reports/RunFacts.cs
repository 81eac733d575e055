using System.Globalization;
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Trainers.FastTree;
using MLNetModelSpace;
using TorchSharp;

namespace Examples;

/// <summary>What one needs to know to make a run again.</summary>
internal static class RunFacts
{
    public static ReportTable Table(ExampleOptions options)
    {
        Assembly own = typeof(RunFacts).Assembly;
        ReportTable table = new ReportTable("How this page was made", new ReportColumn("what", Left: true), new ReportColumn("which", Left: true))
            .Row("command", options.Command)
            .Row("seed", options.Seed.ToString(CultureInfo.InvariantCulture))
            .Row("commit", Commit(own) ?? "not known where it was built");
        foreach ((string name, Type type) in new[]
        {
            ("MLNetModelSpace", typeof(ModelSpaceCatalog)), ("Microsoft.ML", typeof(MLContext)), ("Microsoft.ML.FastTree", typeof(FastTreeBinaryTrainer)),
            ("TorchSharp", typeof(torch)), ("ScottPlot", typeof(ScottPlot.Plot)),
        })
            table.Row(name, Version(type.Assembly));
        return table.Row("libtorch", torch.__version__).Row(".NET", Environment.Version.ToString());
    }

    /// <summary>What the build put behind the version: the last commit before it, whatever was changed since.</summary>
    private static string? Commit(Assembly assembly) => Informational(assembly) is { } version && version.IndexOf('+', StringComparison.Ordinal) is > 0 and var plus ? version[(plus + 1)..] : null;

    private static string Version(Assembly assembly) => Informational(assembly)?.Split('+')[0] ?? assembly.GetName().Version!.ToString();

    private static string? Informational(Assembly assembly) => assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
}
