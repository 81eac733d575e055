using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Search;

public class ModelIndexTests
{
    private const int Dimension = 5;
    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData(IndexMetric.Cosine)]
    [InlineData(IndexMetric.Euclidean)]
    [InlineData(IndexMetric.ExpectedCost)]
    public void TheAnswerIsThatOfComparingEveryRow(IndexMetric metric) => Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
    {
        var random = new Random(seed);
        Row[] rows = Rows(random.Next(1, 300), random);
        float[] query = Vector(random);
        int k = random.Next(1, 20);
        string[] expected = [.. rows.OrderBy(row => Cost(row.Embedding, query, metric)).Take(k).Select(row => row.Id)];
        ModelIndex index = Build(rows, metric);
        return expected.SequenceEqual(index.Search(query, k).Select(hit => hit.Id));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void ManyChunksOnManyThreadsGiveOneAnswer()
    {
        var random = new Random(1);
        Row[] rows = Rows(40_000, random);
        ModelIndex index = Build(rows, IndexMetric.Cosine);
        float[] query = Vector(random);
        Assert.Equal(index.Search(query, 25, threads: 1), index.Search(query, 25));
        Assert.Equal(rows.OrderBy(row => Cost(row.Embedding, query, IndexMetric.Cosine)).First().Id, index.Search(query, 1)[0].Id);
    }

    [Fact]
    public void OfEqualScoresTheFirstRowComesFirst()
    {
        Row[] rows = [.. Enumerable.Range(0, 50).Select(i => new Row { Id = $"{i}", Embedding = [1, 0, 0, 0, 0] })];
        Assert.Equal([0, 1, 2], Build(rows, IndexMetric.Euclidean).Search([1, 0, 0, 0, 0], 3).Select(hit => hit.Position));
    }

    [Fact]
    public void AFilterOnMetadataIsKeptTo()
    {
        Row[] rows = Rows(200, new Random(2));
        ModelIndex index = Build(rows, IndexMetric.Cosine);
        IReadOnlyList<IndexHit> found = index.Search(rows[3].Embedding, 5, position => index.GetMetadata<string>("Dataset", position) == "even");
        Assert.Equal(5, found.Count);
        Assert.All(found, hit => Assert.Equal(0, hit.Position % 2));
    }

    [Fact]
    public void VectorsAddAndSubtractAsQueries()
    {
        ModelIndex index = Build(
            [
                new Row { Id = "a", Embedding = [1, 0, 0, 0, 0] }, new Row { Id = "b", Embedding = [0, 1, 0, 0, 0] },
                new Row { Id = "ab", Embedding = [1, 1, 0, 0, 0] }, new Row { Id = "c", Embedding = [0, 0, 1, 0, 0] },
            ],
            IndexMetric.Cosine);
        Assert.Equal("ab", index.Search(IndexQuery.Mixture((index.VectorOf("a"), 100), (index.VectorOf("b"), 90)), 1)[0].Id);
        IndexQuery query = new IndexQuery(Dimension).Plus(index.VectorOf("ab")).Minus(index.VectorOf("a"), MathF.Sqrt(0.5f)).Plus(index.VectorOf("c"), 2);
        Assert.Equal("c", index.Search(query, 1)[0].Id);
        Assert.Equal(1, query.ToUnitVector().Sum(value => value * value), 5);
    }

    [Fact]
    public void TheIndexIsSavedAndLoaded()
    {
        Row[] rows = Rows(100, new Random(3));
        ModelIndex index = Build(rows, IndexMetric.Euclidean);
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.idx");
        try
        {
            index.Save(path);
            ModelIndex loaded = ModelIndex.Load(path);
            Assert.Equal(index.Search(rows[7].Embedding, 5), loaded.Search(rows[7].Embedding, 5));
            Assert.Equal(rows[7].Shares, loaded.GetMetadata<float[]>("Shares", 7));
            Assert.Equal("odd", loaded.GetMetadata<string>("Dataset", 7));
            Assert.Equal(0.5f, loaded.GetMetadata<float>("Error", 7));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void AnIndexOfCostsAnswersWithWhatIsExpected()
    {
        ModelIndex index = Build(
            [new Row { Id = "even", Embedding = [2, 2, 2, 2, 2] }, new Row { Id = "narrow", Embedding = [1, 9, 9, 9, 9] }], IndexMetric.ExpectedCost);
        using var stream = new MemoryStream();
        index.Save(stream);
        stream.Position = 0;
        foreach (ModelIndex one in (ModelIndex[])[index, ModelIndex.Load(stream)])
        {
            Assert.Equal([new IndexHit("even", 0, 2), new IndexHit("narrow", 1, 5)], one.Search([0.5f, 0.5f, 0, 0, 0], 2));
            Assert.Equal(new IndexHit("narrow", 1, 1), one.Search([1, 0, 0, 0, 0], 1)[0]);
        }
    }

    [Theory]
    [InlineData(IndexMetric.Cosine)]
    [InlineData(IndexMetric.ExpectedCost)]
    public void AFileSaysItsVersion(IndexMetric metric)
    {
        using var stream = new MemoryStream();
        Build(Rows(2, new Random(4)), metric).Save(stream);
        Assert.Equal(1, stream.ToArray()["MLMSIDX".Length]);
    }

    [Fact]
    public void ADamagedFileIsRefusedAtEveryLength()
    {
        using var stream = new MemoryStream();
        Build(Rows(4, new Random(4)), IndexMetric.Cosine).Save(stream);
        byte[] whole = stream.ToArray();
        for (int length = 0; length < whole.Length; length++)
            Assert.Throws<InvalidDataException>(() => ModelIndex.Load(new MemoryStream(whole, 0, length)));
    }

    [Fact]
    public void AFlippedBitIsRefusedWhereverItIs()
    {
        using var stream = new MemoryStream();
        Build(Rows(2, new Random(4)), IndexMetric.Cosine).Save(stream);
        byte[] bytes = stream.ToArray();
        for (int bit = 0; bit < 8 * bytes.Length; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<InvalidDataException>(() => ModelIndex.Load(new MemoryStream(bytes)));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void BytesBehindTheIndexAreRefused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("models.idx");
        Build(Rows(2, new Random(4)), IndexMetric.Cosine).Save(path);
        long length = new FileInfo(path).Length;
        File.AppendAllText(path, "x");

        Assert.Equal(
            $"{path}: The index ends at byte {length}, but the file has {length + 1}.", Assert.Throws<InvalidDataException>(() => ModelIndex.Load(path)).Message);
    }

    [Fact]
    public void AnotherFileIsNamedAsNoIndex() => Assert.Equal(
        "This is no model index: it does not begin with 'MLMSIDX'.",
        Assert.Throws<InvalidDataException>(() => ModelIndex.Load(new MemoryStream("PK something else"u8.ToArray()))).Message);

    [Fact]
    public void ANewerVersionIsRefused() => Assert.Equal(
        "The index was written in format version 9; this library reads versions up to 1. Update MLNetModelSpace.",
        Assert.Throws<InvalidDataException>(() => ModelIndex.Load(new MemoryStream([.. "MLMSIDX"u8, 9]))).Message);

    [Fact]
    public void AnotherDimensionIsRefused() => Assert.StartsWith(
        "The query has 2 values; the index has 5 dimensions.",
        Assert.Throws<ArgumentException>(() => Build(Rows(3, new Random(1)), IndexMetric.Cosine).Search([1, 2], 1)).Message);

    [Fact]
    public void AnEmptyIndexIsRefused() => Assert.Equal(
        "An index of no models answers nothing: the data has no rows.",
        Assert.Throws<InvalidDataException>(() => Build([], IndexMetric.Cosine)).Message);

    [Fact]
    public void DuplicateIdsAreNamed()
    {
        Row[] rows = Rows(5, new Random(1));
        rows[4].Id = rows[1].Id;
        Assert.Equal(
            "The id 'model 1' occurs in rows 1 and 4; ids of an index are unique.",
            Assert.Throws<InvalidDataException>(() => Build(rows, IndexMetric.Cosine)).Message);
    }

    [Fact]
    public void AZeroVectorHasNoDirection()
    {
        Row[] rows = Rows(3, new Random(1));
        ModelIndex index = Build(rows, IndexMetric.Cosine);
        Assert.StartsWith("The query has zero length", Assert.Throws<ArgumentException>(() => index.Search(new float[5], 1)).Message);
        rows[1].Embedding = new float[5];
        Assert.StartsWith("The vector of 'model 1' has zero length", Assert.Throws<ArgumentException>(() => Build(rows, IndexMetric.Cosine)).Message);
    }

    [Fact]
    public void ValuesThatAreNotFiniteAreRefused()
    {
        Row[] rows = Rows(3, new Random(1));
        ModelIndex index = Build(rows, IndexMetric.Euclidean);
        Assert.StartsWith("The vector has NaN at 1", Assert.Throws<ArgumentException>(() => index.Search([0, float.NaN, 0, 0, 0], 1)).Message);
        rows[2].Embedding[3] = float.PositiveInfinity;
        Assert.StartsWith("The vector of 'model 2' has", Assert.Throws<InvalidDataException>(() => Build(rows, IndexMetric.Euclidean)).Message);
    }

    [Fact]
    public void AnUnknownIdAndAnUnknownColumnAreNamed()
    {
        ModelIndex index = Build(Rows(3, new Random(1)), IndexMetric.Cosine);
        Assert.Contains("has no id 'x'", Assert.Throws<KeyNotFoundException>(() => index.VectorOf("x")).Message);
        Assert.Contains("no metadata column 'x'", Assert.Throws<KeyNotFoundException>(() => index.GetMetadata<string>("x", 0)).Message);
        Assert.Contains("holds String, not Single", Assert.Throws<InvalidCastException>(() => index.GetMetadata<float>("Dataset", 0)).Message);
    }

    [Fact]
    public void ASearchIsTheLastStepOfAPipelineAndIsSavedInIt()
    {
        Row[] rows = Rows(20, new Random(5));
        IDataView data = _ml.Data.LoadFromEnumerable(rows);
        ModelIndexTransformer model = _ml.ModelSpace().Search.SearchModels(new ModelIndexEstimator.Options { Count = 3 }).Fit(data);
        using var file = new MemoryStream();
        _ml.Model.Save(model, data.Schema, file);
        file.Position = 0;
        var fresh = new MLContext();
        ITransformer loaded = fresh.Model.Load(file, out _);
        Answer[] answers = [.. fresh.Data.CreateEnumerable<Answer>(loaded.Transform(data), reuseRowObject: false)];
        Assert.Equal(rows.Select(row => row.Id), answers.Select(answer => answer.NearestIds[0]));
        Assert.All(answers, answer => Assert.Equal(1, answer.NearestScores[0], 5));
        using PredictionEngine<Row, Answer> engine = fresh.Model.CreatePredictionEngine<Row, Answer>(loaded, data.Schema);
        Assert.Equal("model 4", engine.Predict(rows[4]).NearestIds[0]);
        Assert.Equal("model 9", engine.Predict(rows[9]).NearestIds[0]);
    }

    private ModelIndex Build(Row[] rows, IndexMetric metric) => _ml.ModelSpace().Search.BuildIndex(
        _ml.Data.LoadFromEnumerable(rows), new ModelIndex.Options { Metric = metric, MetadataColumnNames = ["Dataset", "Shares", "Error"] });

    private static Row[] Rows(int count, Random random) => [.. Enumerable.Range(0, count).Select(i => new Row
    {
        Id = $"model {i}",
        Embedding = Vector(random),
        Dataset = i % 2 == 0 ? "even" : "odd",
        Shares = [i, 1],
        Error = 0.5f,
    })];

    private static float[] Vector(Random random) => [.. Enumerable.Range(0, Dimension).Select(_ => (float)(random.NextDouble() - 0.5))];

    private static double Cost(float[] vector, float[] query, IndexMetric metric)
    {
        double dot = vector.Zip(query).Sum(pair => (double)pair.First * pair.Second);
        return metric switch
        {
            IndexMetric.Cosine => -dot / Math.Sqrt(vector.Sum(value => (double)value * value)),
            IndexMetric.Euclidean => vector.Zip(query).Sum(pair => ((double)pair.First - pair.Second) * ((double)pair.First - pair.Second)),
            _ => dot,
        };
    }

    private sealed class Row
    {
        public string Id { get; set; } = "";

        [VectorType(Dimension)]
        public float[] Embedding { get; set; } = [];

        public string Dataset { get; set; } = "";

        public float[] Shares { get; set; } = [];

        public float Error { get; set; }
    }

    private sealed class Answer
    {
        public string[] NearestIds { get; set; } = [];

        public float[] NearestScores { get; set; } = [];
    }
}
