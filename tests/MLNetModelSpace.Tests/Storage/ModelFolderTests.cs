using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace.Storage;

namespace MLNetModelSpace.Tests.Storage;

public sealed class ModelFolderTests : IDisposable
{
    private static readonly ModelFolder.Options s_skip = new() { NotModels = NotModelHandling.Skip };

    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AFolderOfMixedFilesIsAViewOfTheirModels()
    {
        Copy("zip.pth", "legacy.pth");
        File.Copy(StoredModels.Case("ae-python-order"), _folder.File("own.safetensors"));

        ModelFolder models = _ml.ModelSpace().Data.LoadModels(_folder.Path);

        Assert.Equal(
            ["Name", "Weights", "Layout", "File", "Format", "Architecture", "Tensors", "Parameters", "Buffers", "Bytes", "Hash", "Renamed"], models.Schema.Select(column => column.Name));
        Assert.Equal(["legacy", "own", "zip"], models.GetColumn<string>("Name"));
        Assert.Equal(["legacy.pth", "own.safetensors", "zip.pth"], models.GetColumn<string>("File"));
        Assert.Equal(["PyTorch legacy", "safetensors", "PyTorch zip"], models.GetColumn<string>("Format"));
        Assert.Equal(["linear 6-3-6", "LinearAutoencoder(hidden=4) on 1x4x4", "linear 6-3-6"], models.GetColumn<string>("Architecture"));
        Assert.Equal([45, 148, 45], models.GetColumn<long>("Parameters"));
        Assert.Equal([45, 148, 45], models.GetColumn<float[]>("Weights").Select(weights => weights.Length));
        Assert.Equal(2, models.Layouts.Count);
    }

    [Fact]
    public void ModelsOfOneArchitectureUnderSeveralSpellingsGoThroughOnePipeline()
    {
        Copy("vae-fc.pth", "vae-encoder.pth", "vae-wrapped.pth");
        ModelFolder models = _ml.ModelSpace().Data.LoadModels(_folder.Path);

        float[][] features = [.. _ml.ModelSpace().Transforms.VectorizeWeights("Features", "Weights", WeightFeatures.ComposedMap | WeightFeatures.SingularValues).Fit(models).Transform(models).GetColumn<float[]>("Features")];

        Assert.Single(models.Layouts);
        Assert.Equal(features[0], features[1]);
        Assert.Equal(features[0], features[2]);
        Assert.Equal("linear 12-8-(2|2)", models.GetColumn<string>("Architecture").First()[..17]);
    }

    [Fact]
    public void WhatWasRenamedIsInTheRow()
    {
        Copy("vae-wrapped.pth");

        var renamed = JsonSerializer.Deserialize<Dictionary<string, string>>(_ml.ModelSpace().Data.LoadModels(_folder.Path).GetColumn<string>("Renamed").Single())!;

        Assert.Equal("module.log_sigma.weight", renamed["encoder_logvar.weight"]);
        Assert.Equal("module.dec2.bias", renamed["decoder.1.bias"]);
    }

