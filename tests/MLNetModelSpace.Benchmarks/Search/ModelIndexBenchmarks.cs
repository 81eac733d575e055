using System.Runtime.Intrinsics;
using BenchmarkDotNet.Attributes;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Benchmarks;

/// <summary>
/// A million 64-dimensional vectors, top 10, beside a plain read of as many bytes on as many threads: the ratio of the two is what
/// counts, and 0.7 is the least it should be.
/// </summary>
public class ModelIndexBenchmarks
{
    private const int Count = 1_000_000, Dimension = 64, Block = 1 << 16;

    private readonly float[][] _blocks = new float[Count * Dimension / Block][];
    private readonly float[] _query = new float[Dimension];
    private ModelIndex _cosine = null!;
    private ModelIndex _euclidean = null!;

    [GlobalSetup]
    public void Setup()
    {
        var ml = new MLContext(1);
        _cosine = ml.ModelSpace().Search.BuildIndex(ml.Data.LoadFromEnumerable(Rows()));
        _euclidean = ml.ModelSpace().Search.BuildIndex(ml.Data.LoadFromEnumerable(Rows()), new ModelIndex.Options { Metric = IndexMetric.Euclidean });
        var random = new Random(2);
        for (int i = 0; i < _query.Length; i++)
            _query[i] = (float)random.NextDouble() - 0.5f;
        for (int i = 0; i < _blocks.Length; i++)
        {
            _blocks[i] = new float[Block];
            Array.Fill(_blocks[i], i);
        }
    }

    [Benchmark(Baseline = true, Description = "plain read of the same bytes")]
    public float Read()
    {
        float[] sums = new float[_blocks.Length];
        Parallel.For(0, _blocks.Length, i =>
        {
            ref float start = ref _blocks[i][0];
            Vector256<float> a = default, b = default, c = default, d = default;
            for (nuint j = 0; j < Block; j += 32)
            {
                a += Vector256.LoadUnsafe(ref start, j);
                b += Vector256.LoadUnsafe(ref start, j + 8);
                c += Vector256.LoadUnsafe(ref start, j + 16);
                d += Vector256.LoadUnsafe(ref start, j + 24);
            }

            sums[i] = Vector256.Sum(a + b + c + d);
        });
        return sums.Sum();
    }

    [Benchmark(Description = "top 10 by cosine")]
    public IReadOnlyList<IndexHit> Cosine() => _cosine.Search(_query, 10);

    [Benchmark(Description = "top 10 by Euclidean distance")]
    public IReadOnlyList<IndexHit> Euclidean() => _euclidean.Search(_query, 10);

    private static IEnumerable<Row> Rows()
    {
        var random = new Random(1);
        for (int i = 0; i < Count; i++)
        {
            var row = new Row { Id = i, Embedding = new float[Dimension] };
            for (int j = 0; j < Dimension; j++)
                row.Embedding[j] = (float)random.NextDouble() - 0.5f;
            yield return row;
        }
    }

    private sealed class Row
    {
        public int Id { get; set; }

        [VectorType(Dimension)]
        public float[] Embedding { get; set; } = [];
    }
}
