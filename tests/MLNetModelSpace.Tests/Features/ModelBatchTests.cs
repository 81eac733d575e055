using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML;
using Microsoft.ML.Data;
using TorchSharp;

namespace MLNetModelSpace.Tests.Features;

/// <summary>Rows that are computed in blocks have the bits of the same rows alone.</summary>
[Collection(SerialCollection.Name)]
public class ModelBatchTests
{
    private static readonly ImageShape s_shape = new(1, 6, 6);
    private static readonly Architecture[] s_architectures =
        [new LinearAutoencoder(4), new LinearAutoencoder(16), new ConvolutionalAutoencoder(3, 3, 3), new LinearVae(5), new ConvolutionalVae(4, 3, 3, 3)];

    private readonly MLContext _ml = new(1);

    [Fact]
    public void ModelsInABatchAnswerAsAlone()
    {
        Row[] rows = Rows(40);
        ITransformer probe = Fit(rows);
        Probed[] together = Read(probe, rows);
        using PredictionEngine<Row, Probed> engine = _ml.Model.CreatePredictionEngine<Row, Probed>(probe);
        for (int i = 0; i < rows.Length; i++)
            Assert.Equal(Bits(engine.Predict(rows[i]).Responses), Bits(together[i].Responses));
    }

    [Fact]
    public void LinearModelsOfFullSizeInABatchAnswerAsAlone()
    {
        // Rows of 784 pixels and stacks whose parts are whole cache lines take another way through libtorch.
        WeightLayout layout = new LinearAutoencoder(32).GetLayout(new ImageShape(1, 28, 28));
        Row[] rows = [.. Enumerable.Range(0, 9).Select(i => new Row { Weights = Models.Random(layout.Length, i, 0.05), Layout = layout.ToJson(), Number = i })];
        ITransformer probe = Fit(rows);
        Probed[] together = Read(probe, rows);
        Assert.Equal(Bits(Read(probe, [rows[8]])[0].Responses), Bits(together[8].Responses));
        Assert.Equal(Bits(Read(probe, [rows[3]])[0].Responses), Bits(together[3].Responses));
    }

    [Fact]
    public void NeitherCompanyNorThreadsNorModesMatter() =>
        Prop.ForAll(Gen.Choose(1, 1_000_000).ToArbitrary(), seed =>
        {
            Row[] rows = Rows(20), shuffled = [.. rows];
            new Random(seed).Shuffle(shuffled);
            Dictionary<int, Probed> expected = Read(Fit(rows), rows).ToDictionary(row => row.Number);
            using IDisposable mode = seed % 2 == 0 ? torch.no_grad() : torch.inference_mode();
            return Read(Fit(rows, maxThreads: 1 + (seed % 3)), shuffled[..(1 + (seed % 20))])
                .All(row => Bits(row.Responses).SequenceEqual(Bits(expected[row.Number].Responses)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(6));

    [Fact]
    public void RowsKeepTheirPlaceAndTheirColumns()
    {
        Row[] rows = Rows(100);
        Probed[] probed = Read(Fit(rows), rows);
        Assert.Equal(rows.Select(row => row.Number), probed.Select(row => row.Number));
        Assert.Equal(rows.Select(row => row.Weights[0]), probed.Select(row => row.Weights[0]));
    }

    [Fact]
    public void ShuffledRowsAreTheSameRows()
    {
        Row[] rows = Rows(30);
        ITransformer probe = Fit(rows);
        Dictionary<int, Probed> expected = Read(probe, rows).ToDictionary(row => row.Number);
        IDataView view = probe.Transform(_ml.Data.Cache(_ml.Data.LoadFromEnumerable(rows)));
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema, new Random(5));
        ValueGetter<int> number = cursor.GetGetter<int>(view.Schema[nameof(Row.Number)]);
        ValueGetter<VBuffer<float>> responses = cursor.GetGetter<VBuffer<float>>(view.Schema["Responses"]);
        var order = new List<int>();
        VBuffer<float> values = default;
        while (cursor.MoveNext())
        {
            int at = 0;
            number(ref at);
            responses(ref values);
            order.Add(at);
            Assert.Equal(Bits(expected[at].Responses), Bits([.. values.DenseValues()]));
        }

        Assert.NotEqual(order, order.Order());
        Assert.Equal(Enumerable.Range(0, 30), order.Order());
    }

    [Fact]
    public void ARowThatIsRefusedComesInItsTurn()
    {
        Row[] rows = Rows(20);
        rows[12].Weights[3] = float.NaN;
        ITransformer probe = Fit(rows[..12]);
        IDataView view = probe.Transform(_ml.Data.LoadFromEnumerable(rows));
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema["Responses"]]);
        ValueGetter<VBuffer<float>> responses = cursor.GetGetter<VBuffer<float>>(view.Schema["Responses"]);
        VBuffer<float> values = default;
        for (int i = 0; i < 20; i++)
        {
            Assert.True(cursor.MoveNext());
            if (i == 12)
                Assert.Contains("Row 12 of column 'Weights' holds NaN", Assert.Throws<InvalidDataException>(() => responses(ref values)).Message);
            else
                responses(ref values);
        }
    }