    [Fact]
    public void TheHashIsThatOfTheFile()
    {
        Copy("zip.pth");
        ModelFolder models = _ml.ModelSpace().Data.LoadModels(_folder.Path);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(_folder.File("zip.pth")))), models.GetColumn<string>("Hash").Single());
        Assert.Equal(new FileInfo(_folder.File("zip.pth")).Length, models.GetColumn<long>("Bytes").Single());
    }

    [Fact]
    public void NumbersThatAreNotTrainedAreCountedApart()
    {
        Copy("batchnorm-conv.pth");
        ModelFolder models = _ml.ModelSpace().Data.LoadModels(_folder.Path);

        Assert.Equal((8, 31L, 7L), (models.GetColumn<int>("Tensors").Single(), models.GetColumn<long>("Parameters").Single(), models.GetColumn<long>("Buffers").Single()));
    }

    [Fact]
    public void FilesThatAreNoModelsAreRefusedByNameOrSkippedWithTheirReasons()
    {
        Copy("zip.pth", "malicious-system.pth", "model-and-ema.pth");
        File.WriteAllText(_folder.File("notes.txt"), "nothing");
        File.WriteAllText(_folder.File("pointer.safetensors"), "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 123456789\n");

        var error = Assert.Throws<InvalidDataException>(() => _ml.ModelSpace().Data.LoadModels(_folder.Path));
        ModelFolder models = _ml.ModelSpace().Data.LoadModels(_folder.Path, s_skip);

        Assert.StartsWith($"4 files of '{_folder.Path}' are no models: ", error.Message);
        Assert.Equal(["malicious-system.pth", "model-and-ema.pth", "notes.txt", "pointer.safetensors"], models.Skipped.Select(file => Path.GetFileName(file.Path)));
        Assert.Contains("it would call 'posix.system'", models.Skipped[0].Reason);
        Assert.Contains("it is a Git LFS pointer", models.Skipped[3].Reason);
        Assert.Equal(1, models.Count);
    }

    [Fact]
    public void OneFileMayBeReadOtherwiseThanTheRest()
    {
        Copy("zip.pth", "model-and-ema.pth");

        ModelFolder models = _ml.ModelSpace().Data.LoadModels(
            _folder.Path, new() { FileOptions = path => path.EndsWith("ema.pth", StringComparison.Ordinal) ? new ModelFileOptions { StateDict = "ema" } : null });

        Assert.Equal([StoredModels.Value(50, 0), StoredModels.Value(1, 0)], models.GetColumn<float[]>("Weights").Select(weights => weights[0]));
    }

    [Fact]
    public void AListOfFilesIsAViewInItsOrder()
    {
        string[] paths = [StoredModels.Checkpoint("zip.pth"), StoredModels.Checkpoint("legacy.pth")];

        Assert.Equal(paths, _ml.ModelSpace().Data.LoadModels(paths).GetColumn<string>("File"));
        Assert.Throws<ArgumentException>(() => _ml.ModelSpace().Data.LoadModels([]));
    }

    [Fact]
    public void WeightsAreReadWhenARowAsksForThem()
    {
        Copy("zip.pth");
        ModelFolder models = _ml.ModelSpace().Data.LoadModels(_folder.Path);
        byte[] bytes = File.ReadAllBytes(_folder.File("zip.pth"));
        bytes[bytes.AsSpan().IndexOf(BitConverter.GetBytes(StoredModels.Value(1, 0))) + 1] ^= 1;
        File.WriteAllBytes(_folder.File("zip.pth"), bytes);

        Assert.Single(models.GetColumn<string>("Name"));
        Assert.Contains("storage '0' is damaged", Assert.ThrowsAny<Exception>(() => models.GetColumn<float[]>("Weights").ToArray()).GetBaseException().Message);
    }

    [Fact]
    public void HiddenFoldersAreNoPartOfIt()
    {
        Copy("zip.pth");
        foreach (string hidden in new[] { ".git", ".ipynb_checkpoints", "inner/.cache" })
        {
            Directory.CreateDirectory(_folder.File(hidden));
            File.Copy(StoredModels.Checkpoint("zip.pth"), Path.Combine(_folder.File(hidden), "copy.pth"));
        }

        Assert.Equal(1, _ml.ModelSpace().Data.LoadModels(_folder.Path).Count);
    }

    [Fact]
    public void LinksLeadToEachFileOnce()
    {
        Copy("zip.pth");
        Directory.CreateDirectory(_folder.File("inner"));
        File.CreateSymbolicLink(_folder.File("again.pth"), _folder.File("zip.pth"));
        Directory.CreateSymbolicLink(_folder.File("inner/up"), _folder.Path);
        Directory.CreateSymbolicLink(_folder.File("self"), _folder.Path);

        Assert.Equal(["zip"], _ml.ModelSpace().Data.LoadModels(_folder.Path).GetColumn<string>("Name"));
    }

    [Fact]
    public void ALinkToNothingIsSkippedWithItsReason()
    {
        Copy("zip.pth");
        File.CreateSymbolicLink(_folder.File("gone.pth"), _folder.File("nothing"));

        Assert.Contains("a link to nothing", Assert.Single(_ml.ModelSpace().Data.LoadModels(_folder.Path, s_skip).Skipped).Reason);
    }

    [Fact]
    public void APipeIsNotWaitedFor()
    {
        Copy("zip.pth");
        using (var process = Process.Start("mkfifo", [_folder.File("pipe.pth")]))
            process.WaitForExit();

        Assert.Contains("no regular file", Assert.Single(_ml.ModelSpace().Data.LoadModels(_folder.Path, s_skip).Skipped).Reason);
    }

    [Fact]
    public void ThePartsOfAShardedModelAreNoModels()
    {
        Copy("zip.pth");
        foreach (string part in new[] { "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors" })
            File.Copy(StoredModels.Case("ae-python-order"), _folder.File(part));
        File.WriteAllText(_folder.File("model.safetensors.index.json"), """{"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}""");

        ModelFolder models = _ml.ModelSpace().Data.LoadModels(_folder.Path, s_skip);

        Assert.Equal(["zip"], models.GetColumn<string>("Name"));
        Assert.Equal(3, models.Skipped.Count);
        Assert.All(models.Skipped, file => Assert.Contains("2 files of", file.Reason));
    }

    [Fact]
    public void ModelsThatAreNotFiniteAreLeftOutWhereThatIsAskedFor()
    {
        Copy("zip.pth");
        File.Copy(StoredModels.Case("ae-nan"), _folder.File("nan.safetensors"));

        ModelFolder models = _ml.ModelSpace().Data.LoadModels(_folder.Path, new() { NotFinite = NotFiniteHandling.Skip });

        Assert.Equal(1, models.Count);
        Assert.Contains("expected finite weights", Assert.Single(models.Skipped).Reason);
    }

    [Fact]
    public void ModelsOfOneOfOurArchitecturesRunWhenItIsSaid()
    {
        Copy("zip.pth", "data-parallel.pth");
        var shape = new ImageShape(1, 2, 3);
        ModelFolder models = _ml.ModelSpace().Data.LoadModels(_folder.Path, new() { File = new() { Architecture = new LinearAutoencoder(3), ImageShape = shape } });

        float[][] features = [.. _ml.ModelSpace().Transforms.ProbeModel("Features", "Weights", new float[12]).Fit(models).Transform(models).GetColumn<float[]>("Features")];

        Assert.Equal(features[0], features[1]);
    }

    private void Copy(params string[] names)
    {
        foreach (string name in names)
            File.Copy(StoredModels.Checkpoint(name), _folder.File(name));
    }
}
