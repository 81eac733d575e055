using Microsoft.ML;
using Microsoft.ML.Data;
using TorchSharp;

namespace MLNetModelSpace.Tests.Interop;

/// <summary>
/// Everything of ours that runs on TorchSharp, run with the process as it begins and then in a state that the user has set: the numbers are to be the same, and the state
/// is to stay. In a process of its own, since most of that state is the whole process's.
/// </summary>
internal static class TorchStates
{
    /// <summary>Threads that the state of that name sets: more than one, and not what any machine here begins with.</summary>
    private const int Threads = 5;

    private static readonly (string Name, Func<MLContext, float[]> Run)[] s_passes =
    [
        ("RegressEmbedding", RegressEmbedding),
        ("EmbedImages", EmbedImages),
        ("TrainAutoencoder by a cursor", TrainByCursor),
        ("TrainAutoencoder by a prediction engine", TrainByEngine),
        ("RegressGraphEmbedding", RegressGraphEmbedding),
        ("ProbeModel", Probe),
    ];

    private static readonly Dictionary<string, Func<IDisposable?>> s_states = new()
    {
        ["no_grad"] = torch.no_grad,
        ["inference_mode"] = () => torch.inference_mode(),
        ["float64"] = () => Set(() => torch.set_default_dtype(torch.float64)),
        ["bfloat16"] = () => Set(() => torch.set_default_dtype(torch.bfloat16)),
        ["meta"] = () => Set(() => torch.set_default_device(torch.META)),
        ["threads"] = () => Set(() => torch.set_num_threads(Threads)),
    };

    public static IEnumerable<string> Names => s_states.Keys;

    /// <summary>Writes what differs to the error output.</summary>
    public static void Check(string state)
    {
        var ml = new MLContext(seed: 1);
        float[][] expected = [.. s_passes.Select(pass => pass.Run(ml))];
        using IDisposable? mode = s_states[state]();
        string before = Describe();
        for (int i = 0; i < s_passes.Length; i++)
        {
            try
            {
                if (!s_passes[i].Run(ml).AsSpan().SequenceEqual(expected[i]))
                    Console.Error.WriteLine($"{s_passes[i].Name}: other numbers");
            }
            catch (Exception error)
            {
                Console.Error.WriteLine($"{s_passes[i].Name}: {error.GetType().Name}: {error.Message}");
            }

            string after = Describe();
            if (after != before)
                Console.Error.WriteLine($"{s_passes[i].Name}: {before} became {after}");
        }
    }

    private static IDisposable? Set(Action set)
    {
        set();
        return null;
    }

    /// <summary>The modes and the threads of this thread, a new one and one of the pool, the defaults, and where the process-wide generator is.</summary>
    private static string Describe()
    {
        int here = torch.get_num_threads(), fresh = 0;
        var thread = new Thread(() => fresh = torch.get_num_threads());
        thread.Start();
        thread.Join();
        int pooled = Task.Run(() => torch.get_num_threads()).Result;
        using torch.Tensor generator = torch.get_rng_state();
        return $"grad {torch.is_grad_enabled()}, inference {torch.is_inference_mode_enabled()}, {torch.get_default_dtype()}, {torch.get_default_device()}, " +
            $"threads {here}, {fresh} and {(pooled == 1 ? "one" : "several")} in the pool, generator {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(generator.bytes))}";
    }

    private static float[] RegressEmbedding(MLContext ml)
    {
        EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions(EmbeddingLoss.ContrastiveNPair);
        (options.Epochs, options.Members, options.InputNoise, options.TrainDistanceHead) = (8, 2, 0.1, true);
        IDataView rows = SyntheticZoo.View(ml, 30, 1);
        EmbeddingRegressionTransformer encoder = ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(options).Fit(rows);
        float[][] features = [.. rows.GetColumn<float[]>("Features")];
        return [.. encoder.Transform(rows).GetColumn<float[]>("Embedding").SelectMany(place => place), (float)encoder.PredictDistance(features[0], features[1])];
    }

    private static float[] EmbedImages(MLContext ml)
    {
        byte[] labels = [.. Enumerable.Range(0, 20).Select(i => (byte)(i % 2))], pixels = new byte[20 * SmallZoo.Shape.Size];
        new Random(1).NextBytes(pixels);
        var images = new ImageDataset("noise", SmallZoo.Shape, pixels, labels, ["a", "b"]);
        IDataView rows = SmallZoo.View(ml, models: 2);
        using ResNetEmbedderTransformer embedder = ml.ModelSpace()
            .Transforms.EmbedImages(new ResNetEmbedderEstimator.Options { TrainingImages = images, Epochs = 1, BatchSize = 10, ImageShape = images.Shape }).Fit(rows);
        return [.. embedder.Transform(rows).GetColumn<float[]>("ImageEmbedding").SelectMany(place => place)];
    }

    private static float[] RegressGraphEmbedding(MLContext ml)
    {
        IDataView rows = GraphModels.View(ml, GraphModels.Dense, 12);
        GraphEmbeddingTrainer.Options options = new() { Layout = GraphModels.Dense, Epochs = 2, Members = 2, MessageSize = 2, HiddenSizes = [2] };
        using GraphEmbeddingTransformer encoder = ml.ModelSpace().Embedding.Trainers.GraphEmbedding(options).Fit(rows);
        return [.. encoder.Transform(rows).GetColumn<float[]>("Embedding").SelectMany(place => place)];
    }

    private static float[] Probe(MLContext ml)
    {
        IDataView rows = Models.View(ml, GraphModels.Dense, Models.Zoo(GraphModels.Dense, 4));
        return [.. SavedModels.Probe(ml, rows).Transform(rows).GetColumn<float[]>("Responses").SelectMany(responses => responses)];
    }

    private static float[] TrainByCursor(MLContext ml)
    {
        IDataView rows = SmallZoo.View(ml, models: 3);
        using TrainAutoencoderTransformer trainer = ml.ModelSpace().Transforms.TrainAutoencoder(SmallZoo.Options(new LinearVae(latent: 3))).Fit(rows);
        return [.. SmallZoo.Weights(trainer.Transform(rows)).SelectMany(weights => weights)];
    }

    private static float[] TrainByEngine(MLContext ml)
    {
        using TrainAutoencoderTransformer trainer = ml.ModelSpace().Transforms.TrainAutoencoder(SmallZoo.Options(new ConvolutionalAutoencoder(3, 3, 3))).Fit(SmallZoo.View(ml));
        using PredictionEngine<SmallZoo.Row, Trained> engine = ml.Model.CreatePredictionEngine<SmallZoo.Row, Trained>(trainer);
        return engine.Predict(SmallZoo.Rows(1).Single()).Weights;
    }

    private sealed class Trained
    {
        public float[] Weights { get; set; } = [];
    }
}
