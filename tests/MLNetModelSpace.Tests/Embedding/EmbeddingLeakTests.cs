using Microsoft.ML;
using TorchSharp;

namespace MLNetModelSpace.Tests.Embedding;

[Collection(SerialCollection.Name)]
public sealed class EmbeddingLeakTests
{
    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData(EmbeddingLoss.ContrastiveNPair)]
    [InlineData(EmbeddingLoss.Cosine)]
    [InlineData(EmbeddingLoss.Triplet)]
    [InlineData(EmbeddingLoss.MeanSquaredError)]
    public void TheEncoderLeavesNoTensorsOfItsSteps(EmbeddingLoss loss) => AssertNoneOfSteps(epochs =>
    {
        EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions(loss);
        (options.Epochs, options.InputNoise, options.Members) = (epochs, 0.1, 2);
        _ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(options).Fit(SyntheticZoo.View(_ml, 30, 1));
    });

    [Fact]
    public void TheEncoderLeavesTheProcessWideGeneratorAsItWas()
    {
        torch.manual_seed(5);
        using torch.Tensor expected = torch.rand(4);
        float[] values = expected.data<float>().ToArray();
        torch.manual_seed(5);
        EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions();
        options.Epochs = 2;
        _ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(options).Fit(SyntheticZoo.View(_ml, 30, 1));
        using torch.Tensor actual = torch.rand(4);
        Assert.Equal(values, actual.data<float>().ToArray());
    }

    [Fact]
    public void TheBallLeavesNoTensorsOfItsSteps() => AssertNoneOfSteps(epochs =>
    {
        EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions(EmbeddingLoss.MeanSquaredError);
        (options.Epochs, options.Space) = (epochs, EmbeddingSpace.PoincareBall);
        _ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(options).Fit(SyntheticZoo.View(_ml, 30, 1));
    });

    [Fact]
    public void TheDistanceHeadLeavesNoTensorsOfItsSteps() => AssertNoneOfSteps(epochs =>
    {
        // An epoch of the head sees each model eight times, and so it has an eighth of the epochs.
        EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions();
        (options.Epochs, options.TrainDistanceHead) = (8 * epochs, true);
        _ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(options).Fit(SyntheticZoo.View(_ml, 20, 1));
    });

    [Fact]
    public void TheGraphNetworkLeavesNoTensorsOfItsSteps() => AssertNoneOfSteps(epochs =>
    {
        WeightLayout layout = GraphModels.Convolutional;
        _ml.ModelSpace().Embedding.Trainers.GraphEmbedding(new GraphEmbeddingTrainer.Options { Epochs = epochs, MessageSize = 4, HiddenSizes = [4], Layout = layout })
            .Fit(GraphModels.View(_ml, layout, 12));
    });

    [Fact]
    public void TheResidualNetworkLeavesNoTensorsOfItsSteps() => AssertNoneOfSteps(epochs =>
    {
        byte[] labels = [.. Enumerable.Range(0, 30).Select(i => (byte)(i % 3))], pixels = new byte[30 * 64];
        new Random(1).NextBytes(pixels);
        var images = new ImageDataset("noise", new ImageShape(1, 8, 8), pixels, labels, ["a", "b", "c"]);
        var options = new ResNetEmbedderEstimator.Options { TrainingImages = images, Epochs = epochs, BatchSize = 10, ImageShape = images.Shape };
        _ml.ModelSpace().Transforms.EmbedImages(options).Fit(_ml.Data.LoadFromEnumerable([new Sample { Images = new float[64] }]));
    });

    /// <summary>
    /// Training for six epochs leaves as many tensors as for two. Not always none: official TorchSharp counts every Parameter made from a
    /// tensor once too often, and those are as many in both.
    /// </summary>
    private static void AssertNoneOfSteps(Action<int> train)
    {
        train(2);
        Assert.Equal(Left(2), Left(6));

        long Left(int epochs)
        {
            // What earlier tests left to the collector must not go while we count.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            long before = torch.Tensor.TotalCount;
            train(epochs);
            return torch.Tensor.TotalCount - before;
        }
    }

    private sealed class Sample
    {
        public float[] Images { get; set; } = [];
    }
}
