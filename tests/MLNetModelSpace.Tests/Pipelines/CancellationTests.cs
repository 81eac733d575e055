using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Pipelines;

/// <summary>What reads or searches stops in the middle. Training and probing, which tell of their progress, are in <see cref="LongStepTests"/>.</summary>
public sealed class CancellationTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly CancellationTokenSource _cancel = new();

    private int _read;

    [Theory]
    [InlineData(20, 21)]
    [InlineData(40, 40)]
    public void AnEvaluationStopsWhereItReadsAndBehind(int at, int most)
    {
        IDataView rows = Stopping(SyntheticZoo.Rows(40, 1).Select(row => new SyntheticZoo.Placed { Id = row.Id, Embedding = row.Shares, Shares = row.Shares }), at);
        var options = new EmbeddingMetrics.Options { CancellationToken = _cancel.Token };

        Assert.ThrowsAny<OperationCanceledException>(() => _ml.ModelSpace().Embedding.Evaluate(rows, options));

        Assert.InRange(_read, at, most);
    }

    [Theory]
    [InlineData(20, 21)]
    [InlineData(40, 40)]
    public void AnEvaluationOfDistancesStopsWhereItReadsAndBehind(int at, int most)
    {
        EmbeddingRegressionTrainer.Options training = SyntheticZoo.QuickOptions();
        (training.Epochs, training.TrainDistanceHead) = (1, true);
        EmbeddingRegressionTransformer encoder = _ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(training).Fit(SyntheticZoo.View(_ml, 40, 1));
        IDataView rows = Stopping(SyntheticZoo.Rows(40, 2), at);
        var options = new EmbeddingMetrics.Options { CancellationToken = _cancel.Token };

        Assert.ThrowsAny<OperationCanceledException>(() => _ml.ModelSpace().Embedding.EvaluateDistances(encoder, rows, options));

        Assert.InRange(_read, at, most);
    }

    [Fact]
    public void ADistanceHeadStopsThoughItsEncoderIsTrained()
    {
        EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions();
        int told = 0;
        (options.Epochs, options.TrainDistanceHead, options.CancellationToken) = (3, true, _cancel.Token);
        options.Progress = new Told(() =>
        {
            if (++told == 3)
                _cancel.Cancel();
        });

        Assert.ThrowsAny<OperationCanceledException>(() => _ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(options).Fit(SyntheticZoo.View(_ml, 40, 1)));

        Assert.Equal(3, told);
    }

    [Fact]
    public void LearningOfASubspaceStops()
    {
        float[][] models = Models.Zoo(GraphModels.Dense, 8);
        IDataView rows = Stopping(models.Select(weights => new Model { Weights = weights, Layout = GraphModels.Dense.ToJson() }), 4);
        var options = new ComposedSubspaceEstimator.Options { Directions = 2, Layout = GraphModels.Dense, CancellationToken = _cancel.Token };

        Assert.ThrowsAny<OperationCanceledException>(() => _ml.ModelSpace().Transforms.ProjectComposedMap(options).Fit(rows));

        Assert.InRange(_read, 4, 5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void ASearchStopsBetweenItsPieces(int threads)
    {
        // A piece has 256 KB: four rows of this length.
        float[][] vectors = [.. Enumerable.Range(1, 400).Select(i => Models.Random(1 << 14, i))];
        ModelIndex index = _ml.ModelSpace().Search.BuildIndex(
            _ml.Data.LoadFromEnumerable(vectors.Select((vector, i) => new Place { Id = i, Embedding = vector })), new ModelIndex.Options { Metric = IndexMetric.Euclidean });
        int asked = 0;

        Assert.ThrowsAny<OperationCanceledException>(() => index.Search(
            vectors[0],
            index.Count,
            _ =>
            {
                if (Interlocked.Increment(ref asked) == 10)
                    _cancel.Cancel();
                return true;
            },
            threads,
            _cancel.Token));

        Assert.InRange(asked, 10, 10 + (8 * threads));
    }

    public void Dispose() => _cancel.Dispose();

    /// <summary>Rows of which the reading cancels when it has come to the one of that number, counted from 1.</summary>
    private IDataView Stopping<T>(IEnumerable<T> rows, int at)
        where T : class
    {
        return _ml.Data.LoadFromEnumerable(Read());

        IEnumerable<T> Read()
        {
            foreach (T row in rows)
            {
                if (++_read == at)
                    _cancel.Cancel();
                yield return row;
            }
        }
    }

    private sealed class Model
    {
        public float[] Weights { get; set; } = [];

        public string Layout { get; set; } = "";
    }

    private sealed class Place
    {
        public int Id { get; set; }

        public float[] Embedding { get; set; } = [];
    }

    private sealed class Told(Action then) : IProgress<EmbeddingEpoch>
    {
        public void Report(EmbeddingEpoch value) => then();
    }
}
