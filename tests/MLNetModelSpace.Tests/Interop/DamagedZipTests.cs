using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace.Tests.Pipelines;

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

    private string Rows => _folder.File("rows.idv");

    [Fact]
    public async Task ADamagedPipelineIsRefusedOrRight()
    {
        int count = int.Parse(Environment.GetEnvironmentVariable("MODELSPACE_ZIP_DAMAGES") ?? "2000", CultureInfo.InvariantCulture);
        SaveForest();
        using Process process = FreshProcess.StartDamaging(Model, Rows, count, seed: 1, MemoryLimit);
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
        string[] words = (await output).Split(' ');
        Assert.Equal(count, int.Parse(words[0], CultureInfo.InvariantCulture) + int.Parse(words[2], CultureInfo.InvariantCulture));
        Assert.True(int.Parse(words[0], CultureInfo.InvariantCulture) > count / 2, "Hardly any was refused: the damages do no harm.");
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

    /// <summary>Weights, their features and a forest: what is saved where a model's origin is told.</summary>
    private void SaveForest()
    {
        WeightLayout layout = GraphModels.Dense;
        var random = new Random(1);
        IDataView data = _ml.Data.LoadFromEnumerable(Models.Zoo(layout, 40).Select(weights => new Row { Weights = weights, Layout = layout.ToJson(), Origin = random.Next(2) == 0 }));
        ITransformer model = _ml.ModelSpace().Transforms.VectorizeWeights("Features", "Weights")
            .Append(_ml.BinaryClassification.Trainers.FastTree("Origin", "Features", numberOfLeaves: 4, numberOfTrees: 10, minimumExampleCountPerLeaf: 2))
            .Fit(data);
        _ml.Model.Save(model, data.Schema, Model);
        using FileStream stream = File.Create(Rows);
        _ml.Data.SaveAsBinary(_ml.Data.TakeRows(data, 5), stream);
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

    private sealed class Row
    {
        public float[] Weights { get; set; } = [];

        public string Layout { get; set; } = "";

        public bool Origin { get; set; }
    }
}
