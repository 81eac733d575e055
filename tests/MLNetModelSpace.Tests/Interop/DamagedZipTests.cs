using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text.RegularExpressions;
using Microsoft.ML;

namespace MLNetModelSpace.Tests.Interop;

/// <summary>
/// Damaged pipelines, in a process of their own: a loader that believes what it reads may allocate without end. Two thousand damages; another number with
/// <c>MODELSPACE_ZIP_DAMAGES=10000 dotnet test -c Release --filter DamagedZipTests</c>.
/// </summary>
public sealed class DamagedZipTests : IDisposable
{
    private const long MemoryLimit = 1L << 30;

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    private string Model => _folder.File("model.zip");

    [Fact]
    public async Task ADamagedPipelineIsRefusedOrRight()
    {
        int count = int.Parse(Environment.GetEnvironmentVariable("MODELSPACE_ZIP_DAMAGES") ?? "2000", CultureInfo.InvariantCulture);
        using Process process = FreshProcess.StartDamaging("zip", count, seed: 1, MemoryLimit);
        Task<string> errors = process.StandardError.ReadToEndAsync(), output = process.StandardOutput.ReadToEndAsync();
        using var time = new CancellationTokenSource(TimeSpan.FromMinutes(2 + (count / 1000)));
        while (!process.HasExited && !time.IsCancellationRequested && Resident(process) < MemoryLimit)
            await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(50));

        bool ended = process.HasExited;
        long resident = ended ? 0 : Resident(process);
        if (!ended)
            process.Kill();
        await process.WaitForExitAsync();
        Assert.True(ended, $"It was stopped at {resident} bytes.");
        Assert.True(process.ExitCode == 0, await errors);
        Match numbers = Regex.Match(await output, @"^zip, seed 1: \d+ damages, (\d+) refused, (\d+) read");
        int refused = int.Parse(numbers.Groups[1].Value, CultureInfo.InvariantCulture), read = int.Parse(numbers.Groups[2].Value, CultureInfo.InvariantCulture);
        Assert.Equal(count, refused + read);
        Assert.InRange(refused, count / 2, count - 1);
    }

    [Fact]
    public void EntriesThatOccurTwiceAreRefused()
    {
        Write(("a.txt", "one"), ("A.txt", "two"));
        AssertRefused("its entry 'A.txt' occurs twice.");
    }

    [Theory]
    [InlineData("../a.txt")]
    [InlineData("/a.txt")]
    [InlineData("a\\..\\..\\b.txt")]
    [InlineData("c:\\a.txt")]
    public void EntriesOutsideAreRefused(string name)
    {
        Write((name, "one"));
        AssertRefused($"the name of its entry '{name}' leads outside.");
    }

    [Fact]
    public void ALengthThatNoCompressionReachesIsRefused()
    {
        Write(("a.txt", "one"));
        byte[] bytes = File.ReadAllBytes(Model);
        int central = bytes.AsSpan().IndexOf("PK\u0001\u0002"u8);
        bytes[central + 27] = 0x7f; // the highest byte of the entry's length
        File.WriteAllBytes(Model, bytes);
        AssertRefused("its entry 'a.txt' cannot have 2130706435 bytes, compressed to");
    }

    [Fact]
    public void ANameThatIsDamagedInOneOfItsPlacesIsRefused()
    {
        Write(("a.txt", "one"));
        byte[] bytes = File.ReadAllBytes(Model);
        bytes[bytes.AsSpan().LastIndexOf("a.txt"u8)] = (byte)'b';
        File.WriteAllBytes(Model, bytes);
        AssertRefused("the name of its entry 0 differs between its two places.");
    }

    [Fact]
    public void AZipOfSomethingElseIsRefused()
    {
        Write(("a.txt", "one"));
        AssertRefused("it holds no pipeline: there is no entry 'TransformerChain/Model.key'.");
    }

    public void Dispose() => _folder.Dispose();

    private static long Resident(Process process)
    {
        process.Refresh();
        return process.HasExited ? 0 : process.WorkingSet64;
    }

    private void Write(params (string Name, string Text)[] entries)
    {
        using ZipArchive zip = ZipFile.Open(Model, ZipArchiveMode.Create);
        foreach ((string name, string text) in entries)
        {
            using var writer = new StreamWriter(zip.CreateEntry(name).Open());
            writer.Write(text);
        }
    }

    private void AssertRefused(string message)
    {
        var error = Assert.Throws<InvalidDataException>(() => _ml.ModelSpace().Model.Load(Model));
        Assert.StartsWith($"'{Model}' cannot be loaded: {message}", error.Message, StringComparison.Ordinal);
    }
}
