using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace.Tests.Zoo;

namespace MLNetModelSpace.Tests.Pipelines;

/// <summary>
/// This assembly as a program of its own, which has seen nothing of what runs the tests: it loads a pipeline and scores weights, or trains a zoo until it is killed.
/// </summary>
internal static class FreshProcess
{
    /// <summary>Scores each model's weights in a new process.</summary>
    public static float[] Score(string model, float[][] weights)
    {
        string input = Path.GetTempFileName();
        string output = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(input, MemoryMarshal.AsBytes<float>(weights.SelectMany(row => row).ToArray()).ToArray());
            using Process process = Start(model, input, weights[0].Length.ToString(System.Globalization.CultureInfo.InvariantCulture), output);
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, errors);
            return MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(output)).ToArray();
        }
        finally
        {
            File.Delete(input);
            File.Delete(output);
        }
    }

    /// <summary>Begins a zoo without end of <see cref="SmallZoo"/> in a new process.</summary>
    public static Process StartTraining(string directory) => Start(directory);

    private static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet") { RedirectStandardError = true };
        foreach (string argument in (string[])["exec", typeof(FreshProcess).Assembly.Location, .. arguments])
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private static void Main(string[] args)
    {
        if (args.Length == 1)
            Train(args[0]);
        else
            Score(args);
    }

    private static void Train(string directory)
    {
        var ml = new MLContext();
        TrainAutoencoderEstimator.Options options = SmallZoo.Options();
        options.Directory = directory;
        IDataView rows = SmallZoo.View(ml, models: int.MaxValue);
        IDataView trained = ml.ModelSpace().TrainAutoencoder(options).Fit(rows).Transform(rows);
        using DataViewRowCursor cursor = trained.GetRowCursor([trained.Schema[ZooColumns.Weights]]);
        while (cursor.MoveNext())
        {
            // Reading the next row is what trains it.
        }
    }

    private static void Score(string[] args)
    {
        (string model, string input, int length, string output) = (args[0], args[1], int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture), args[3]);
        WeightsOnly[] rows =
        [
            .. MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(input)).ToArray().Chunk(length).Select(weights => new WeightsOnly { Weights = weights }),
        ];
        var ml = new MLContext();
        ITransformer loaded = ml.ModelSpace().LoadModel(model);
        float[] scores = [.. loaded.Transform(ml.Data.LoadFromEnumerable(rows, WeightsOnly.Schema(length))).GetColumn<float>("Score")];
        File.WriteAllBytes(output, MemoryMarshal.AsBytes<float>(scores).ToArray());
    }
}
