using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Storage;

// Reaches internals: metadata is read under the names that the product writes it with.
public sealed class ZooDirectoryTests : IDisposable
{
    private static readonly WeightLayout s_small = new([new TensorLayout("w", 2, 2), new TensorLayout("b", 2)], "net(2)");
    private static readonly WeightLayout s_large = new([new TensorLayout("w", 3, 3)], "net(3)");

    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EqualLayoutsAreAnAnnotationOfTheWeights()
    {
        Write("b", s_small, 7);
        Write("a", s_small, 1);

        ZooDirectory zoo = _ml.ModelSpace().Data.LoadZoo(_folder.Path);

        Assert.Equal(["Name", "Weights"], zoo.Schema.Select(column => column.Name));
        Assert.Equal(s_small, ZooAnnotations.GetWeightLayout(zoo.Schema[ZooColumns.Weights]));
        Assert.Equal(6, ((VectorDataViewType)zoo.Schema[ZooColumns.Weights].Type).Size);
        Assert.Equal(["a", "b"], Names(zoo));
        Assert.Equal([[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]], zoo.GetColumn<float[]>(ZooColumns.Weights));
        Assert.Equal([s_small], zoo.Layouts);
    }

    [Fact]
    public void DifferentLayoutsAreAColumn()
    {
        Write("a", s_small, 1);
        Write("b", s_large, 1);
        Write("c", s_small, 1);

        ZooDirectory zoo = _ml.ModelSpace().Data.LoadZoo(_folder.Path);

        Assert.False(((VectorDataViewType)zoo.Schema[ZooColumns.Weights].Type).IsKnownSize);
        Assert.Equal([s_small, s_large, s_small], zoo.GetColumn<string>(ZooColumns.Layout).Select(WeightLayout.Parse));
        Assert.Equal([6, 9, 6], zoo.GetColumn<float[]>(ZooColumns.Weights).Select(weights => weights.Length));
    }

    [Fact]
    public void WhatEveryFileSaysIsAColumn()
    {
        Write("a", s_small, 1, Metadata(seed: "-5", loss: "0.25", error: "1e-3", shares: "[1,0]"));
        Write("b", s_small, 1, Metadata(seed: "4294967295", loss: "0.5", error: "0.125", shares: "[0,1]"));

        ZooDirectory zoo = _ml.ModelSpace().Data.LoadZoo(_folder.Path);
        VBuffer<ReadOnlyMemory<char>> classes = default;
        zoo.Schema[ZooColumns.OriginClass].GetKeyValues(ref classes);

        Assert.Equal(
            ["Name", "Weights", "Seed", "Shares", "OriginClass", "Origin", "Label", "TrainingLoss", "ReconstructionError"], zoo.Schema.Select(column => column.Name));
        Assert.Equal([-5, 4294967295], zoo.GetColumn<long>(ZooColumns.Seed));
        Assert.Equal([0.25f, 0.5f], zoo.GetColumn<float>(ZooColumns.TrainingLoss));
        Assert.Equal([0.001f, 0.125f], zoo.GetColumn<float>(ZooColumns.ReconstructionError));
        Assert.Equal([[1, 0], [0, 1]], zoo.GetColumn<float[]>(ZooColumns.Shares));
        Assert.Equal([1, 2], zoo.GetColumn<uint>(ZooColumns.OriginClass));
        Assert.Equal([true, false], zoo.GetColumn<bool>(ZooColumns.Origin));
        Assert.Equal(["Bag", "Coat"], classes.DenseValues().Select(name => name.ToString()));
    }

    [Fact]
    public void WhatOnlySomeFilesSayIsNot()
    {
        Write("a", s_small, 1, Metadata(seed: "5"));
        Write("b", s_small, 1);

        Assert.Equal(["Name", "Weights"], _ml.ModelSpace().Data.LoadZoo(_folder.Path).Schema.Select(column => column.Name));
    }

