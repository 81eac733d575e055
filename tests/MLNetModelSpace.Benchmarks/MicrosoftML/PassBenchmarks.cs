using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Benchmarks.MicrosoftML;

/// <summary>
/// A pass over a million generated rows of 64 floats through Concatenate and NormalizeMeanVariance, and the evaluation of a million scores, beside a
/// matrix product and a pass through memory of the same run.
/// </summary>
[MemoryDiagnoser]
public class PassBenchmarks
{
    private const int Rows = 1_000_000;
    private readonly MLContext _ml = new(1);
    private readonly float[] _memory = new float[64_000_000];
    private readonly float[] _matrix = new float[512 * 512];
    private readonly float[] _product = new float[512 * 512];
    private ITransformer _pipeline = null!;
    private IDataView _rows = null!;
    private IDataView _scores = null!;

    [GlobalSetup]
    public void Setup()
    {
        _rows = _ml.Data.LoadFromEnumerable(Generate());
        var pipeline = _ml.Transforms.Concatenate("All", "Features").Append(_ml.Transforms.NormalizeMeanVariance("All"));
        _pipeline = pipeline.Fit(_ml.Data.TakeRows(_rows, 1000));
        var random = new Random(2);
        _scores = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(_ =>
        {
            float score = (random.NextSingle() * 2) - 1;
            return new Scored { Score = score, Probability = 1 / (1 + MathF.Exp(-score)), PredictedLabel = score > 0, Label = random.NextSingle() * 2 < score + 1 };
        }).ToArray());
    }

    [Benchmark]
    public float PassOverRows()
    {
        var data = _pipeline.Transform(_rows);
        var column = data.Schema["All"];
        using var cursor = data.GetRowCursor([column]);
        var get = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> row = default;
        float sum = 0;
        while (cursor.MoveNext())
        {
            get(ref row);
            sum += row.GetValues()[0];
        }
        return sum;
    }

    [Benchmark]
    public double Evaluate() => _ml.BinaryClassification.Evaluate(_scores).AreaUnderRocCurve;

    [Benchmark]
    public float MemoryPass() => TensorPrimitives.Sum<float>(_memory);

    [Benchmark]
    public float MatrixProduct()
    {
        for (int i = 0; i < 512; i++)
        {
            for (int j = 0; j < 512; j++)
                _product[(i * 512) + j] = TensorPrimitives.Dot<float>(_matrix.AsSpan(i * 512, 512), _matrix.AsSpan(j * 512, 512));
        }
        return _product[0];
    }

    private static IEnumerable<Wide> Generate()
    {
        var row = new Wide();
        for (int i = 0; i < Rows; i++)
        {
            row.Features[i & 63] = i;
            yield return row;
        }
    }

    private sealed class Wide
    {
        [VectorType(64)]
        public float[] Features { get; set; } = new float[64];
    }

    private sealed class Scored
    {
        public bool Label { get; set; }

        public float Score { get; set; }

        public float Probability { get; set; }

        public bool PredictedLabel { get; set; }
    }
}
