using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Pipelines;

// Reaches internals: annotations are read as the product's own steps read them, layouts among them.
/// <summary>Every step that takes long tells how it gets on, writes to the context's log, and stops when it is told to.</summary>
public sealed class LongStepTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly List<string> _log = [];

    public LongStepTests() => _ml.Log += (_, entry) =>
    {
        lock (_log)
            _log.Add(entry.Message);
    };

    [Fact]
    public void ProbesTellOfEveryRow()
    {
        var progress = new List<RowProgress>();

        _ = Probe(9, new Told<RowProgress>(progress.Add)).GetColumn<float[]>("Responses").Count();

        Assert.Equal((9, 9L), (progress[^1].Rows, progress[^1].Total));
        Assert.Contains(_log, line => line.Contains("ProbeModel: 9/9 rows in", StringComparison.Ordinal));
    }

    [Fact]
    public void ProbesStopInTheMiddle()
    {
        using var cancel = new CancellationTokenSource();
        IDataView probed = Probe(400, new Told<RowProgress>(_ => cancel.Cancel()), cancel.Token);

        Exception error = Assert.ThrowsAny<Exception>(() => probed.GetColumn<float[]>("Responses").Count());

        Assert.IsAssignableFrom<OperationCanceledException>(error.GetBaseException());
        Assert.Contains(_log, line => line.Contains(", then stopped", StringComparison.Ordinal));
    }

    [Fact]
    public void AnImageEmbedderTellsOfEveryEpoch()
    {
        var progress = new List<ImageEmbedderEpoch>();

        Embedder(new Told<ImageEmbedderEpoch>(progress.Add));

        Assert.Equal([(1, 2, 6), (2, 4, 6), (3, 6, 6)], progress.Select(epoch => (epoch.Epoch, epoch.Steps, epoch.TotalSteps)));
        Assert.All(progress, epoch => Assert.InRange(epoch.TrainingLoss, 1e-6, 100));
        Assert.Contains(_log, line => line.Contains("Epoch 3 of the image embedder: step 6 of 6", StringComparison.Ordinal));
    }

    [Fact]
    public void AnImageEmbedderStopsInTheMiddle()
    {
        using var cancel = new CancellationTokenSource();
        var progress = new List<ImageEmbedderEpoch>();

        Assert.ThrowsAny<OperationCanceledException>(() => Embedder(
            new Told<ImageEmbedderEpoch>(epoch =>
            {
                progress.Add(epoch);
                cancel.Cancel();
            }),
            cancel.Token));

        Assert.Single(progress);
    }

    [Fact]
    public void AnEncoderLogsItsBeginningAndItsEnd()
    {
        _ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(SyntheticZoo.QuickOptions()).Fit(SyntheticZoo.View(_ml, 40, 1));

        Assert.Contains(_log, line => line.Contains("Training an encoder of 40 models: 1 network, up to 60 epochs each, Cosine, seed 1", StringComparison.Ordinal));
        Assert.Contains(_log, line => line.Contains("Trained network 0 for ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void EncodersStopInTheMiddle(bool graph)
    {
        using var cancel = new CancellationTokenSource();
        int told = 0;
        var progress = new Told<EmbeddingEpoch>(_ =>
        {
            told++;
            cancel.Cancel();
        });

        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            if (graph)
            {
                _ml.ModelSpace().Embedding.Trainers
                    .GraphEmbedding(new GraphEmbeddingTrainer.Options { Progress = progress, CancellationToken = cancel.Token, MessageSize = 4, HiddenSizes = [4] })
                    .Fit(WithShares(12));
            }
            else
            {
                EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions();
                (options.Progress, options.CancellationToken) = (progress, cancel.Token);
                _ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(options).Fit(SyntheticZoo.View(_ml, 40, 1));
            }
        });

        Assert.Equal(1, told);
    }

    [Fact]
    public void BuildingAnIndexTellsOfItsRows()
    {
        var progress = new List<RowProgress>();
        IDataView models = _ml.Data.LoadFromEnumerable(
            Enumerable.Range(0, 2500).Select(i => new SyntheticZoo.Placed { Id = $"{i}", Embedding = [1, i, 2], Shares = [1, 0, 0] }).ToArray());

        _ml.ModelSpace().Search.BuildIndex(models, new ModelIndex.Options { Progress = new Told<RowProgress>(progress.Add) });

        Assert.Equal([1000L, 2000, 2500], progress.Select(report => report.Rows));
        Assert.Contains(_log, line => line.Contains("BuildIndex: 2500/2500 rows in", StringComparison.Ordinal));
    }

    [Fact]
    public void BuildingAnIndexStopsInTheMiddle()
    {
        using var cancel = new CancellationTokenSource();
        IDataView models = _ml.Data.LoadFromEnumerable(
            Enumerable.Range(0, 2500).Select(i => new SyntheticZoo.Placed { Id = $"{i}", Embedding = [1, i, 2], Shares = [1, 0, 0] }).ToArray());
        var options = new ModelIndex.Options { CancellationToken = cancel.Token, Progress = new Told<RowProgress>(_ => cancel.Cancel()) };

        Assert.ThrowsAny<OperationCanceledException>(() => _ml.ModelSpace().Search.BuildIndex(models, options));
    }

    [Fact]
    public void MeasuringInformationLogsEachColumnAndStopsInTheMiddle()
    {
        using var cancel = new CancellationTokenSource();
        var random = new Random(1);
        IDataView rows = _ml.Data.LoadFromEnumerable(
            Enumerable.Range(0, 60).Select(i => new Labelled { Label = i % 2 == 0, A = random.NextSingle(), B = random.NextSingle() + (i % 2) }).ToArray());
        var options = new InformationReport.Options
        {
            Folds = 2,
            CalibrationFolds = 2,
            Classifiers = [InformationClassifier.LogisticRegression()],
            BootstrapReplicates = 10,
            CancellationToken = cancel.Token,
            Progress = new Told<string>(name =>
            {
                if (name == "B")
                    cancel.Cancel();
            }),
        };

        Assert.ThrowsAny<OperationCanceledException>(() => _ml.ModelSpace().Information.Measure(rows, ["A", "B"], "Label", options));

        Assert.Contains(_log, line => line.Contains("Measuring A: 60 models of 2 classes", StringComparison.Ordinal));
    }

    [Fact]
    public void EncodersSayThatTheyStayOnTheCpu()
    {
        _ml.GpuDeviceId = 0;

        _ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(SyntheticZoo.QuickOptions()).Fit(SyntheticZoo.View(_ml, 40, 1));

        Assert.Contains(_log, line => line.Contains("An encoder is trained on the CPU; GPU 0 of the context is for TrainAutoencoder.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(2f)]
    [InlineData(float.NaN)]
    public void AnImageEmbedderRefusesWhatIsNoPixel(float value)
    {
        using ResNetEmbedderTransformer embedder = Embedder();
        float[] images = new float[2 * 36];
        images[40] = value;

        Assert.StartsWith(
            FormattableString.Invariant($"Image 1 holds {value}; expected values in [0, 1]."), Assert.Throws<ArgumentException>(() => embedder.Embed(images)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PlacesKeepTheNamesOfTheirClasses()
    {
        IDataView rows = WithShares(12);
        var trainer = _ml.ModelSpace().Transforms.VectorizeWeights().Append(_ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(SyntheticZoo.QuickOptions()));
        ITransformer model = trainer.Fit(rows);
        using var file = new MemoryStream();
        _ml.Model.Save(model, rows.Schema, file);
        file.Position = 0;

        DataViewSchema.Column place = new MLContext().Model.Load(file, out _).GetOutputSchema(rows.Schema)["Embedding"];

        Assert.Equal(["c0", "c1", "c2"], ZooAnnotations.GetSlotNames(place));
        Assert.True(place.IsNormalized());
    }

    private IDataView Probe(int models, IProgress<RowProgress> progress, CancellationToken cancel = default)
    {
        IDataView rows = _ml.ModelSpace().Data.PlanZoo(NumberedImages.Create(100, 100), models, ZooShares.OneClassEach("c0"), imagesPerModel: 2, folds: 1).Train;
        IDataView trained = _ml.Data.Cache(_ml.ModelSpace().Transforms.TrainAutoencoder(architecture: new LinearAutoencoder(hidden: 1), epochs: 1).Fit(rows).Transform(rows));
        return _ml.ModelSpace().Transforms.ProbeModel(new ProbeModelEstimator.Options { Progress = progress, CancellationToken = cancel }).Fit(trained).Transform(trained);
    }

    private ResNetEmbedderTransformer Embedder(IProgress<ImageEmbedderEpoch>? progress = null, CancellationToken cancel = default)
    {
        var random = new Random(1);
        byte[] pixels = new byte[20 * 36], labels = new byte[20];
        random.NextBytes(pixels);
        for (int i = 0; i < labels.Length; i++)
            labels[i] = (byte)(i % 2);
        var images = new ImageDataset("noise", new ImageShape(1, 6, 6), pixels.AsSpan(), labels, ["a", "b"]);
        return _ml.ModelSpace().Transforms
            .EmbedImages(new ResNetEmbedderEstimator.Options { TrainingImages = images, Epochs = 3, BatchSize = 10, Progress = progress, CancellationToken = cancel })
            .Fit(_ml.ModelSpace().Data.FromImages(images));
    }

    /// <summary>Models with weights and with shares of three named classes.</summary>
    private IDataView WithShares(int models)
    {
        ZooPlan plan = _ml.ModelSpace().Data.PlanZoo(NumberedImages.Create(100, 100, 100), models, ZooShares.Dirichlet(), imagesPerModel: 8, folds: 1);
        return _ml.Data.Cache(_ml.ModelSpace().Transforms.TrainAutoencoder(architecture: new LinearAutoencoder(hidden: 1), epochs: 1).Fit(plan.Train).Transform(plan.Train));
    }

    private sealed class Labelled
    {
        public bool Label { get; set; }

        public float A { get; set; }

        public float B { get; set; }
    }

    /// <summary>Progress on the thread that reports it.</summary>
    private sealed class Told<T>(Action<T> then) : IProgress<T>
    {
        public void Report(T value) => then(value);
    }
}
