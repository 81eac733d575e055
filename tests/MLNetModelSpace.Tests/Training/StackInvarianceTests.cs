using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Training;

// Reaches internals: companies and places in a stack are chosen here; training chooses them itself.
/// <summary>A model's numbers depend on its seed and sample alone, bit for bit.</summary>
public class StackInvarianceTests
{
    private readonly MLContext _ml = new(seed: 1);

    public static TheoryData<string> Architectures =>
    [
        "LinearAutoencoder(hidden=4)", "LinearAutoencoder(hidden=16)", "LinearAutoencoder(hidden=7-3, activation=tanh, output=sigmoid)",
        "ConvolutionalAutoencoder(channels=3, kernel=3, stride=2, padding=1)", "ConvolutionalAutoencoder(channels=5-2, kernel=2, stride=1, padding=1, activation=sigmoid)",
        "LinearVae(latent=5)", "ConvolutionalVae(channels=2, latent=3, kernel=3, stride=3, padding=0)",
    ];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void AModelIsTheSameAloneAndInAnyStack(string architecture)
    {
        float[][] together = Train(architecture, SmallZoo.Rows(9), options => options.Threads = 1);

        float[][] alone = [.. SmallZoo.Rows(9).Select(row => Train(architecture, [row], _ => { })[0])];
        float[][] inThrees = Train(architecture, SmallZoo.Rows(9).Reverse(), options => options.StackSize = 3);

        Assert.Equal(alone, together);
        Assert.Equal(alone.Reverse(), inThrees);
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void AModelThatDivergesLeavesItsNeighboursAlone(string architecture)
    {
        SmallZoo.Row[] rows = [.. SmallZoo.Rows(8)];
        float[][] healthy = Train(architecture, rows, _ => { });
        // Finite values, but their squares are not.
        Array.Fill(rows[3].Images, 1e30f);

        float[][] beside = TrainUnchecked(architecture, rows);

        Assert.All(beside[3], weight => Assert.True(float.IsNaN(weight)));
        for (int i = 0; i < rows.Length; i++)
        {
            if (i != 3)
                Assert.Equal(healthy[i], beside[i]);
        }
    }

    [Fact]
    public void SamplesOfDifferentSizesTrainBesideEachOther()
    {
        SmallZoo.Row[] rows = [.. SmallZoo.Rows(6)];
        foreach (int i in (int[])[1, 2, 5])
            rows[i].Images = rows[i].Images[..(7 * 36)];

        float[][] together = Train("LinearAutoencoder(hidden=4)", rows, options => options.Threads = 1);

        Assert.Equal(rows.Select(row => Train("LinearAutoencoder(hidden=4)", [row], _ => { })[0]), together);
    }

    [Fact]
    public void RowsWithMissingWeightsAreFilteredByMLNetsOwnMeans()
    {
        Assert.Equal([100L, 101, 102, 103], Kept(1e-2));
        Assert.Empty(Kept(1e30));

        long[] Kept(double learningRate)
        {
            TrainAutoencoderEstimator.Options options = SmallZoo.Options();
            (options.Divergence, options.LearningRate, options.Optimizer) = (DivergenceHandling.MissingValues, learningRate, TrainingOptimizer.Sgd);
            IDataView view = SmallZoo.View(_ml, models: 4);
            IDataView trained = _ml.ModelSpace().Transforms.TrainAutoencoder(options).Fit(view).Transform(view);
            return [.. _ml.Data.FilterRowsByMissingValues(trained, ZooColumns.Weights).GetColumn<long>(ZooColumns.Seed)];
        }
    }

    /// <summary>Past the check of pixels, which leaves no way to make one model of several diverge: the trainer of stacks itself.</summary>
    private static float[][] TrainUnchecked(string architecture, SmallZoo.Row[] rows)
    {
        TrainAutoencoderEstimator.Options options = SmallZoo.Options(Architecture.Parse(architecture), epochs: 2);
        options.Divergence = DivergenceHandling.MissingValues;
        TrainingJob[] jobs = [.. rows.Select(row => new TrainingJob($"model {row.Seed}", row.Seed, row.Images))];
        TorchThreads.Run(() =>
        {
            using var trainer = new StackTrainer(options, options.Architecture.GetNetwork(SmallZoo.Shape)!, SmallZoo.Shape, TorchSharp.torch.CPU, _ => { });
            foreach (TrainingJob[] stack in jobs.Chunk(trainer.Capacity))
                trainer.Train(stack, CancellationToken.None);
        });
        return [.. jobs.Select(job => job.Result.GetAwaiter().GetResult().Weights)];
    }

    private float[][] Train(string architecture, IEnumerable<SmallZoo.Row> rows, Action<TrainAutoencoderEstimator.Options> change)
    {
        TrainAutoencoderEstimator.Options options = SmallZoo.Options(Architecture.Parse(architecture), epochs: 2);
        change(options);
        IDataView view = _ml.Data.LoadFromEnumerable(rows.ToArray());
        using TrainAutoencoderTransformer transformer = _ml.ModelSpace().Transforms.TrainAutoencoder(options).Fit(view);
        return SmallZoo.Weights(transformer.Transform(view));
    }
}
