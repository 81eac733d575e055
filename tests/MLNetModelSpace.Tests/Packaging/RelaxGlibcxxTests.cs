namespace MLNetModelSpace.Tests.Packaging;

/// <summary>The copy of TorchSharp's library that loads where libstdc++ lacks a version it asks for.</summary>
public sealed class RelaxGlibcxxTests(RelaxedBuilds builds) : IClassFixture<RelaxedBuilds>
{
    [Fact]
    public void TheCopyDiffersInOneByte()
    {
        byte[] original = File.ReadAllBytes(builds.Original), copy = File.ReadAllBytes(Copy("asked"));

        Assert.Equal(original.Length, copy.Length);
        int different = Assert.Single(Enumerable.Range(0, copy.Length), i => original[i] != copy[i]);
        Assert.Equal(original[different] | 2, copy[different]);
    }

    [Fact]
    public void NoVersionThatUbuntu2204LacksIsAskedForStrongly()
    {
        List<VersionRequirement> before = VersionRequirement.Read(File.ReadAllBytes(builds.Original)), after = VersionRequirement.Read(File.ReadAllBytes(Copy("asked")));

        static bool IsNewer(VersionRequirement r) => r.Version.StartsWith("GLIBCXX_", StringComparison.Ordinal) && Version.Parse(r.Version[8..]) > new Version(3, 4, 30);
        Assert.Equal(["GLIBCXX_3.4.32"], before.Where(r => IsNewer(r) && !r.Weak).Select(r => r.Version));
        Assert.DoesNotContain(after, r => IsNewer(r) && !r.Weak);
        Assert.Equal(before.Select(r => r.Version), after.Select(r => r.Version));
        Assert.Equal(before.Where(r => !IsNewer(r)), after.Where(r => !IsNewer(r)));
    }

    [Fact]
    public void TheCopyKeepsTimePlaceAndMetadata()
    {
        (string file, string folder, string kept) = Assert.Single(builds.Built("asked"));

        Assert.Equal(File.GetLastWriteTimeUtc(builds.Original), File.GetLastWriteTimeUtc(file));
        Assert.Equal((Path.Combine("linux-x64", "native") + Path.DirectorySeparatorChar, "yes"), (folder, kept));
        Assert.StartsWith(Path.Combine(builds.Project, "obj", "asked"), file, StringComparison.Ordinal);
    }

    [Fact]
    public void ASecondBuildTakesTheSameCopy()
    {
        Assert.Equal(builds.Built("asked"), builds.Built("asked", run: 2));
        Assert.Equal(builds.Published("asked"), builds.Published("asked", run: 2));
    }

    [Fact]
    public void PublishingTakesOneFile()
    {
        (string file, string path, _) = Assert.Single(builds.Published("asked"));

        Assert.Equal(Path.Combine("linux-x64", "native", RelaxedBuilds.Library), path);
        Assert.Equal(File.ReadAllBytes(Copy("asked")), File.ReadAllBytes(file));
    }

    [Fact]
    public void ThePackageCacheIsUntouched()
    {
        Assert.True(builds.OriginalUntouched);
        // No link to it either: what is written to the copy stays there.
        DateTime before = File.GetLastWriteTimeUtc(builds.Original);
        File.AppendAllText(Copy("stale"), "more");
        Assert.Equal(before, File.GetLastWriteTimeUtc(builds.Original));
    }

    [Fact]
    public void AnOlderBuildsStrictFileIsNotTakenForTheCopy()
    {
        // Both have the original's time and length, so that the build would not copy over them.
        Assert.False(File.Exists(Path.Combine(builds.Project, "bin", "stale", "linux-x64", "native", RelaxedBuilds.Library)));
        Assert.False(File.Exists(Path.Combine(builds.Project, "publish", "stale", "linux-x64", "native", RelaxedBuilds.Library)));
    }

    [Fact]
    public void AWeakRequirementStaysAsItIs() => Assert.Equal(File.ReadAllBytes(Copy("asked")), File.ReadAllBytes(builds.Built("weak")[0].File));

    [Fact]
    public void AFileThatDoesNotAskStaysAsItIsInSilence()
    {
        byte[] source = File.ReadAllBytes(Path.Combine(builds.Project, "..", "satisfied", "lib", RelaxedBuilds.Library));

        Assert.NotEqual(File.ReadAllBytes(builds.Original), source);
        Assert.Equal(source, File.ReadAllBytes(Copy("satisfied")));
        Assert.DoesNotContain(Path.Combine("satisfied", "lib"), builds.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void APropertySwitchesItOff()
    {
        Assert.Equal(builds.Original, Assert.Single(builds.Built("off")).File);
        Assert.Equal(builds.Original, Assert.Single(builds.Published("off").Select(f => f.File).Distinct()));
    }

    [Fact]
    public void AnEditorsBuildCopiesNothing()
    {
        Assert.Equal(builds.Original, Assert.Single(builds.Built("editor")).File);
        Assert.False(Directory.Exists(Path.Combine(builds.Project, "obj", "editor")));
    }

    [Fact]
    public void CleanRemovesTheCopies() => Assert.False(Directory.Exists(Path.Combine(builds.Project, "obj", "cleaned", "glibcxx")));

    [Theory]
    [InlineData("empty", "it is no 64-bit little-endian ELF file")]
    [InlineData("text", "it is no 64-bit little-endian ELF file")]
    [InlineData("cut", "it points to byte")]
    [InlineData("header", "it points to byte")]
    [InlineData("wild", "it points to byte -1 of")]
    public void ADamagedFileIsLeftAloneWithAMessage(string damage, string problem)
    {
        string told = Path.Combine(damage, RelaxedBuilds.Library) + "' was left as it is: " + problem;
        string[] lines = [.. builds.Log.Split('\n').Where(line => line.Contains(told, StringComparison.Ordinal))];

        Assert.Contains(lines, line => line.Contains(Path.Combine("damagedHere", damage), StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains(Path.Combine("damagedHere", damage), StringComparison.Ordinal) && line.Contains("MSPACE001", StringComparison.Ordinal));
        if (OperatingSystem.IsLinux())
            Assert.Contains(lines, line => line.Contains("warning MSPACE001", StringComparison.Ordinal) && line.Contains("lacks GLIBCXX_3.4.32", StringComparison.Ordinal));
        foreach (string name in (string[])["damaged", "damagedHere"])
            Assert.Contains(builds.Built(name), f => f.File == Path.Combine(builds.Project[..^"/a project (1)".Length], name, damage, RelaxedBuilds.Library));
    }

    private string Copy(string name) => Assert.Single(builds.Built(name)).File;
}