    [Fact]
    public void MixedSamplesHaveSharesButNoOrigin()
    {
        Write("a", s_small, 1, Metadata(shares: "[0.5,0.5]"));
        Write("b", s_small, 1, Metadata(shares: "[0,1]"));

        Assert.Equal(["Name", "Weights", "Shares"], _ml.ModelSpace().Data.LoadZoo(_folder.Path).Schema.Select(column => column.Name));
    }

    [Fact]
    public void WeightsAreReadWhenARowAsksForThem()
    {
        Write("a", s_small, 1);
        ZooDirectory zoo = _ml.ModelSpace().Data.LoadZoo(_folder.Path);
        Write("a", s_small, 20);

        Assert.Equal([20, 21, 22, 23, 24, 25], zoo.GetColumn<float[]>(ZooColumns.Weights).Single());
    }

    [Fact]
    public void AFileThatHasBecomeAnotherModelIsNamed()
    {
        Write("a", s_small, 1);
        ZooDirectory zoo = _ml.ModelSpace().Data.LoadZoo(_folder.Path);
        Write("a", s_large, 1);

        Exception error = Assert.ThrowsAny<Exception>(() => zoo.GetColumn<float[]>(ZooColumns.Weights).ToArray()).GetBaseException();
        Assert.IsType<InvalidDataException>(error);
        Assert.StartsWith($"'{_folder.File("a.safetensors")}' is not a safetensors file that can be read: it has changed since the zoo was opened", error.Message);
    }

    [Fact]
    public void WeightsThatAreNotFiniteAreNamed()
    {
        SafetensorsFile.Write(_folder.File("a.safetensors"), s_small, [1, 2, 3, 4, 5, float.NaN]);

        Exception error = Assert.ThrowsAny<Exception>(() => _ml.ModelSpace().Data.LoadZoo(_folder.Path).GetColumn<float[]>(ZooColumns.Weights).ToArray()).GetBaseException();
        Assert.Contains("tensor 'b' holds NaN at 1; expected finite weights", error.Message);
    }

    [Fact]
    public void ModelsThatAreNotFiniteAreLeftOutWhereThatIsAskedFor()
    {
        SafetensorsFile.Write(_folder.File("a.safetensors"), s_small, [1, 2, 3, 4, 5, 6]);
        SafetensorsFile.Write(_folder.File("b.safetensors"), s_small, [1, 2, 3, 4, 5, float.NaN]);
        SafetensorsFile.Write(_folder.File("c.safetensors"), s_small, [7, 2, 3, 4, 5, 6]);

        ZooDirectory zoo = _ml.ModelSpace().Data.LoadZoo(_folder.Path, new ZooDirectory.Options { NotFinite = NotFiniteHandling.Skip });

        Assert.Equal([1f, 7], zoo.GetColumn<float[]>(ZooColumns.Weights).Select(weights => weights[0]));
        SkippedFile skipped = Assert.Single(zoo.Skipped);
        Assert.Equal(_folder.File("b.safetensors"), skipped.Path);
        Assert.Contains("tensor 'b' holds NaN at 1", skipped.Reason);
    }

    [Fact]
    public void ModelsThatAreNotFiniteAreMissingValuesWhereThatIsAskedFor()
    {
        SafetensorsFile.Write(_folder.File("a.safetensors"), s_small, [1, 2, 3, 4, 5, float.PositiveInfinity]);
        SafetensorsFile.Write(_folder.File("b.safetensors"), s_small, [7, 2, 3, 4, 5, 6]);

        ZooDirectory zoo = _ml.ModelSpace().Data.LoadZoo(_folder.Path, new ZooDirectory.Options { NotFinite = NotFiniteHandling.MissingValues });

        Assert.All(zoo.GetColumn<float[]>(ZooColumns.Weights).First(), value => Assert.True(float.IsNaN(value)));
        Assert.Equal(["b"], _ml.Data.FilterRowsByMissingValues(zoo, ZooColumns.Weights).GetColumn<string>(ZooColumns.Name));
    }

