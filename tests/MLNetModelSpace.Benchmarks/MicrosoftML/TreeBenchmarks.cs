using BenchmarkDotNet.Attributes;
using Microsoft.ML;

namespace MLNetModelSpace.Benchmarks.MicrosoftML;

/// <summary>Training of 100 trees, on a long table and on one as wide as vectorized models are.</summary>
[MemoryDiagnoser]
public class TreeBenchmarks : MachineBenchmark
{
    private IDataView _data = null!;

    [Params("20000x100", "300x2000")]
    public string Size { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        var size = Size.Split('x').Select(int.Parse).ToArray();
        _data = BenchmarkRows.Table(ML, size[0], size[1]);
    }

    [Benchmark]
    public ITransformer FastTree() => ML.BinaryClassification.Trainers.FastTree().Fit(_data);

    [Benchmark]
    public ITransformer FastForest() => ML.BinaryClassification.Trainers.FastForest().Fit(_data);

    [Benchmark]
    public ITransformer FastTreeRegression() => ML.Regression.Trainers.FastTree("Target").Fit(_data);
}
