using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace.Tests.Interop;
using MLNetModelSpace.Tests.Zoo;
using TorchSharp;

namespace MLNetModelSpace.Tests.Ambient;

/// <summary>
/// Everything of ours that runs TorchSharp, run in each state that an application may leave TorchSharp in. Run as a process of its own: a state may end it.
/// </summary>
internal static class AmbientStates
{
    public const string Plain = "plain";

    private static readonly Dictionary<string, Func<IDisposable>> s_states = new(StringComparer.Ordinal)
    {
        [Plain] = () => new Undo(() => { }),
        ["no_grad"] = torch.no_grad,
        ["inference_mode"] = () => torch.inference_mode(true),
        ["Float64"] = () => DefaultType(torch.float64),
        ["BFloat16"] = () => DefaultType(torch.bfloat16),
        ["meta"] = () => DefaultDevice(torch.META),
        ["1 thread"] = () => Threads(1),
        ["3 threads"] = () => Threads(3),
    };

    private static readonly Dictionary<string, Func<float[][]>> s_work = Work();

    public static IEnumerable<string> Names => s_states.Keys;

    /// <summary>Writes a line for each state and piece of work, "state: work: what came out", where the last is a hash of the numbers, or what was thrown.</summary>
    public static void Run(TextWriter output)
    {
        foreach ((string state, Func<IDisposable> enter) in s_states)
        {
            foreach ((string name, Func<float[][]> run) in s_work)
            {
                torch.random.manual_seed(7);
                using IDisposable entered = enter();
                string before = Describe();
                string result;
                try
                {
                    result = Hash(run());
                }
                catch (Exception error)
                {
                    result = error.GetBaseException().Message.Split('\n')[0];
                }

                string after = Describe();
                output.WriteLine($"{state}: {name}: {result}");
                output.WriteLine($"{state}: {name} leaves TorchSharp as it was: {(before == after ? "yes" : $"no, {after} instead of {before}")}");
            }
        }
    }

    /// <summary>The modes, defaults, generator and threads of this thread, and the threads of a new one.</summary>
    private static string Describe()
    {
        int there = 0;
        var other = new Thread(() => there = torch.get_num_threads());
        other.Start();
        other.Join();
        using torch.Tensor state = torch.get_rng_state();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"gradients {torch.is_grad_enabled()}, inference {torch.is_inference_mode_enabled()}, {torch.get_default_dtype()}, {torch.get_default_device()}, threads {torch.get_num_threads()}, {there}, generator {Convert.ToHexString(SHA256.HashData(state.bytes))[..8]}");
    }

    private static Dictionary<string, Func<float[][]>> Work()
    {
        var work = new Dictionary<string, Func<float[][]>>(StringComparer.Ordinal);
        foreach (Type kind in SavedModels.Kinds)
            work.Add(kind.Name, () => SavedModels.FitAndRead(kind));
        work.Add("training by a prediction engine", TrainForPrediction);
        work.Add("training of a module of one's own", TrainModule);
        work.Add("stationarity", LearnStationarity);
        work.Add("training of an image embedder", TrainImageEmbedder);
        work.Add("a module and its row", MakeModule);
        return work;
    }

    private static float[][] TrainForPrediction()
    {
        var ml = new MLContext(1);
        IDataView rows = SmallZoo.View(ml);
        using TrainAutoencoderTransformer trainer = ml.ModelSpace().TrainAutoencoder(SmallZoo.Options()).Fit(rows);
        using PredictionEngine<SmallZoo.Row, Trained> engine = ml.Model.CreatePredictionEngine<SmallZoo.Row, Trained>(trainer);
        return [engine.Predict(SmallZoo.Rows(1).Single()).Weights];
    }

    private static float[][] TrainModule()
    {
        var ml = new MLContext(1);
        var architecture = new ModuleArchitecture("ambient", _ => torch.nn.Sequential(
            ("flat", torch.nn.Flatten()),
            ("in", torch.nn.Linear(36, 3, device: torch.CPU, dtype: torch.float32)),
            ("out", torch.nn.Linear(3, 36, device: torch.CPU, dtype: torch.float32)),
            ("image", torch.nn.Unflatten(1, [1, 6, 6]))));
        IDataView rows = SmallZoo.View(ml, models: 2);
        using TrainAutoencoderTransformer trainer = ml.ModelSpace().TrainAutoencoder(SmallZoo.Options(architecture)).Fit(rows);
        return SmallZoo.Weights(trainer.Transform(rows));
    }

    private static float[][] LearnStationarity()
    {
        var ml = new MLContext(1);
        WeightLayout layout = new LinearAutoencoder(2).GetLayout(SmallZoo.Shape);
        IDataView rows = ml.Data.LoadFromEnumerable(Models.Zoo(layout, 4).Select((weights, i) => new LabelledModel { Weights = weights, Layout = layout.ToJson(), Origin = i % 2 == 0 }));
        var options = new ProbeModelEstimator.Options { Features = ProbeFeatures.Stationarity, LabelColumnName = nameof(LabelledModel.Origin), Textures = 4, TextureImages = 2 };
        return Models.Features(ml.ModelSpace().ProbeModel(options).Fit(rows).Transform(rows), "Responses");
    }

    private static float[][] TrainImageEmbedder()
    {
        var ml = new MLContext(1);
        byte[] labels = [.. Enumerable.Range(0, 12).Select(i => (byte)(i % 3))], pixels = new byte[12 * 36];
        new Random(1).NextBytes(pixels);
        var images = new ImageDataset("noise", SmallZoo.Shape, pixels, labels, ["a", "b", "c"]);
        IDataView rows = SmallZoo.View(ml, models: 1);
        using ResNetEmbedderTransformer embedder = ml.ModelSpace().EmbedImages(new ResNetEmbedderEstimator.Options { TrainingImages = images, Epochs = 1, BatchSize = 6 }).Fit(rows);
        return [.. embedder.Transform(rows).GetColumn<float[]>("ImageEmbedding")];
    }

    private static float[][] MakeModule()
    {
        var architecture = new ConvolutionalAutoencoder(2, 3, 3);
        float[] weights = Models.Random(architecture.GetLayout(SmallZoo.Shape).Length, 3);
        using torch.nn.Module<torch.Tensor, torch.Tensor> module = architecture.CreateModule(SmallZoo.Shape, weights);
        return [ModelRows.FromModule(module).Weights];
    }

    private static string Hash(float[][] rows) =>
        Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes<float>(rows.SelectMany(row => row).ToArray())))[..16];

    private static Undo DefaultType(torch.ScalarType type)
    {
        torch.ScalarType before = torch.get_default_dtype();
        torch.set_default_dtype(type);
        return new Undo(() => torch.set_default_dtype(before));
    }

    private static Undo DefaultDevice(torch.Device device)
    {
        torch.Device before = torch.get_default_device();
        torch.set_default_device(device);
        return new Undo(() => torch.set_default_device(before));
    }

    private static Undo Threads(int count)
    {
        int before = torch.get_num_threads();
        torch.set_num_threads(count);
        return new Undo(() => torch.set_num_threads(before));
    }

    private sealed class Undo(Action undo) : IDisposable
    {
        public void Dispose() => undo();
    }

    private sealed class Trained
    {
        public float[] Weights { get; set; } = [];
    }
}
