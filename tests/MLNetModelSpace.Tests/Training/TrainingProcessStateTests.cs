using Microsoft.ML;
using TorchSharp;

namespace MLNetModelSpace.Tests.Training;

[Collection(SerialCollection.Name)]
public class TrainingProcessStateTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void TheProcessWideGeneratorAndThreadCountStayAsTheyWere()
    {
        int threads = torch.get_num_threads();
        torch.manual_seed(7);
        using torch.Tensor expected = torch.rand(4);
        torch.manual_seed(7);

        SmallZoo.Weights(Fit(SmallZoo.Options()).Transform(SmallZoo.View(_ml)));

        using torch.Tensor actual = torch.rand(4);
        Assert.Equal(expected.data<float>().ToArray(), actual.data<float>().ToArray());
        Assert.Equal(threads, torch.get_num_threads());
    }

    [Fact]
    public void InitialWeightsAreWhatManualSeedAndConstructionGive()
    {
        var architecture = new LinearAutoencoder(hidden: 4);
        TrainAutoencoderEstimator.Options options = SmallZoo.Options(architecture, epochs: 1);
        (options.Optimizer, options.LearningRate, options.Seed, options.SeedColumnName) = (TrainingOptimizer.Sgd, 1e-30, 42, "None");
        float[] weights = SmallZoo.Weights(Fit(options).Transform(SmallZoo.View(_ml, models: 1)))[0];

        torch.manual_seed(42);
        using TorchSharp.Modules.Linear encoder = torch.nn.Linear(36, 4);
        using TorchSharp.Modules.Linear decoder = torch.nn.Linear(4, 36);
        float[] expected =
        [
            .. encoder.weight.data<float>().ToArray(), .. encoder.bias!.data<float>().ToArray(),
            .. decoder.weight.data<float>().ToArray(), .. decoder.bias!.data<float>().ToArray(),
        ];
        Assert.Equal(expected, weights);
    }

    [Theory]
    [InlineData("LinearAutoencoder(hidden=4)")]
    [InlineData("ConvolutionalVae(channels=2, latent=3, kernel=3, stride=3, padding=0)")]
    public void TensorsLeftBehindDoNotDependOnTheNumberOfModels(string architecture)
    {
        // Not zero everywhere: TorchSharp counts every Parameter made from a tensor once too often. Two models or twenty, the modules are as many.
        long two = Left(2);
        long twenty = Left(20);

        Assert.Equal(two, twenty);

        long Left(int models)
        {
            TrainAutoencoderEstimator.Options options = SmallZoo.Options(Architecture.Parse(architecture));
            options.Threads = 1;
            long before = torch.Tensor.TotalCount;
            SmallZoo.Weights(Fit(options).Transform(SmallZoo.View(_ml, models)));
            return torch.Tensor.TotalCount - before;
        }
    }

    [Fact]
    public void ResidentMemoryDoesNotGrowOverThreeHundredModels()
    {
        Train(100);
        long before = Resident();
        Train(300);

        Assert.InRange(Resident() - before, long.MinValue, 24L << 20);

        void Train(int models)
        {
            TrainAutoencoderEstimator.Options options = SmallZoo.Options(new ConvolutionalAutoencoder(channels: 4, kernel: 3, stride: 3));
            options.MemoryLimitBytes = 0;
            SmallZoo.Weights(Fit(options).Transform(SmallZoo.View(_ml, models)));
        }

        static long Resident()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            return Environment.WorkingSet;
        }
    }

    private TrainAutoencoderTransformer Fit(TrainAutoencoderEstimator.Options options) =>
        _ml.ModelSpace().Transforms.TrainAutoencoder(options).Fit(SmallZoo.View(_ml));
}
