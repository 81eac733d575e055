using BenchmarkDotNet.Attributes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetModelSpace.Benchmarks.Zoo;

/// <summary>
/// What <see cref="ZooTrainingBenchmarks"/> is held against: the loop that a user writes, one model after another, on two threads of one thread each.
/// 200 images of 28×28, 10 epochs, batch 20, Adam.
/// </summary>
public class PlainLoopBenchmarks : TorchBenchmark
{
    private const int Models = 6;
    private const int Images = 200;
    private const int BatchSize = 20;
    private Tensor _images = null!;

    [Benchmark(Description = "loop, linear 784→32→784")]
    [Work(Models, "models/s")]
    public void Linear() => TrainOnTwoThreads(() => nn.Sequential(
        ("flatten", nn.Flatten()), ("encoder", nn.Linear(784, 32)), ("decoder", nn.Linear(32, 784)), ("unflatten", nn.Unflatten(1, [1, 28, 28]))));

    [Benchmark(Description = "loop, conv 1→8→1 k3 s2 p1 (overcomplete)")]
    [Work(Models, "models/s")]
    public void Overcomplete() => TrainOnTwoThreads(() => nn.Sequential(
        ("encoder", nn.Conv2d(1, 8, 3, 2, 1)), ("activation", nn.ReLU()), ("decoder", nn.ConvTranspose2d(8, 1, 4, 2, 1))));

    [Benchmark(Description = "loop, conv 1→8→1 k7 s7")]
    [Work(Models, "models/s")]
    public void Convolutional() => TrainOnTwoThreads(() => nn.Sequential(
        ("encoder", nn.Conv2d(1, 8, 7, 7)), ("activation", nn.ReLU()), ("decoder", nn.ConvTranspose2d(8, 1, 7, 7))));

    protected override void Prepare() => _images = rand(Images, 1, 28, 28);

    protected override void Release() => _images.Dispose();

    private void TrainOnTwoThreads(Func<Sequential> build)
    {
        Thread[] threads = [.. Enumerable.Range(0, 2).Select(_ => new Thread(() =>
        {
            for (var model = 0; model < Models / 2; model++)
                Train(build);
        }))];
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
    }

    private void Train(Func<Sequential> build)
    {
        using var all = NewDisposeScope();
        using var layers = build();
        using var optimizer = optim.Adam(layers.parameters(), 1e-3);
        for (var epoch = 0; epoch < 10; epoch++)
        {
            using var scope = NewDisposeScope();
            var order = randperm(Images);
            for (var start = 0; start < Images; start += BatchSize)
            {
                using var step = NewDisposeScope();
                var batch = _images.index_select(0, order.narrow(0, start, BatchSize));
                optimizer.zero_grad();
                var loss = nn.functional.mse_loss(layers.call(batch), batch);
                loss.backward();
                optimizer.step();
                loss.item<float>();
            }
        }
    }
}
