using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using TorchSharp;

namespace MLNetModelSpace.Tests.Pipelines;

/// <summary>
/// This assembly as a program of its own, which has seen nothing of what runs the tests: it loads pipelines, trains a zoo
/// until it is killed, or runs a program that was just compiled.
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

    /// <summary>What <see cref="TorchStates.Check"/> finds in a new process; empty where all is well.</summary>
    public static string CheckTorchState(string state)
    {
        using Process process = Start("torch-state", state);
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? errors : $"{errors} (exit code {process.ExitCode})";
    }

    /// <summary>What the first use of something says where this assembly and the others lie in a folder without libtorch.</summary>
    public static string UseWithoutLibtorch(string folder, string use)
    {
        string program = Path.Combine(folder, Path.GetFileName(typeof(FreshProcess).Assembly.Location));
        using Process process = Start(program, ["without-libtorch", use], ("NUGET_PACKAGES", Path.Combine(folder, "packages")));
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
        return errors;
    }

    /// <summary>Runs a program that was compiled against this assembly's references, in a folder; gives what it prints.</summary>
    public static string RunProgram(string program, string folder)
    {
        using Process process = Start(typeof(FreshProcess).Assembly.Location, ["program", program], null, folder);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
        return output.Result;
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

    /// <summary>Begins to damage a target's files in a process that may not have more memory than the limit.</summary>
    public static Process StartDamaging(string target, int count, int seed, long memoryLimit) => Start(
        Path.Combine(AppContext.BaseDirectory, "MLNetModelSpace.Fuzz.dll"),
        [target, count.ToString(CultureInfo.InvariantCulture), seed.ToString(CultureInfo.InvariantCulture)],
        ("DOTNET_GCHeapHardLimit", memoryLimit.ToString("x", CultureInfo.InvariantCulture)));

    /// <summary>The lines of <see cref="CultureProbe"/> from a process in German, and how half a number is written there.</summary>
    public static string[] ProbeInGerman(string folder, out string half)
    {
        string output = Path.Combine(folder, "lines.txt");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true };
        string program = typeof(FreshProcess).Assembly.Location;
        foreach (string argument in (string[])["exec", .. German.Options(Path.GetFileNameWithoutExtension(program), folder), program, "culture", folder, output])
            start.ArgumentList.Add(argument);
        foreach ((string variable, string value) in German.Variables)
            start.Environment[variable] = value;
        using Process process = Process.Start(start)!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
        string[] lines = File.ReadAllLines(output);
        half = lines[0];
        return lines[1..];
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

    private static Process Start(params string[] arguments) => Start(arguments, null);

    private static Process Start(string[] arguments, (string Name, string Value)? variable) => Start(typeof(FreshProcess).Assembly.Location, arguments, variable);

    private static Process Start(string program, string[] arguments, (string Name, string Value)? variable, string folder = "")
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet") { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = folder };
        foreach (string argument in (string[])["exec", program, .. arguments])
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
            case "culture":
                File.WriteAllLines(args[2], [CultureProbe.Half, .. CultureProbe.Lines(args[1])]);
                break;
            case "program":
                Assembly.LoadFrom(args[1]).EntryPoint!.Invoke(null, [Array.Empty<string>()]);
                break;
            case "shape-mismatch":
                MultiplyMismatched();
                break;
            case "torch-state":
                TorchStates.Check(args[1]);
                break;
            case "without-libtorch":
                MissingLibtorchTests.Use(args[1]);
                break;
            default:
                throw new ArgumentException($"'{args[0]}' is none of train, score, load, culture, program, shape-mismatch, torch-state and without-libtorch.");
        }
    }

    private static void RequireUntouched()
    {
        if (AppDomain.CurrentDomain.GetAssemblies().Any(assembly => assembly.GetName().Name == "MLNetModelSpace"))
            throw new InvalidOperationException("The library is loaded before anything asked for it.");
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
        IDataView trained = ml.ModelSpace().Transforms.TrainAutoencoder(options).Fit(rows).Transform(rows);
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
        ITransformer loaded = ml.ModelSpace().Model.Load(model);
        float[] scores = [.. loaded.Transform(ml.Data.LoadFromEnumerable(rows, WeightsOnly.Schema(length))).GetColumn<float>("Score")];
        File.WriteAllBytes(output, MemoryMarshal.AsBytes<float>(scores).ToArray());
    }
}