    [Fact]
    public void AZooOfNothingButDivergedModelsSaysSo()
    {
        SafetensorsFile.Write(_folder.File("a.safetensors"), s_small, [1, 2, 3, 4, 5, float.NaN]);

        var error = Assert.Throws<InvalidDataException>(() => _ml.ModelSpace().Data.LoadZoo(_folder.Path, new ZooDirectory.Options { NotFinite = NotFiniteHandling.Skip }));

        Assert.Contains("tensor 'b' holds NaN at 1", error.Message);
    }

    [Fact]
    public void LargeButFiniteWeightsAreRead()
    {
        SafetensorsFile.Write(_folder.File("a.safetensors"), s_large, [1e30f, 1e30f, 3, 4, 5, 6, 7, 8, float.MaxValue]);

        Assert.Equal(float.MaxValue, _ml.ModelSpace().Data.LoadZoo(_folder.Path).GetColumn<float[]>(ZooColumns.Weights).Single()[^1]);
    }

    [Fact]
    public void FilesThatAreNotModelsAreRefusedByName()
    {
        Write("a", s_small, 1);
        File.WriteAllBytes(_folder.File("b.safetensors"), [1, 2]);

        Assert.Equal(
            $"1 file in '{_folder.Path}' is no model: "
            + $"'{_folder.File("b.safetensors")}' is not a safetensors file that can be read: it has 2 bytes; expected at least the 8 of the header's length. "
            + "Skip them by ZooDirectory.Options.NotModels.",
            Assert.Throws<InvalidDataException>(() => _ml.ModelSpace().Data.LoadZoo(_folder.Path)).Message);
    }

    [Fact]
    public void FilesThatAreNotModelsAreSkippedByNameWhenAsked()
    {
        Write("a", s_small, 1);
        File.WriteAllBytes(_folder.File("b.safetensors"), [1, 2]);

        ZooDirectory zoo = _ml.ModelSpace().Data.LoadZoo(_folder.Path, new ZooDirectory.Options { NotModels = NotModelHandling.Skip });

        Assert.Equal(["a"], Names(zoo));
        Assert.Equal(_folder.File("b.safetensors"), Assert.Single(zoo.Skipped).Path);
    }

    [Fact]
    public void FilesOfOtherKindsAreIgnored()
    {
        Write("a", s_small, 1);
        File.WriteAllText(_folder.File("README.md"), "hello");
        File.WriteAllText(_folder.File("config.json"), "{}");

        ZooDirectory zoo = _ml.ModelSpace().Data.LoadZoo(_folder.Path);

        Assert.Equal(["a"], Names(zoo));
        Assert.Empty(zoo.Skipped);
    }

    [Fact]
    public void WhatAKilledRunLeftIsNoPartOfTheZoo()
    {
        Write("a", s_small, 1);
        DatasetFiles.Write(_folder, ("b.safetensors.0123.tmp", [1]), (".probe", []));

        Assert.Equal(["a"], Names(_ml.ModelSpace().Data.LoadZoo(_folder.Path)));
    }

