using BenchmarkDotNet.Attributes;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Benchmarks.MicrosoftML;

/// <summary>
/// A pass over a million generated rows of 64 floats through Concatenate and NormalizeMeanVariance, the fit of the two, and the evaluation of a million
/// scores.
/// </summary>
[MemoryDiagnoser]
public class PassBenchmarks : MachineBenchmark
{
    private const int Rows = 1_000_000;
    private IEstimator<ITransformer> _estimator = null!;
    private ITransformer _pipeline = null!;
    private IDataView _rows = null!;
    private IDataView _scores = null!;

    [GlobalSetup]
    public void Setup()
    {
        _rows = ML.Data.LoadFromEnumerable(Generate());
        _estimator = ML.Transforms.Concatenate("All", "Features").Append(ML.Transforms.NormalizeMeanVariance("All"));
        _pipeline = _estimator.Fit(ML.Data.TakeRows(_rows, 1000));
        var random = new Random(2);
        _scores = ML.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(_ =>
        {
            float score = (random.NextSingle() * 2) - 1;
            return new Scored { Score = score, Probability = 1 / (1 + MathF.Exp(-score)), PredictedLabel = score > 0, Label = random.NextSingle() * 2 < score + 1 };
        }).ToArray());
    }

    [Benchmark]
    public long PassOverRows()
    {
        var data = _pipeline.Transform(_rows);
        var column = data.Schema["All"];
        using var cursor = data.GetRowCursor([column]);
        var get = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> row = default;
        long sum = 0;
        while (cursor.MoveNext())
        {
            get(ref row);
            sum += row.GetValues().Length;
        }
        return sum;
    }

    [Benchmark]
    public ITransformer FitToRows() => _estimator.Fit(_rows);

    [Benchmark]
    public double Evaluate() => ML.BinaryClassification.Evaluate(_scores).AreaUnderRocCurve;

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
