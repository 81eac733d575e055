using Microsoft.ML;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace.Tests.Training;

// Reaches internals: a device that computes nothing (meta) stands for one that this machine lacks, which no option names.
public class TrainingDeviceTests
{
    /// <summary>Of the devices that every build of libtorch has, the meta device alone refuses to be mixed with the CPU: a tensor that was made elsewhere would throw.</summary>
    [Theory]
    [InlineData("LinearAutoencoder(hidden=4)")]
    [InlineData("LinearVae(latent=4)")]
    public void EveryTensorOfAStepIsOnTheDevice(string architecture)
    {
        using IDisposable frozen = no_grad();
        using var scripts = new StackScripts();
        using var stack = new ModelStack(Architecture.Parse(architecture).GetNetwork(SmallZoo.Shape)!, 3, META, scripts);
        using Tensor total = zeros(stack.Slots, float64, META);
        StackGraph graph = stack.For(5);

        graph.Train(ReconstructionLoss.MeanSquaredError, total, null);
        graph.Reconstruct();
        graph.AddSquaredErrors(total);

        Assert.Equal(DeviceType.META, graph.Output.Memory.device_type);
    }

    /// <summary>Patches have no meta operation in libtorch, nor have fused steps: here is what they work on.</summary>
    [Theory]
    [InlineData("ConvolutionalAutoencoder(channels=3, kernel=3, stride=2, padding=1)")]
    [InlineData("ConvolutionalVae(channels=2, latent=3, kernel=3, stride=3, padding=0)")]
    public void TheMemoryOfConvolutionsAndOptimizersIsOnTheDevice(string architecture)
    {
        using var scripts = new StackScripts();
        using var stack = new ModelStack(Architecture.Parse(architecture).GetNetwork(SmallZoo.Shape)!, 3, META, scripts);
        using var optimizer = new StackOptimizer(SmallZoo.Options(), stack);
        StackGraph graph = stack.For(5);

        Assert.Equal(StackOrder.ModelsFirst, stack.Order);
        Assert.All([graph.Input.Memory, graph.Output.Memory, stack.Values, stack.Gradients], memory => Assert.Equal(DeviceType.META, memory.device_type));
    }

    [Fact]
    public void AGpuThatIsNotThereIsAClearError()
    {
        var ml = new MLContext(seed: 1);
        TrainAutoencoderEstimator.Options options = SmallZoo.Options();
        options.GpuDeviceId = 63;

        var error = Assert.Throws<InvalidOperationException>(() => ml.ModelSpace().Transforms.TrainAutoencoder(options).Fit(SmallZoo.View(ml)));

        Assert.StartsWith("GPU 63 was asked for: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("Set FallbackToCpu to train on the CPU instead.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheContextsFallbackTrainsOnTheCpuAndSaysSo()
    {
        var ml = new MLContext(seed: 1) { GpuDeviceId = 63, FallbackToCpu = true };
        var plain = new MLContext(seed: 1);
        var messages = new List<string>();
        ml.Log += (_, entry) => messages.Add(entry.Message);

        float[][] weights = SmallZoo.Weights(ml.ModelSpace().Transforms.TrainAutoencoder(SmallZoo.Options()).Fit(SmallZoo.View(ml)).Transform(SmallZoo.View(ml)));

        Assert.Single(messages, message => message.Contains("GPU 63 was asked for", StringComparison.Ordinal) && message.Contains("trained on the CPU", StringComparison.Ordinal));
        Assert.Equal(SmallZoo.Weights(plain.ModelSpace().Transforms.TrainAutoencoder(SmallZoo.Options()).Fit(SmallZoo.View(plain)).Transform(SmallZoo.View(plain))), weights);
    }
}
