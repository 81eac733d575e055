using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Pipelines;

/// <summary>
/// This assembly as a program of its own: it loads a pipeline and scores weights, in a process that has seen nothing of what saved them.
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
            var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
            {
                RedirectStandardError = true,
                ArgumentList =
                {
                    "exec", typeof(FreshProcess).Assembly.Location, model, input, weights[0].Length.ToString(System.Globalization.CultureInfo.InvariantCulture), output,
                },
            };
            using Process process = Process.Start(start)!;
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

    private static void Main(string[] args)
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
