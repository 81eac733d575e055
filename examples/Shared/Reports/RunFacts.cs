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
        foreach (Assembly assembly in (Assembly[])[typeof(ModelSpaceCatalog).Assembly, typeof(MLContext).Assembly, typeof(FastTreeBinaryTrainer).Assembly, typeof(torch).Assembly, typeof(ScottPlot.Plot).Assembly])
            table.Row(assembly.GetName().Name!, Version(assembly));
        return table.Row("libtorch", torch.__version__).Row(".NET", Environment.Version.ToString());
    }

    /// <summary>What the build put behind the version, with a mark for nothing that is not committed: it does not know.</summary>
    private static string? Commit(Assembly assembly) => Informational(assembly) is { } version && version.IndexOf('+', StringComparison.Ordinal) is > 0 and var plus ? version[(plus + 1)..] : null;

    private static string Version(Assembly assembly) => Informational(assembly)?.Split('+')[0] ?? assembly.GetName().Version!.ToString();

    private static string? Informational(Assembly assembly) => assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
}
