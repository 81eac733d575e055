using BenchmarkDotNet.Attributes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetModelSpace.Benchmarks.TorchSharp;

/// <summary>
/// One training step as a user writes it (zero_grad, forward, mse_loss, backward, Adam.step), batch 20. A model of 200 images and 10 epochs takes
/// a hundred: the rate is such models a second, without drawing batches.
/// </summary>
public class TrainingStepBenchmarks : TorchBenchmark
{
    private Model _linear = null!;
    private Model _convolutional = null!;

    [Benchmark(Description = "linear 784→32→784")]
    [Work(0.01, "models/s")]
    public void Linear() => _linear.Step();

    [Benchmark(Description = "convolutional 1→8→1 (overcomplete)")]
    [Work(0.01, "models/s")]
    public void Convolutional() => _convolutional.Step();

    protected override void Prepare()
    {
        _linear = new Model(nn.Sequential(("encoder", nn.Linear(784, 32)), ("decoder", nn.Linear(32, 784))), rand(20, 784));
        _convolutional = new Model(
            nn.Sequential(
                ("encoder", nn.Conv2d(1, 8, 3, 2, 1)), ("activation", nn.ReLU()), ("decoder", nn.ConvTranspose2d(8, 1, 4, 2, 1))),
            rand(20, 1, 28, 28));
    }

    protected override void Release()
    {
        _linear.Dispose();
        _convolutional.Dispose();
    }

    private sealed class Model(Sequential layers, Tensor images) : IDisposable
    {
        private readonly optim.Optimizer _optimizer = optim.Adam(layers.parameters(), 1e-3);

        public void Step()
        {
            using var scope = NewDisposeScope();
            _optimizer.zero_grad();
            var loss = nn.functional.mse_loss(layers.call(images), images);
            loss.backward();
            _optimizer.step();
        }

        public void Dispose()
        {
            _optimizer.Dispose();
            layers.Dispose();
            images.Dispose();
        }
    }
}
