using System.Text.Json;

namespace MLNetModelSpace.Tests.Examples;

public sealed class ImportedModelsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _models = new();

    public void Dispose()
    {
        _folder.Dispose();
        _models.Dispose();
    }

    [Fact]
    public void EveryFileIsAnEntryWithWhatItIsOrWhyItWasRefused()
    {
        Copy("vae-fc.pth", "vae-encoder.pth", "batchnorm-conv.pth", "malicious-system.pth");
        File.Copy(StoredModels.Case("skip-concat"), _models.File("skip.safetensors"));
        File.WriteAllText(_models.File("notes.txt"), "nothing");

        (int code, string output, string errors) = Run("--models", _models.Path, "--json", "models.json", "--features", "composed-map,graph,singular-values");
        Assert.True(code == 0, errors);
        JsonElement[] entries = Entries();

        Assert.Equal(["batchnorm-conv.pth", "malicious-system.pth", "notes.txt", "skip.safetensors", "vae-encoder.pth", "vae-fc.pth"], entries.Select(entry => entry.GetProperty("file").GetString()));
        Assert.Equal(["PyTorch zip", "PyTorch zip", "unknown", "safetensors", "PyTorch zip", "PyTorch zip"], entries.Select(entry => entry.GetProperty("format").GetString()));
        Assert.Equal(["read", "refused", "refused", "read", "read", "read"], entries.Select(entry => entry.GetProperty("status").GetString()));
        Assert.Contains("it would call 'posix.system'", entries[1].GetProperty("reason").GetString());
        Assert.Equal((8, 31, 7), (entries[0].GetProperty("tensors").GetInt32(), entries[0].GetProperty("parameters").GetInt32(), entries[0].GetProperty("buffers").GetInt32()));
        Assert.Equal(entries[4].GetProperty("architecture").GetString(), entries[5].GetProperty("architecture").GetString());
        Assert.Contains("4 of 6 files are models", output);
        Assert.Contains("vae-encoder.pth and", output);
    }

    [Fact]
    public void VectorsHaveTheirFirstSlotsOrSayWhyThereAreNone()
    {
        File.Copy(StoredModels.Case("conv-square-plain"), _models.File("conv.safetensors"));
        File.Copy(StoredModels.Case("skip-concat"), _models.File("skip.safetensors"));

        (int code, _, string errors) = Run("--models", _models.Path, "--json", "models.json", "--features", "composed-map,singular-values");
        Assert.True(code == 0, errors);
        JsonElement[] entries = Entries();
        JsonElement vector = entries[0].GetProperty("vectors").GetProperty("composed-map");

        Assert.Equal(24, vector.GetProperty("values").GetArrayLength());
        Assert.Equal("composed diag[0]", vector.GetProperty("names")[0].GetString());
        Assert.True(vector.GetProperty("length").GetInt32() > 24);
        Assert.Equal(0.029380, vector.GetProperty("values")[0].GetDouble(), 1e-6);
        Assert.Contains("does not follow 8 units", entries[1].GetProperty("vectors").GetProperty("composed-map").GetString());
        Assert.Equal(JsonValueKind.Object, entries[1].GetProperty("vectors").GetProperty("singular-values").ValueKind);
    }

    [Fact]
    public void TheMapOfModelsIsInThePage()
    {
        Copy("vae-fc.pth", "vae-encoder.pth", "vae-wrapped.pth");

        (int code, string output, string errors) = Run("--models", _models.Path, "--html", "models.html");
        Assert.True(code == 0, errors);
        string page = File.ReadAllText(_folder.File("models.html"));

        Assert.Contains("nearest by composed-cosines, 0 apart", output.ReplaceLineEndings(" "));
        Assert.Contains("<svg", page);
        Assert.Contains("vae-wrapped.pth", page);
    }

    [Fact]
    public void AFolderWithoutModelsIsExitCode2WithItsFilesInTheJson()
    {
        Copy("malicious-eval.pth");

        (int code, _, _) = Run("--models", _models.Path, "--json", "models.json");

        Assert.Equal(2, code);
        Assert.Equal("refused", Assert.Single(Entries()).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("'bag' is no family of features; known are singular-values", "--models", ".", "--features", "bag")]
    [InlineData("There is no folder 'no-such-folder'", "--models", "no-such-folder")]
    [InlineData("--models names no folder")]
    [InlineData("cannot be written", "--models", ".", "--json", "no-such-folder/models.json")]
    public void BadInputIsOneClearLineAndExitCode2(string message, params string[] arguments)
    {
        (int code, _, string errors) = Run(arguments);

        Assert.Equal(2, code);
        Assert.Contains(message, errors);
        Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private JsonElement[] Entries()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(_folder.File("models.json")));
        return [.. document.RootElement.EnumerateArray().Select(entry => entry.Clone())];
    }

    private void Copy(params string[] names)
    {
        foreach (string name in names)
            File.Copy(StoredModels.Checkpoint(name), _models.File(name));
    }

    private (int Code, string Output, string Errors) Run(params string[] arguments) => ExampleProgram.Run("ImportedModels", _folder.Path, arguments);
}
