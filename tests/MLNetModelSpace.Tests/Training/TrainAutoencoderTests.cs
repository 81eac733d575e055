using Microsoft.ML;
using Microsoft.ML.Data;
using TorchSharp;

namespace MLNetModelSpace.Tests.Training;

// Reaches internals: annotations are read as the product's own steps read them, layouts among them.
public class TrainAutoencoderTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void WeightsHaveTheLayoutOfTheArchitecture()
    {
        TrainAutoencoderTransformer transformer = Fit(SmallZoo.Options());

        DataViewSchema schema = transformer.GetOutputSchema(SmallZoo.View(_ml).Schema);

        WeightLayout layout = ZooAnnotations.GetWeightLayout(schema[ZooColumns.Weights])!;
        Assert.Equal("LinearAutoencoder(hidden=4) on 1x6x6", layout.Architecture);
        Assert.Equal(
            ["encoder.weight [4×36]", "encoder.bias [4]", "decoder.weight [36×4]", "decoder.bias [36]"],
            layout.Tensors.Select(tensor => tensor.ToString()));
        Assert.Equal(layout.Length, ((VectorDataViewType)schema[ZooColumns.Weights].Type).Size);
    }

    [Fact]
    public void FittingReadsNoRow()
    {
        IDataView rows = _ml.Data.LoadFromEnumerable(Unreadable());

        _ml.ModelSpace().Transforms.TrainAutoencoder(SmallZoo.Options()).Fit(rows).Transform(rows);

        static IEnumerable<SmallZoo.Row> Unreadable()
        {
            Assert.Fail("A row was read.");
            yield break;
        }
    }

    [Fact]
    public void TrainingLowersTheReconstructionError()
    {
        float[] little = Errors(SmallZoo.Options(epochs: 1));
        float[] much = Errors(SmallZoo.Options(epochs: 40));

        Assert.All(little.Zip(much), pair => Assert.True(pair.Second < 0.5f * pair.First, $"{pair.Second} after 40 epochs, {pair.First} after one"));

        float[] Errors(TrainAutoencoderEstimator.Options options) =>
            [.. Fit(options).Transform(SmallZoo.View(_ml)).GetColumn<float>(ZooColumns.ReconstructionError)];
    }

    [Fact]
    public void TheReconstructionErrorIsTheModulesOwn()
    {
        TrainAutoencoderTransformer transformer = Fit(SmallZoo.Options(new ConvolutionalAutoencoder(channels: 3, kernel: 3, stride: 3)));
        IDataView trained = transformer.Transform(SmallZoo.View(_ml, models: 1));
        float reported = trained.GetColumn<float>(ZooColumns.ReconstructionError).Single();
        using var scope = torch.NewDisposeScope();
        using torch.nn.Module<torch.Tensor, torch.Tensor> module =
            transformer.Architecture.CreateModule(SmallZoo.Shape, SmallZoo.Weights(trained)[0]);
        torch.Tensor images = torch.tensor(SmallZoo.Rows(1).Single().Images, [SmallZoo.ImagesPerModel, 1, 6, 6]);

        float error = torch.nn.functional.mse_loss(module.forward(images), images).data<float>()[0];

        Assert.Equal(error, reported, 1e-6f);
    }

    [Theory]
    [InlineData("LinearAutoencoder(hidden=4)")]
    [InlineData("ConvolutionalAutoencoder(channels=3, kernel=3, stride=2, padding=1)")]
    [InlineData("LinearVae(latent=4)")]
    [InlineData("ConvolutionalVae(channels=2, latent=3, kernel=3, stride=3, padding=0)")]
    public void TheSameSeedGivesTheSameWeightsOnAnyNumberOfThreads(string architecture)
    {
        TrainAutoencoderEstimator.Options one = SmallZoo.Options(Architecture.Parse(architecture));
        one.Threads = 1;
        TrainAutoencoderEstimator.Options three = SmallZoo.Options(Architecture.Parse(architecture));
        three.Threads = 3;

        Assert.Equal(
            SmallZoo.Weights(Fit(one).Transform(SmallZoo.View(_ml))),
            SmallZoo.Weights(Fit(three).Transform(SmallZoo.View(_ml))));
    }

    [Fact]
    public void AnotherSeedGivesOtherWeights()
    {
        SmallZoo.Row[] rows = [.. SmallZoo.Rows(2)];
        rows[1].Images = rows[0].Images;

        float[][] weights = SmallZoo.Weights(Fit(SmallZoo.Options()).Transform(_ml.Data.LoadFromEnumerable(rows)));

        Assert.NotEqual(weights[0], weights[1]);
    }

    [Fact]
    public void WithoutASeedColumnTheOptionsSeedServes()
    {
        TrainAutoencoderEstimator.Options options = SmallZoo.Options();
        options.Seed = 100;
        IDataView rows = SmallZoo.View(_ml, models: 1);
        IDataView seedless = _ml.Transforms.DropColumns(ZooColumns.Seed).Fit(rows).Transform(rows);

        Assert.Equal(SmallZoo.Weights(Fit(SmallZoo.Options()).Transform(rows)), SmallZoo.Weights(Fit(options).Transform(seedless)));
    }

    [Fact]
    public void AModelIsTrainedOnceOverManyPasses()
    {
        var progress = new ProgressList();
        TrainAutoencoderEstimator.Options options = SmallZoo.Options();
        options.Progress = progress;
        TrainAutoencoderTransformer transformer = Fit(options);

        float[][] first = SmallZoo.Weights(transformer.Transform(SmallZoo.View(_ml)));
        float[][] second = SmallZoo.Weights(transformer.Transform(SmallZoo.View(_ml)));

        Assert.Equal([1, 2, 3, 4, 5, 6], progress.All.Select(report => report.Trained));
        Assert.Equal(first, second);
    }

    [Fact]
    public void BeyondTheMemoryLimitModelsAreTrainedAgainAndStayTheSame()
    {
        var progress = new ProgressList();
        TrainAutoencoderEstimator.Options options = SmallZoo.Options();
        options.Progress = progress;
        options.MemoryLimitBytes = 0;
        IDataView trained = Fit(options).Transform(SmallZoo.View(_ml));

        float[][] first = SmallZoo.Weights(trained);
        float[][] second = SmallZoo.Weights(trained);

        Assert.Equal(6, progress.Trained);
        Assert.Equal(first, second);
    }

    [Fact]
    public void ColumnsOfTheInputStayBesideTheirModels()
    {
        IDataView trained = Fit(SmallZoo.Options()).Transform(SmallZoo.View(_ml));
        IDataView reversed = _ml.Data.ShuffleRows(trained, seed: 3, shuffleSource: true);

        Dictionary<long, float[]> inOrder = BySeed(trained);
        Dictionary<long, float[]> shuffled = BySeed(reversed);

        Assert.All(inOrder, pair => Assert.Equal(pair.Value, shuffled[pair.Key]));

        static Dictionary<long, float[]> BySeed(IDataView view) =>
            view.GetColumn<long>(ZooColumns.Seed).Zip(view.GetColumn<float[]>(ZooColumns.Weights)).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    [Fact]
    public void ShuffledInputGivesEveryRowItsOwnModel()
    {
        TrainAutoencoderTransformer transformer = Fit(SmallZoo.Options());
        IDataView plain = transformer.Transform(SmallZoo.View(_ml));
        IDataView shuffled = transformer.Transform(_ml.Data.ShuffleRows(SmallZoo.View(_ml), seed: 5));

        var bySeed = plain.GetColumn<long>(ZooColumns.Seed).Zip(SmallZoo.Weights(plain)).ToDictionary(pair => pair.First, pair => pair.Second);
        using DataViewRowCursor cursor = shuffled.GetRowCursor(shuffled.Schema);
        ValueGetter<long> seedGetter = cursor.GetGetter<long>(shuffled.Schema[ZooColumns.Seed]);
        ValueGetter<VBuffer<float>> weightsGetter = cursor.GetGetter<VBuffer<float>>(shuffled.Schema[ZooColumns.Weights]);
        while (cursor.MoveNext())
        {
            long seed = 0;
            VBuffer<float> weights = default;
            seedGetter(ref seed);
            weightsGetter(ref weights);
            Assert.Equal(bySeed[seed], weights.DenseValues());
        }
    }

    [Fact]
    public void CancellationStopsThePassAndTheDirectoryKeepsWhatWasTrained()
    {
        using var folder = new TemporaryFolder();
        using var cancel = new CancellationTokenSource();
        TrainAutoencoderEstimator.Options options = SmallZoo.Options();
        options.Directory = folder.Path;
        options.Progress = new ProgressList(report =>
        {
            if (report.Trained == 2)
                cancel.Cancel();
        });
        options.CancellationToken = cancel.Token;
        IDataView trained = Fit(options).Transform(SmallZoo.View(_ml, models: 200));
        using (DataViewRowCursor cursor = trained.GetRowCursor(trained.Schema))
        {
            Assert.True(cursor.MoveNext());
            Assert.True(cursor.MoveNext());
            Assert.ThrowsAny<OperationCanceledException>(() => cursor.MoveNext());
        }

        int kept = Directory.GetFiles(folder.Path, "*.safetensors").Length;
        var progress = new ProgressList();
        (options.Progress, options.CancellationToken) = (progress, CancellationToken.None);
        SmallZoo.Weights(Fit(options).Transform(SmallZoo.View(_ml, models: 200)));

        Assert.InRange(kept, 2, 199);
        Assert.Equal(kept, progress.All[^1].Remembered);
        Assert.Equal(200 - kept, progress.Trained);
    }

    [Fact]
    public void CancellationDoesNotWaitForTheStackInTraining()
    {
        using var cancel = new CancellationTokenSource();
        TrainAutoencoderEstimator.Options options = SmallZoo.Options(epochs: int.MaxValue);
        options.CancellationToken = cancel.Token;
        IDataView trained = Fit(options).Transform(SmallZoo.View(_ml));
        using DataViewRowCursor cursor = trained.GetRowCursor(trained.Schema);
        cancel.CancelAfter(TimeSpan.FromMilliseconds(300));

        // With a number of epochs that never ends, this ends at all only because a step looks at the token.
        Assert.ThrowsAny<OperationCanceledException>(() => cursor.MoveNext());
    }

    [Fact]
    public void TwoCursorsAtOnceTrainEachModelOnce()
    {
        int built = 0;
        var counted = new ModuleArchitecture("counted", seed =>
        {
            // Two more when the architecture is looked at: the module of seed 1, twice.
            if (seed != 1)
                Interlocked.Increment(ref built);
            return TorchSharp.torch.nn.Sequential(TorchSharp.torch.nn.Flatten(), TorchSharp.torch.nn.Linear(36, 36), TorchSharp.torch.nn.Unflatten(1, [1, 6, 6]));
        });
        IDataView trained = Fit(SmallZoo.Options(counted, epochs: 30)).Transform(SmallZoo.View(_ml, models: 20));

        float[][][] both = new float[2][][];
        Parallel.For(0, 2, i => both[i] = SmallZoo.Weights(trained));

        Assert.Equal(both[0], both[1]);
        Assert.Equal(20, built);
    }

    [Fact]
    public void TakingTwoRowsTrainsHardlyMore()
    {
        using var folder = new TemporaryFolder();
        TrainAutoencoderEstimator.Options options = SmallZoo.Options();
        (options.Directory, options.Threads) = (folder.Path, 2);
        IDataView trained = Fit(options).Transform(SmallZoo.View(_ml, models: 60));

        SmallZoo.Weights(_ml.Data.TakeRows(trained, 2));

        Assert.InRange(Directory.GetFiles(folder.Path, "*.safetensors").Length, 2, 4);
    }

    [Fact]
    public void ProgressTellsTheTotal()
    {
        var progress = new ProgressList();
        TrainAutoencoderEstimator.Options options = SmallZoo.Options();
        options.Progress = progress;

        SmallZoo.Weights(Fit(options).Transform(_ml.Data.LoadFromEnumerable(SmallZoo.Rows(4).ToList())));

        Assert.Equal(4, progress.All[^1].Total);
        Assert.Equal([1, 2, 3, 4], progress.All.Select(report => report.Trained));
    }

    [Fact]
    public void TheContextsLogTellsOfTraining()
    {
        var messages = new List<string>();
        _ml.Log += (_, entry) => messages.Add(entry.Message);

        SmallZoo.Weights(Fit(SmallZoo.Options()).Transform(SmallZoo.View(_ml)));

        Assert.Contains(messages, message => message.Contains("Trained LinearAutoencoder(hidden=4): 6 models (0 remembered)", StringComparison.Ordinal));
    }

    [Fact]
    public void APredictionEngineTrainsToo()
    {
        TrainAutoencoderTransformer transformer = Fit(SmallZoo.Options());
        float[] expected = SmallZoo.Weights(transformer.Transform(SmallZoo.View(_ml, models: 1)))[0];
        using PredictionEngine<SmallZoo.Row, Trained> engine = _ml.Model.CreatePredictionEngine<SmallZoo.Row, Trained>(transformer);

        Assert.Equal(expected, engine.Predict(SmallZoo.Rows(1).Single()).Weights);
    }

    [Fact]
    public void ItSavesAndLoadsInAFreshContext()
    {
        TrainAutoencoderTransformer transformer = Fit(SmallZoo.Options(new ConvolutionalAutoencoder(channels: 2, kernel: 3, stride: 3)));
        using var file = new MemoryStream();
        _ml.Model.Save(transformer, SmallZoo.View(_ml).Schema, file);
        var fresh = new MLContext();

        ITransformer loaded = fresh.Model.Load(file, out _);

        Assert.Equal(
            SmallZoo.Weights(transformer.Transform(SmallZoo.View(_ml, models: 2))),
            SmallZoo.Weights(loaded.Transform(SmallZoo.View(fresh, models: 2))));
    }

    private TrainAutoencoderTransformer Fit(TrainAutoencoderEstimator.Options options) =>
        _ml.ModelSpace().Transforms.TrainAutoencoder(options).Fit(SmallZoo.View(_ml));

    private sealed class Trained
    {
        public float[] Weights { get; set; } = [];
    }
}