    [Theory]
    [InlineData("seed", "x", "its metadata 'modelspace.seed' is 'x'; expected a whole number")]
    [InlineData("seed", "99999999999999999999", "its metadata 'modelspace.seed' is '99999999999999999999'; expected a whole number")]
    [InlineData("loss", "NaN", "its metadata 'modelspace.training_loss' is 'NaN'; expected a finite number")]
    [InlineData("error", "", "its metadata 'modelspace.reconstruction_error' is ''; expected a finite number")]
    [InlineData("shares", "[1,-1]", "its metadata 'modelspace.shares' is '[1,-1]'; expected a JSON array of shares from 0 to 1")]
    [InlineData("shares", "{}", "its metadata 'modelspace.shares' is '{}'; expected a JSON array of shares from 0 to 1")]
    [InlineData("shares", "[1]", "it has 1 shares of 2 classes; expected as many")]
    public void MetadataThatIsWrongIsNamed(string what, string text, string message)
    {
        Write(
            "a",
            s_small,
            1,
            Metadata(what == "seed" ? text : null, what == "loss" ? text : null, what == "error" ? text : null, what == "shares" ? text : null));

        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => _ml.ModelSpace().Data.LoadZoo(_folder.Path)).Message);
    }

    [Fact]
    public void FoldersInsideAreReadWhenAsked()
    {
        Directory.CreateDirectory(_folder.File("deep"));
        Write("deep/a", s_small, 1);
        Write("b", s_small, 1);

        Assert.Equal(["b"], Names(_ml.ModelSpace().Data.LoadZoo(_folder.Path)));
        Assert.Equal(["b", "deep/a"], Names(_ml.ModelSpace().Data.LoadZoo(_folder.Path, new ZooDirectory.Options { Recursive = true })));
    }

    [Fact]
    public void AMissingFolderIsNamed() =>
        Assert.StartsWith(
            $"There is no folder '{_folder.File("absent")}'",
            Assert.Throws<DirectoryNotFoundException>(() => _ml.ModelSpace().Data.LoadZoo(_folder.File("absent"))).Message);

    [Fact]
    public void AFolderWithoutModelsIsRefused() =>
        Assert.Equal($"'{_folder.Path}' holds no *.safetensors files.", Assert.Throws<InvalidDataException>(() => _ml.ModelSpace().Data.LoadZoo(_folder.Path)).Message);

    [Fact]
    public void ATrainedZooIsReadAsItWasTrained()
    {
        ImageDataset images = NumberedImages.Create(60, 60);
        ZooPlan plan = _ml.ModelSpace().Data.PlanZoo(images, models: 3, imagesPerModel: 10);
        var options = new TrainAutoencoderEstimator.Options { Architecture = new LinearAutoencoder(hidden: 1), Epochs = 1, Directory = _folder.Path };
        IDataView trained = _ml.ModelSpace().Transforms.TrainAutoencoder(options).Fit(plan.Train).Transform(plan.Train);
        Dictionary<long, float[]> weights = trained.GetColumn<long>(ZooColumns.Seed).Zip(trained.GetColumn<float[]>(ZooColumns.Weights)).ToDictionary();
        Dictionary<long, uint> classes = trained.GetColumn<long>(ZooColumns.Seed).Zip(trained.GetColumn<uint>(ZooColumns.OriginClass)).ToDictionary();

        ZooDirectory zoo = _ml.ModelSpace().Data.LoadZoo(_folder.Path);
        Dictionary<long, float[]> found = zoo.GetColumn<long>(ZooColumns.Seed).Zip(zoo.GetColumn<float[]>(ZooColumns.Weights)).ToDictionary();

        Assert.Equal(6, zoo.Count);
        Assert.All(weights, model => Assert.Equal(model.Value, found[model.Key]));
        Assert.All(zoo.GetColumn<long>(ZooColumns.Seed).Zip(zoo.GetColumn<uint>(ZooColumns.OriginClass)), model => Assert.Equal(classes[model.First], model.Second));
        Assert.Equal(
            ZooAnnotations.GetWeightLayout(trained.Schema[ZooColumns.Weights]), ZooAnnotations.GetWeightLayout(zoo.Schema[ZooColumns.Weights]));
    }

    private static string[] Names(IDataView zoo) => [.. zoo.GetColumn<string>(ZooColumns.Name)];

    private static Dictionary<string, string> Metadata(string? seed = null, string? loss = null, string? error = null, string? shares = null)
    {
        var metadata = new Dictionary<string, string>();
        void Add(string key, string? value)
        {
            if (value is not null)
                metadata.Add(key, value);
        }

        Add(ZooMetadata.Seed, seed);
        Add(ZooMetadata.TrainingLoss, loss);
        Add(ZooMetadata.ReconstructionError, error);
        Add(ZooMetadata.Shares, shares);
        Add(ZooMetadata.Classes, shares is null ? null : """["Bag","Coat"]""");
        return metadata;
    }

    private void Write(string name, WeightLayout layout, float first, Dictionary<string, string>? metadata = null) =>
        SafetensorsFile.Write(
            _folder.File(name + ".safetensors"), layout, [.. Enumerable.Range(0, layout.Length).Select(i => first + i)], metadata);
}