    [Fact]
    public void ReadingStopsWhenCancelled()
    {
        Row[] rows = Rows(200);
        using var cancel = new CancellationTokenSource();
        IDataView view = Fit(rows, cancel: cancel.Token).Transform(_ml.Data.LoadFromEnumerable(rows));
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema["Responses"]]);
        Assert.True(cursor.MoveNext());
        cancel.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => cursor.MoveNext());
    }

    [Fact]
    public void LearningFromClassesStopsWhenCancelled()
    {
        Row[] rows = Rows(10);
        using var cancel = new CancellationTokenSource();
        var options = new ProbeModelEstimator.Options
        {
            Features = ProbeFeatures.Stationarity,
            Stationarity = { LabelColumnName = nameof(Row.IsOdd), Textures = 3, ImagesPerTexture = 2 },
            CancellationToken = cancel.Token,
        };
        int read = 0;
        IDataView view = _ml.Data.LoadFromEnumerable(rows.Select(row =>
        {
            if (++read == 4)
                cancel.Cancel();
            return row;
        }));
        Assert.ThrowsAny<OperationCanceledException>(() => _ml.ModelSpace().Transforms.ProbeModel(options).Fit(view));
        Assert.InRange(read, 4, 5);
    }

    [Fact]
    public void NoThreadAtAllIsRefused() => Assert.Contains(
        "Threads is 0",
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.ModelSpace().Transforms.ProbeModel(new ProbeModelEstimator.Options { Threads = 0 })).Message);

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    public void AModelInABatchHasItsPlaceAlone(int architecture)
    {
        WeightLayout layout = s_architectures[architecture].GetLayout(s_shape);
        Shared[] rows =
        [
            .. Enumerable.Range(0, 21).Select(i => new Shared
            {
                Weights = Models.Random(layout.Length, i, 0.3), Layout = layout.ToJson(), Shares = SyntheticZoo.Shares(new Random(i)),
            }),
        ];
        IDataView view = _ml.Data.LoadFromEnumerable(rows);
        using IDisposable mode = torch.inference_mode();
        GraphEmbeddingTransformer model = _ml.ModelSpace().Embedding.Trainers.GraphEmbedding(new GraphEmbeddingTrainer.Options { Epochs = 2, MessageSize = 5, Members = 2 }).Fit(view);
        float[][] places = Models.Features(model.Transform(view), ZooColumns.Embedding);
        for (int i = 0; i < rows.Length; i++)
            Assert.Equal(Bits(model.Embed(rows[i].Weights)), Bits(places[i]));
    }

    [Fact]
    public void ALinearModelOfFullSizeHasItsPlaceAlone()
    {
        WeightLayout layout = new LinearAutoencoder(32).GetLayout(new ImageShape(1, 28, 28));
        Shared[] rows =
        [
            .. Enumerable.Range(0, 11).Select(i => new Shared
            {
                Weights = Models.Random(layout.Length, i, 0.05), Layout = layout.ToJson(), Shares = SyntheticZoo.Shares(new Random(i)),
            }),
        ];
        IDataView view = _ml.Data.LoadFromEnumerable(rows);
        GraphEmbeddingTransformer model = _ml.ModelSpace().Embedding.Trainers.GraphEmbedding(new GraphEmbeddingTrainer.Options { Epochs = 1 }).Fit(view);
        float[][] places = Models.Features(model.Transform(view), ZooColumns.Embedding);
        for (int i = 0; i < rows.Length; i++)
            Assert.Equal(Bits(model.Embed(rows[i].Weights)), Bits(places[i]));
    }

    [Fact]
    public void NoTensorOutlivesAPassOfTheGraphNetwork()
    {
        WeightLayout layout = GraphModels.Convolutional;
        IDataView view = GraphModels.View(_ml, layout, 20);
        GraphEmbeddingTransformer model = _ml.ModelSpace().Embedding.Trainers.GraphEmbedding(new GraphEmbeddingTrainer.Options { Epochs = 1, Layout = layout }).Fit(view);
        IDataView places = model.Transform(view);
        Models.Features(places, ZooColumns.Embedding);
        long before = torch.Tensor.TotalCount;
        Models.Features(places, ZooColumns.Embedding);
        Assert.Equal(before, torch.Tensor.TotalCount);
    }

    private static int[] Bits(float[] values) => Array.ConvertAll(values, BitConverter.SingleToInt32Bits);

    /// <summary>Models of all architectures in turn.</summary>
    private static Row[] Rows(int count) =>
    [
        .. Enumerable.Range(0, count).Select(i =>
        {
            WeightLayout layout = s_architectures[i % s_architectures.Length].GetLayout(s_shape);
            return new Row { Weights = Models.Random(layout.Length, i, 0.3), Layout = layout.ToJson(), Number = i, IsOdd = i % 2 == 1 };
        }),
    ];

    private ITransformer Fit(Row[] rows, int? maxThreads = null, CancellationToken cancel = default) => _ml.ModelSpace().Transforms.ProbeModel(new ProbeModelEstimator.Options
    {
        Features = ProbeModelEstimator.AllFeatures,
        Stationarity = { LabelColumnName = nameof(Row.IsOdd), Textures = 3, ImagesPerTexture = 2 },
        Probes = { Noise = 5, Impulses = 2, Gratings = 3 },
        Jacobian = { Directions = 4 },
        Threads = maxThreads,
        CancellationToken = cancel,
    }).Fit(_ml.Data.LoadFromEnumerable(rows));

    private Probed[] Read(ITransformer probe, Row[] rows) =>
        [.. _ml.Data.CreateEnumerable<Probed>(probe.Transform(_ml.Data.LoadFromEnumerable(rows)), reuseRowObject: false)];

    public class Row
    {
        [VectorType]
        public float[] Weights { get; set; } = [];

        public string Layout { get; set; } = "";

        public int Number { get; set; }

        public bool IsOdd { get; set; }
    }

    public sealed class Probed : Row
    {
        public float[] Responses { get; set; } = [];
    }

    private sealed class Shared
    {
        [VectorType]
        public float[] Weights { get; set; } = [];

        public string Layout { get; set; } = "";

        [VectorType(3)]
        public float[] Shares { get; set; } = [];
    }
}
