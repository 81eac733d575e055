using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Training;

/// <summary>What training takes for a row, and when it has nothing to do.</summary>
public sealed class TrainingRowsTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void APipelineWithItsTrainingStepScoresWeights()
    {
        IDataView rows = SmallZoo.View(_ml, models: 12);
        TransformerChain<ITransformer> model = Pipeline().Fit(rows);
        IDataView trained = model.First().Transform(rows);
        IDataView weights = _ml.Data.LoadFromEnumerable(trained.GetColumn<float[]>("Weights").Select(values => new WeightsRow { Weights = values }));

        Assert.Equal(model.Transform(rows).GetColumn<float>("Score"), model.Transform(weights).GetColumn<float>("Score"));
    }

    [Fact]
    public void APredictionEngineOfItScoresWeights()
    {
        IDataView rows = SmallZoo.View(_ml, models: 12);
        ITransformer model = Pipeline().Fit(rows);
        IDataView scored = model.Transform(rows);
        using PredictionEngine<WeightsRow, Scored> engine = _ml.Model.CreatePredictionEngine<WeightsRow, Scored>(model);

        Scored found = engine.Predict(new WeightsRow { Weights = scored.GetColumn<float[]>("Weights").First() });

        Assert.Equal(scored.GetColumn<float>("Score").First(), found.Score);
    }

    [Fact]
    public void CrossValidationOfAWholePipelineTrainsEachModelOnce()
    {
        var progress = new ProgressList();
        TrainAutoencoderEstimator.Options options = SmallZoo.Options();
        options.Progress = progress;

        _ml.BinaryClassification.CrossValidateNonCalibrated(_ml.Data.Cache(SmallZoo.View(_ml, models: 24)), Pipeline(options), numberOfFolds: 3, labelColumnName: "Origin");

        Assert.Equal(24, progress.All.GroupBy(report => report.Pass).Sum(pass => pass.Max(report => report.Trained)));
    }

    [Fact]
    public void PassesAreToldApart()
    {
        var progress = new ProgressList();
        TrainAutoencoderEstimator.Options options = SmallZoo.Options();
        options.Progress = progress;
        TrainAutoencoderTransformer transformer = _ml.ModelSpace().Transforms.TrainAutoencoder(options).Fit(SmallZoo.View(_ml));

        foreach (int models in (int[])[2, 2, 5])
            SmallZoo.Weights(transformer.Transform(SmallZoo.View(_ml, models)));

        Assert.Equal([(1, 1, 0), (1, 2, 0), (2, 1, 2), (2, 2, 2), (2, 3, 2)], progress.All.Select(report => (report.Pass, report.Trained, report.Remembered)));
        Assert.StartsWith("pass 2: 5 models (2 remembered)", progress.All[^1].ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(255f)]
    [InlineData(-0.25f)]
    [InlineData(float.NaN)]
    public void ValuesThatAreNoPixelsAreRefused(float value)
    {
        SmallZoo.Row row = SmallZoo.Rows(1).Single();
        row.Images[40] = value;
        IDataView rows = _ml.Data.LoadFromEnumerable([row]);

        Exception error = Assert.ThrowsAny<Exception>(() => SmallZoo.Weights(_ml.ModelSpace().Transforms.TrainAutoencoder(SmallZoo.Options()).Fit(rows).Transform(rows)));

        Assert.Equal(
            FormattableString.Invariant($"Image 1 of model 0 (seed 100) holds {value}; expected values in [0, 1]."), Assert.IsType<InvalidDataException>(error.GetBaseException()).Message);
    }

    [Theory]
    [InlineData(1, 6, 6)]
    [InlineData(SmallZoo.ImagesPerModel, 1, 6, 6)]
    public void TheVectorsOwnDimensionsGiveTheShape(params int[] dimensions)
    {
        TrainAutoencoderEstimator.Options options = SmallZoo.Options();
        options.ImageShape = null;

        Assert.Equal(SmallZoo.Shape, _ml.ModelSpace().Transforms.TrainAutoencoder(options).Fit(View(dimensions)).ImageShape);
    }

    [Fact]
    public void InterleavedColoursAreRefused()
    {
        TrainAutoencoderEstimator.Options options = SmallZoo.Options();
        options.ImageShape = null;

        var error = Assert.Throws<ArgumentException>(() => _ml.ModelSpace().Transforms.TrainAutoencoder(options).Fit(View([6, 6, 3])));

        Assert.Contains("interleavePixelColors: false", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SamplesOfOneImageAreWarnedOfOnce()
    {
        var messages = new List<string>();
        _ml.Log += (_, entry) => messages.Add(entry.Message);
        IDataView rows = _ml.Data.LoadFromEnumerable(SmallZoo.Rows(3).Select(row => new SmallZoo.Row { Seed = row.Seed, Images = row.Images[..SmallZoo.Shape.Size] }));

        SmallZoo.Weights(_ml.ModelSpace().Transforms.TrainAutoencoder(SmallZoo.Options()).Fit(rows).Transform(rows));

        Assert.Single(messages, message => message.Contains("holds one image", StringComparison.Ordinal));
    }

    [Fact]
    public void TheLogTellsOfABeginningAndOfACancelledEnd()
    {
        using var cancel = new CancellationTokenSource();
        var messages = new List<string>();
        _ml.Log += (_, entry) => messages.Add(entry.Message);
        TrainAutoencoderEstimator.Options options = SmallZoo.Options(epochs: int.MaxValue);
        options.CancellationToken = cancel.Token;
        IDataView rows = SmallZoo.View(_ml);
        using (DataViewRowCursor cursor = Open(_ml.ModelSpace().Transforms.TrainAutoencoder(options).Fit(rows).Transform(rows)))
        {
            cancel.CancelAfter(TimeSpan.FromMilliseconds(50));
            Assert.ThrowsAny<OperationCanceledException>(() => cursor.MoveNext());
        }

        Assert.Contains(messages, message => message.Contains("Training models, pass 1: LinearAutoencoder(hidden=4)", StringComparison.Ordinal));
        Assert.Contains(messages, message => message.Contains("Stopped training LinearAutoencoder(hidden=4): 0 models", StringComparison.Ordinal));

        static DataViewRowCursor Open(IDataView view) => view.GetRowCursor(view.Schema);
    }

    [Fact]
    public void AMissingColumnIsAnsweredWithThoseThereAre()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.ModelSpace().Transforms.VectorizeWeights().Fit(SmallZoo.View(_ml)));

        Assert.StartsWith(
            "Could not find input column 'Weights'. There are: Seed, Origin, Images. TrainAutoencoder adds 'Weights'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnEstimatorSaysWhatItDoes() => Assert.StartsWith(
        "TrainAutoencoder: Images → Weights; LinearAutoencoder(hidden=4); epochs=3, batch=5", _ml.ModelSpace().Transforms.TrainAutoencoder(SmallZoo.Options()).ToString(), StringComparison.Ordinal);

    private EstimatorChain<ITransformer> Pipeline(TrainAutoencoderEstimator.Options? options = null) =>
        new EstimatorChain<ITransformer>()
            .Append<ITransformer>(_ml.ModelSpace().Transforms.TrainAutoencoder(options ?? SmallZoo.Options()))
            .Append<ITransformer>(_ml.ModelSpace().Transforms.VectorizeWeights("Features", "Weights"))
            .Append<ITransformer>(_ml.BinaryClassification.Trainers.LinearSvm("Origin", "Features"));

    private IDataView View(int[] dimensions)
    {
        var schema = SchemaDefinition.Create(typeof(SmallZoo.Row));
        schema[nameof(SmallZoo.Row.Images)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, dimensions);
        return _ml.Data.LoadFromEnumerable(SmallZoo.Rows(1), schema);
    }

    private sealed class Scored
    {
        public float Score { get; set; }
    }
}
