using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace.Tests.Ambient;
using MLNetModelSpace.Tests.Interop;
using MLNetModelSpace.Tests.Zoo;
using TorchSharp;

namespace MLNetModelSpace.Tests.Pipelines;

/// <summary>
/// This assembly as a program of its own, which has seen nothing of what runs the tests: it loads pipelines, whole ones and damaged ones, or trains a zoo
/// until it is killed.
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
            using Process process = Start("score", model, input, weights[0].Length.ToString(CultureInfo.InvariantCulture), output);
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

    /// <summary>What a product of matrices that do not fit throws in a new process.</summary>
    public static string ProvokeLibtorch()
    {
        using Process process = Start("shape-mismatch");
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
        return errors;
    }

    /// <summary>Begins a zoo without end of <see cref="SmallZoo"/> in a new process.</summary>
    public static Process StartTraining(string directory) => Start("train", directory);

    /// <summary>What a pipeline makes of rows, read by ML.NET alone.</summary>
    public static float[][] Load(string model, string rows, string column, bool stream)
    {
        string output = Path.GetTempFileName();
        try
        {
            using Process process = Start("load", model, rows, column, stream ? "stream" : "path", output);
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, errors);
            return [.. File.ReadLines(output).Select(line => Array.ConvertAll(line.Split(' '), text => float.Parse(text, CultureInfo.InvariantCulture)))];
        }
        finally
        {
            File.Delete(output);
        }
    }

    /// <summary>Begins <see cref="DamagedZips.Try"/> in a process that may not have more memory than the limit.</summary>
    public static Process StartDamaging(string model, string rows, int count, int seed, long memoryLimit)
    {
        string limit = memoryLimit.ToString("x", CultureInfo.InvariantCulture);
        return Start(
            ["damage", model, rows, count.ToString(CultureInfo.InvariantCulture), seed.ToString(CultureInfo.InvariantCulture)], ("DOTNET_GCHeapHardLimit", limit));
    }

    /// <summary>Loads with a context that has seen nothing of ours, and reads the column.</summary>
    public static float[][] LoadPlainly(string model, string rows, string column, bool stream)
    {
        var ml = new MLContext();
        ITransformer loaded;
        if (stream)
        {
            using FileStream file = File.OpenRead(model);
            loaded = ml.Model.Load(file, out _);
        }
        else
        {
            loaded = ml.Model.Load(model, out _);
        }

        return [.. loaded.Transform(ml.Data.LoadFromBinary(rows)).GetColumn<float[]>(column)];
    }

    /// <summary>The lines of <see cref="AmbientStates.Run"/>.</summary>
    public static string[] RunInAmbientStates() => Lines(Start("ambient"));

    /// <summary>What uses of ours throw where this assembly lies without any native library.</summary>
    public static string[] UseWithoutLibtorch()
    {
        using var folder = new TemporaryFolder();
        foreach (string path in Directory.GetFiles(AppContext.BaseDirectory, "*.dll").Append(Path.ChangeExtension(typeof(FreshProcess).Assembly.Location, "runtimeconfig.json")))
            File.Copy(path, folder.File(Path.GetFileName(path)));

        // TorchSharp looks into the package cache, too, and writes of it to the console.
        return [.. Lines(Start(folder.File(Path.GetFileName(typeof(FreshProcess).Assembly.Location)), ["no-libtorch"], ("NUGET_PACKAGES", folder.File("none")))).Where(line => line.StartsWith("use of ", StringComparison.Ordinal))];
    }

    private static string[] Lines(Process started)
    {
        using Process process = started;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        return output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }

    private static Process Start(params string[] arguments) => Start(arguments, null);

    private static Process Start(string[] arguments, (string Name, string Value)? variable) => Start(typeof(FreshProcess).Assembly.Location, arguments, variable);

    private static Process Start(string assembly, string[] arguments, (string Name, string Value)? variable)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in (string[])["exec", assembly, .. arguments])
            start.ArgumentList.Add(argument);
        if (variable is { } given)
            start.Environment[given.Name] = given.Value;
        return Process.Start(start)!;
    }

    private static void Main(string[] args)
    {
        switch (args[0])
        {
            case "train":
                Train(args[1]);
                break;
            case "score":
                Score(args[1..]);
                break;
            case "load":
                RequireUntouched();
                float[][] values = LoadPlainly(args[1], args[2], args[3], args[4] == "stream");
                File.WriteAllLines(args[5], values.Select(row => string.Join(' ', row.Select(value => value.ToString("R", CultureInfo.InvariantCulture)))));
                break;
            case "damage":
                DamagedZips.Try(args[1], args[2], int.Parse(args[3], CultureInfo.InvariantCulture), int.Parse(args[4], CultureInfo.InvariantCulture));
                break;
            case "shape-mismatch":
                MultiplyMismatched();
                break;
            case "ambient":
                AmbientStates.Run(Console.Out);
                break;
            case "no-libtorch":
                UseEverything();
                break;
            default:
                throw new ArgumentException($"'{args[0]}' is none of train, score, load, damage, shape-mismatch, ambient and no-libtorch.");
        }
    }

    private static void RequireUntouched()
    {
        if (AppDomain.CurrentDomain.GetAssemblies().Any(assembly => assembly.GetName().Name == "MLNetModelSpace"))
            throw new InvalidOperationException("The library is loaded before anything asked for it.");
    }

    /// <summary>Writes what each use throws.</summary>
    private static void UseEverything()
    {
        var ml = new MLContext(seed: 1);
        var uses = new Dictionary<string, Action>
        {
            ["training"] = () => SmallZoo.Weights(ml.ModelSpace().TrainAutoencoder(SmallZoo.Options()).Fit(SmallZoo.View(ml)).Transform(SmallZoo.View(ml))),
            ["probing"] = () => SavedModels.FitAndRead(typeof(ProbeModelTransformer)),
            ["an encoder"] = () => SavedModels.FitAndRead(typeof(EmbeddingRegressionTransformer)),
            ["a module"] = () => new LinearAutoencoder(2).CreateModule(new ImageShape(1, 2, 2), new float[22]),
        };
        foreach ((string name, Action use) in uses)
        {
            try
            {
                use();
                Console.WriteLine($"use of {name}: nothing");
            }
            catch (Exception error)
            {
                Exception first = error;
                while (first is not DllNotFoundException && first.InnerException is { } inner)
                    first = inner;
                Console.WriteLine($"use of {name}: {first.GetType().Name}: {first.Message}");
            }
        }
    }

    private static void MultiplyMismatched()
    {
        using torch.Tensor left = torch.zeros(2, 3), right = torch.zeros(2, 4);
        try
        {
            using torch.Tensor product = left.mm(right);
        }
        catch (ExternalException error)
        {
            Console.Error.WriteLine($"{error.GetType().Name}: {error.Message}");
        }
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
        (string model, string input, int length, string output) = (args[0], args[1], int.Parse(args[2], CultureInfo.InvariantCulture), args[3]);
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
