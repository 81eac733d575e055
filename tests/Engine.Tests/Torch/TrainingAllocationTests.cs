using TorchSharp;
using static TorchSharp.torch;

namespace Engine.Tests.Torch;

/// <summary>What a training step takes from the managed heap once it has settled.</summary>
[Collection(SerialCollection.Name)]
public class TrainingAllocationTests
{
    /// <summary>Handles and graph nodes only: the smallest buffer of data in this step has 2.5 KB, all of them together 1 MB.</summary>
    private const long StepLimit = 16384;

    [Fact]
    public void A_steady_step_of_a_linear_autoencoder_allocates_handles_only() =>
        Assert.InRange(BytesPerStep(() => nn.Sequential(nn.Linear(784, 32), nn.Linear(32, 784)), rand(20, 784)), 0, StepLimit);

    [Fact]
    public void A_steady_step_of_a_convolutional_autoencoder_allocates_handles_only() => Assert.InRange(
        BytesPerStep(() => nn.Sequential(nn.Conv2d(1, 4, 3, 2, 1), nn.ReLU(), nn.ConvTranspose2d(4, 1, 4, 2, 1)), rand(20, 1, 16, 16)), 0, StepLimit);

    [Theory]
    [InlineData(784, 32)]
    [InlineData(1000, 1000)]
    public unsafe void Large_tensors_begin_on_a_cache_line(int rows, int columns)
    {
        using var tensor = rand(rows, columns);

        fixed (byte* start = tensor.bytes)
            Assert.Equal(0, (long)start % 64);
    }

    private static long BytesPerStep(Func<nn.Module<Tensor, Tensor>> make, Tensor batch)
    {
        using var data = batch;
        using var module = make();
        using var optimizer = optim.Adam(module.parameters());
        void Step()
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            nn.functional.mse_loss(module.call(data), data).backward();
            optimizer.step();
        }

        for (var i = 0; i < 5; i++)
            Step();
        const int Steps = 20;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Steps; i++)
            Step();
        return (GC.GetAllocatedBytesForCurrentThread() - before) / Steps;
    }
}
