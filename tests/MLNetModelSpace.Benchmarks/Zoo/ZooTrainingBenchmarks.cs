using BenchmarkDotNet.Attributes;
using Microsoft.ML;

namespace MLNetModelSpace.Benchmarks.Zoo;

/// <summary>
/// Models a second through the zoo trainer, from the plan's rows to the column of weights: 200 images of 28×28, 10 epochs, batch 20, Adam, on one thread and
/// on two. Every call makes a transformer of its own, which remembers no model.
/// </summary>
public class ZooTrainingBenchmarks : TorchBenchmark
{
    private const int Models = 96;
    private readonly MLContext _ml = new(seed: 1);
    private ZooPlan _plan = null!;

    public static IEnumerable<object> Zoos =>
    [
        new Zoo("linear 784→32→784", new LinearAutoencoder(32)), new Zoo("conv 1→8→1 k3 s2 p1 (overcomplete)", new ConvolutionalAutoencoder(8, 3, 2, 1)),
        new Zoo("conv 1→8→1 k7 s7", new ConvolutionalAutoencoder(8, 7, 7)), new Zoo("linear VAE 784→16→784", new LinearVae(16)),
        new Zoo("conv VAE k7 s7, 16 latents", new ConvolutionalVae(8, 16, 7, 7)),
    ];

    [ParamsSource(nameof(Zoos))]
    public object Architecture { get; set; } = null!;

    [Benchmark(Description = "zoo trainer, 1 thread")]
    [Work(Models, "models/s")]
    public double OneThread() => Train(1);

    [Benchmark(Description = "zoo trainer, 2 threads")]
    [Work(Models, "models/s")]
    public double TwoThreads() => Train(2);

    protected override void Prepare()
    {
        var pixels = new byte[4000 * 784];
        new Random(1).NextBytes(pixels);
        var labels = new byte[4000];
        for (var i = 0; i < labels.Length; i++)
            labels[i] = (byte)(i % 2);
        _plan = _ml.ModelSpace().PlanZoo(new ImageDataset("random", new ImageShape(1, 28, 28), pixels, labels, ["even", "odd"]), Models / 2);
    }

    protected override void Release()
    {
        // The plan holds nothing that has to be let go.
    }

    private double Train(int threads)
    {
        var options = new TrainAutoencoderEstimator.Options { Architecture = ((Zoo)Architecture).Architecture, Epochs = 10, BatchSize = 20, Threads = threads };
        var zoo = _ml.ModelSpace().TrainAutoencoder(options).Fit(_plan.Train).Transform(_plan.Train);
        var column = zoo.Schema[ZooColumns.TrainingLoss];
        using var cursor = zoo.GetRowCursor([column]);
        var loss = cursor.GetGetter<float>(column);
        var sum = 0.0;
        while (cursor.MoveNext())
        {
            float value = 0;
            loss(ref value);
            sum += value;
        }

        return sum;
    }

    private sealed record Zoo(string Name, Architecture Architecture)
    {
        public override string ToString() => Name;
    }
}
