using System.Diagnostics;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace MLNetModelSpace.Tests.Packaging;

/// <summary>
/// One run of MSBuild over projects that have nothing but the packed targets and lists of files: what each build copies and publishes then.
/// </summary>
public sealed class RelaxedBuilds : IDisposable
{
    public const string Library = "libLibTorchSharp.so";

    private readonly TemporaryFolder _folder = new();

    public RelaxedBuilds()
    {
        Original = Path.Combine(
            typeof(RelaxedBuilds).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "TorchSharpPackage").Value!,
            "runtimes", "linux-x64", "native", Library);
        byte[] content = File.ReadAllBytes(Original);
        string hash = Hash(Original);
        Put("satisfied/lib", Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(content).Replace("GLIBCXX_3.4.32\0", "GLIBCXX_3.4.30\0", StringComparison.Ordinal)));
        foreach (string source in (string[])["damaged", "damagedHere"])
        {
            Put(source + "/empty", []);
            Put(source + "/text", "INPUT(libLibTorchSharp.so.2)\n"u8.ToArray());
            Put(source + "/cut", content[..(content.Length / 2)]);
            Put(source + "/header", [.. content[..64]]);
            byte[] wild = [.. content];
            wild.AsSpan(0x28, 8).Fill(0xff); // where the section headers are
            Put(source + "/wild", wild);
        }

        File.WriteAllText(_folder.File("old.so"), "GLIBCXX_3.4.30\0");
        File.WriteAllText(_folder.File("new.so"), "GLIBCXX_3.4.30\0GLIBCXX_3.4.31\0GLIBCXX_3.4.32\0");
        string project = Path.Combine(_folder.Path, "a project (1)");
        // What a build without the targets left in the output.
        foreach (string stale in (string[])["bin/stale/linux-x64/native", "publish/stale/linux-x64/native"])
        {
            Directory.CreateDirectory(Path.Combine(project, stale));
            File.Copy(Original, Path.Combine(project, stale, Library));
        }

        Directory.CreateDirectory(project);
        File.WriteAllText(Path.Combine(project, "one.proj"), $"""
            <Project>
              <PropertyGroup>
                <IntermediateOutputPath>obj/$(Case)/</IntermediateOutputPath>
                <OutDir>bin/$(Case)/</OutDir>
                <PublishDir>publish/$(Case)/</PublishDir>
              </PropertyGroup>
              <Import Project="{Path.Combine(AppContext.BaseDirectory, "buildTransitive", "MLNetModelSpace.targets")}" />
              <ItemGroup>
                <File Include="$(Source)/**/{Library}" />
              </ItemGroup>
              <Target Name="ResolveAssemblyReferences">
                <ItemGroup>
                  <ReferenceCopyLocalPaths Include="@(File)" DestinationSubDirectory="%(RecursiveDir)" Kept="yes" />
                </ItemGroup>
              </Target>
              <Target Name="ComputeResolvedFilesToPublishList" DependsOnTargets="ResolveAssemblyReferences">
                <ItemGroup>
                  <ResolvedFileToPublish Include="@(File)" RelativePath="%(RecursiveDir)%(Filename)%(Extension)" />
                  <ResolvedFileToPublish Include="@(ReferenceCopyLocalPaths)" RelativePath="%(ReferenceCopyLocalPaths.DestinationSubDirectory)%(Filename)%(Extension)" />
                </ItemGroup>
              </Target>
              <Target Name="List" DependsOnTargets="ComputeResolvedFilesToPublishList">
                <WriteLinesToFile File="$(Case)-$(Run).build" Lines="@(ReferenceCopyLocalPaths->'%(Identity)|%(DestinationSubDirectory)|%(Kept)')" />
                <WriteLinesToFile File="$(Case)-$(Run).publish" Lines="@(ResolvedFileToPublish->'%(Identity)|%(RelativePath)|')" />
              </Target>
              <Target Name="CoreClean" />
            </Project>
            """);
        string Step(string name, string source, string properties = "", int run = 1, string target = "List") =>
            $"""    <MSBuild Projects="one.proj" Targets="{target}" Properties="Case={name};Run={run};Source={source};{properties}" />""" + "\n";
        string package = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(Original)))!;
        File.WriteAllText(Path.Combine(project, "all.proj"), $"""
            <Project>
              <Target Name="All">
            {Step("asked", package)}{Step("asked", package, run: 2)}{Step("stale", package)}{Step("off", package, "ModelSpaceRelaxGlibcxx=false")}
            {Step("editor", package, "DesignTimeBuild=true")}{Step("satisfied", _folder.File("satisfied"))}{Step("cleaned", package)}{Step("cleaned", package, run: 2, target: "CoreClean")}
            {Step("weak", Path.Combine(project, "obj", "asked"))}{Step("damaged", _folder.File("damaged"), $"ModelSpaceLibstdcxx={_folder.File("old.so")}")}
            {Step("damagedHere", _folder.File("damagedHere"), $"ModelSpaceLibstdcxx={_folder.File("new.so")}")}
              </Target>
            </Project>
            """);
        Project = project;
        Log = Run(project);
        OriginalUntouched = Hash(Original) == hash;
    }

    /// <summary>The file in the package cache.</summary>
    public string Original { get; }

    public bool OriginalUntouched { get; }

    public string Project { get; }

    public string Log { get; }

    /// <summary>What a build copies to its output: file, folder in the output, and a metadatum that each original has.</summary>
    public (string File, string Folder, string Kept)[] Built(string name, int run = 1) => Read($"{name}-{run}.build");

    /// <summary>What publishing copies: file and path in the publish folder.</summary>
    public (string File, string Path, string Kept)[] Published(string name, int run = 1) => Read($"{name}-{run}.publish");

    public void Dispose() => _folder.Dispose();

    private (string, string, string)[] Read(string list) =>
    [
        .. File.ReadAllLines(Path.Combine(Project, list)).Select(line => line.Split('|')).Select(parts => (parts[0], parts[1], parts[2])),
    ];

    private static string Hash(string file) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));

    private void Put(string place, byte[] content)
    {
        Directory.CreateDirectory(_folder.File(place));
        File.WriteAllBytes(Path.Combine(_folder.File(place), Library), content);
    }

    private static string Run(string project)
    {
        var start = new ProcessStartInfo("dotnet", ["msbuild", "all.proj", "-nologo", "-verbosity:normal", "-nodeReuse:false"]) { WorkingDirectory = project, RedirectStandardOutput = true };
        // The test host's own variables would send MSBuild to the host's assemblies.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);
        using Process process = Process.Start(start)!;
        string log = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, log);
        return log;
    }
}
