using BenchmarkDotNet.Attributes;
using Microsoft.ML;
using TorchSharp;

namespace MLNetModelSpace.Benchmarks.Training;

/// <summary>
/// Models a second through the zoo trainer, from the plan's rows to the column of weights, beside the loop that a user of TorchSharp writes and beside the stacked loop that a user
/// of PyTorch writes, both on two threads: 200 images of 28×28, 10 epochs, batch 20, Adam. Every call makes a transformer of its own, which remembers no model.
/// Run it with OMP_WAIT_POLICY=PASSIVE, or threads that wait for work distort the loops.
/// </summary>
public class ZooTrainingBenchmarks
{
    private const int Models = 240;
    private const int LoopModels = 6;
    private const int StackedModels = 32;
    private readonly MLContext _ml = new(seed: 1);
    private ZooPlan _plan = null!;
    private torch.Tensor _images = null!;

    public static IEnumerable<object> Zoos =>
    [
        new Zoo("linear 784-32-784", new LinearAutoencoder(32)), new Zoo("conv k7 s7", new ConvolutionalAutoencoder(8, 7, 7)),
        new Zoo("conv-overcomplete k3 s2", new ConvolutionalAutoencoder(8, 3, 2, 1)), new Zoo("linear-vae 784-16-784", new LinearVae(16)),
        new Zoo("conv-vae k7 s7", new ConvolutionalVae(8, 16, 7, 7)),
    ];

    [ParamsSource(nameof(Zoos))]
    public object Architecture { get; set; } = null!;

    [GlobalSetup]
    public void Setup()
    {
        byte[] pixels = new byte[10000 * 784];
        new Random(1).NextBytes(pixels);
        byte[] labels = new byte[10000];
        for (int i = 0; i < labels.Length; i++)
            labels[i] = (byte)(i % 2);
        _plan = _ml.ModelSpace().Data.PlanZoo(new ImageDataset("random", new ImageShape(1, 28, 28), pixels, labels, ["even", "odd"]), Models / 2);
        _images = torch.rand(200, 1, 28, 28);
    }

    [GlobalCleanup]
    public void Cleanup() => _images.Dispose();

    [Benchmark(Description = "plain loop, 2 threads", Baseline = true, OperationsPerInvoke = LoopModels)]
    [Work(1, "models/s")]
    public void Plain() => Loops.OnTwoThreads(() =>
    {
        for (int model = 0; model < LoopModels / 2; model++)
            Loops.Plain(Network, _images);
    });

    [Benchmark(Description = "stacked autograd, 2 threads", OperationsPerInvoke = StackedModels)]
    [Work(1, "models/s")]
    public void Stacked() => Loops.OnTwoThreads(() =>
    {
        // As fast as such a loop was found to be: 8 linear models, 16 convolutional ones at a time.
        int stack = Network.HasConvolutions ? 16 : 8;
        for (int done = 0; done < StackedModels / 2; done += stack)
            Loops.Stacked(Network, _images, stack);
    });

    [Benchmark(Description = "zoo trainer, 1 thread", OperationsPerInvoke = Models)]
    [Work(1, "models/s")]
    public double OneThread() => Train(1);

    [Benchmark(Description = "zoo trainer, 2 threads", OperationsPerInvoke = Models)]
    [Work(1, "models/s")]
    public double TwoThreads() => Train(2);

    private Network Network => ((Zoo)Architecture).Architecture.GetNetwork(new ImageShape(1, 28, 28))!;

    private double Train(int threads)
    {
        var options = new TrainAutoencoderEstimator.Options { Architecture = ((Zoo)Architecture).Architecture, Epochs = 10, BatchSize = 20, Threads = threads };
        using TrainAutoencoderTransformer transformer = _ml.ModelSpace().Transforms.TrainAutoencoder(options).Fit(_plan.Train);
        IDataView zoo = transformer.Transform(_plan.Train);
        DataViewSchema.Column column = zoo.Schema[ZooColumns.TrainingLoss];
        using DataViewRowCursor cursor = zoo.GetRowCursor([column]);
        ValueGetter<float> loss = cursor.GetGetter<float>(column);
        double sum = 0;
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
