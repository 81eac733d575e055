using System.Text.Json;
using Examples.OriginClassification;

namespace MLNetModelSpace.Tests.Examples;

public sealed class OriginClassificationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("origin-").FullName;

    [Theory]
    [InlineData("Fashion-MNIST has no class 'Nope'. Its classes: 0 T-shirt/top, 1 Trouser", "--classes", "Nope,Shirt")]
    [InlineData("--classes names 'Shirt' twice; expected two different classes.", "--classes", "Shirt,6")]
    [InlineData("--classes is 'Shirt'; expected two classes, A,B.", "--classes", "Shirt")]
    [InlineData("images of class 'Trouser'", "--images", "5000")]
    [InlineData("-1", "--models", "-1")]
    [InlineData("Epochs", "--epochs", "0")]
    [InlineData("LearningRate is NaN; expected a positive finite number.", "--learning-rate", "NaN")]
    [InlineData("'tree' is no architecture; known are linear, conv, conv-overcomplete, linear-vae, conv-vae and all.", "--architecture", "tree")]
    [InlineData("'bag' is no vectorization; known are singular-values, histogram", "--vectorization", "bag")]
    [InlineData("'forest' is no classifier; known are trees, logistic, all", "--classifier", "forest")]
    [InlineData("'imagenet' is no dataset; known are fashion-mnist and cifar10.", "--dataset", "imagenet")]
    [InlineData("--dataset cifar10 needs --data", "--dataset", "cifar10")]
    [InlineData("no-such-folder", "--data", "no-such-folder")]
    [InlineData("cannot be written", "--json", "no-such-folder/results.json")]
    [InlineData("cannot be written", "--model", "no-such-folder/model.zip")]
    [InlineData("cannot be written", "--svg", "no-such-folder/picture.svg")]
    [InlineData("'--models'", "--models", "many")]
    public void BadInputIsOneClearLineAndExitCode2(string message, params string[] arguments)
    {
        (int code, _, string errors) = Run(arguments);

        Assert.Equal(2, code);
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void TrainingThatDivergesNamesTheModelAndTheEpoch()
    {
        (int code, _, string errors) = Run("--learning-rate", "1e30", "--models", "1", "--architecture", "linear", "--json", "results.json");

        Assert.Equal(2, code);
        Assert.Matches("^Training of model 0 \\(seed \\d+\\) diverged in epoch 1: the loss is ", errors);
        Assert.False(File.Exists(Path.Combine(_folder, "results.json")));
    }

    [Fact]
    public void ResultsAreTheSameButForTimeOnAnyNumberOfThreads()
    {
        Assert.Equal(Results("1"), Results("2"));

        string[] Results(string threads)
        {
            string json = Path.Combine(_folder, $"{threads}.json");
            (int code, _, string errors) = Run(
                "--models", "3", "--epochs", "3", "--images", "40", "--architecture", "linear,conv", "--threads", threads, "--json", json, "--model", "m.zip", "--svg", "w.svg");
            Assert.True(code == 0, errors);
            return [.. File.ReadLines(json).Where(line => !line.Contains("trainSeconds", StringComparison.Ordinal))];
        }
    }

    [Fact]
    public void AllPairsHaveARowEach()
    {
        string json = Path.Combine(_folder, "pairs.json");
        (int code, _, string errors) = Run(
            "--all-pairs", "--models", "2", "--epochs", "1", "--images", "20", "--architecture", "linear", "--hidden", "4", "--vectorization", "singular-values",
            "--json", json, "--model", "m.zip", "--svg", "pairs.svg");

        Assert.True(code == 0, errors);
        using JsonDocument results = JsonDocument.Parse(File.ReadAllText(json));
        Assert.Equal(2 * 45, results.RootElement.GetArrayLength());
        Assert.Equal(
            ["dataset", "classes", "architecture", "vectorization", "kind", "trainer", "precision", "recall", "auc", "baseline", "shuffledAuc", "trainModels", "testModels", "trainSeconds"],
            results.RootElement[0].EnumerateObject().Select(property => property.Name));
    }

    [Fact]
    public void RobustnessAndAllClassesAtOnceHaveFilesOfTheirOwn()
    {
        string json = Path.Combine(_folder, "results.json");
        (int code, string output, string errors) = Run(
            "--all-pairs", "--robustness", "--models", "2", "--epochs", "1", "--images", "20", "--architecture", "conv-vae", "--hidden", "4",
            "--vectorization", "composed-cosines,histogram", "--json", json, "--model", "m.zip", "--svg", "pairs.svg");

        Assert.True(code == 0, errors);
        Assert.Matches(@"What trees split by(.|\n)*\nconv-vae, [a-z-]+ \(weights\)\n  too few models to split\n", output);
        using JsonDocument tenWay = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "results.ten-way.json")));
        // A quarter and an eighth of two training models a class are one, too.
        Assert.Equal([2, 1, 2, 1], tenWay.RootElement.EnumerateArray().Select(row => row.GetProperty("trainModelsPerClass").GetInt32()));
        Assert.All(tenWay.RootElement.EnumerateArray(), row => Assert.InRange(row.GetProperty("macroAccuracy").GetDouble(), 0, 1));
        using JsonDocument robustness = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "results.robustness.json")));
        string[] models =
        [
            "as in training", "bfloat16", "int8", "1% noise", "another seed", "learning rate ×½", "learning rate ×2", "epochs ×½", "epochs ×2", "width ×½", "width ×2",
        ];
        string[] Of(string vectorization) =>
        [
            .. robustness.RootElement.EnumerateArray().Where(row => row.GetProperty("vectorization").GetString() == vectorization)
                .Select(row => row.GetProperty("models").GetString()!).Distinct(),
        ];
        Assert.Equal(models, Of("composed-cosines"));
        // A histogram's range is one layout's.
        Assert.Equal(models[..^2], Of("histogram"));
    }

    [Fact]
    public void WhatRunsTheModelsIsToldApartAndServesEveryWidth()
    {
        string json = Path.Combine(_folder, "results.json");
        (int code, _, string errors) = Run(
            "--robustness", "--models", "2", "--epochs", "1", "--images", "20", "--architecture", "conv", "--vectorization", "stationarity,layer-statistics",
            "--json", json, "--model", "m.zip", "--svg", "w.svg");

        Assert.True(code == 0, errors);
        using JsonDocument results = JsonDocument.Parse(File.ReadAllText(json));
        Assert.Equal(
            ["stationarity functional", "layer-statistics weights"],
            results.RootElement.EnumerateArray().Select(row => $"{row.GetProperty("vectorization").GetString()} {row.GetProperty("kind").GetString()}").Distinct());
        using JsonDocument robustness = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "results.robustness.json")));
        Assert.Contains(
            robustness.RootElement.EnumerateArray(),
            row => row.GetProperty("vectorization").GetString() == "stationarity" && row.GetProperty("models").GetString() == "width ×2");
    }

    [Theory]
    [InlineData(80, 20, 1f)]
    [InlineData(80, 80, 1f)]
    [InlineData(80, 160, 0.5f)]
    [InlineData(80, 2560, 0.03125f)]
    public void ThePenaltyIsOneOrAsMuchLessAsFeaturesOutnumberModels(int models, int features, float expected)
    {
        OriginRow[] rows = [.. Enumerable.Repeat(new OriginRow { Features = new float[features] }, models)];

        Assert.Equal(expected, OriginClassifiers.Penalty(rows));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private (int Code, string Output, string Errors) Run(params string[] arguments) => ExampleProgram.Run("OriginClassification", _folder, arguments);
}
