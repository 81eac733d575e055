using BenchmarkDotNet.Attributes;
using Microsoft.ML;

namespace MLNetModelSpace.Benchmarks.MicrosoftML;

/// <summary>Training of 100 trees, on a long table and on one as wide as vectorized models are.</summary>
[MemoryDiagnoser]
public class TreeBenchmarks
{
    private readonly MLContext _ml = new(1);
    private IDataView _data = null!;

    [Params("20000x100", "300x2000")]
    public string Size { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        var size = Size.Split('x').Select(int.Parse).ToArray();
        _data = BenchmarkRows.Table(_ml, size[0], size[1]);
    }

    [Benchmark]
    public ITransformer FastTree() => _ml.BinaryClassification.Trainers.FastTree().Fit(_data);

    [Benchmark]
    public ITransformer FastForest() => _ml.BinaryClassification.Trainers.FastForest().Fit(_data);

    [Benchmark]
    public ITransformer LbfgsLogisticRegression() => _ml.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(_data);
}
