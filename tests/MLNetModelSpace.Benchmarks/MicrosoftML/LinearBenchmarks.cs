using BenchmarkDotNet.Attributes;
using Microsoft.ML;
using Microsoft.ML.Trainers;

namespace MLNetModelSpace.Benchmarks.MicrosoftML;

/// <summary>Training of linear models: on a long table, on tables as wide as vectorized models are, and of many classes.</summary>
[MemoryDiagnoser]
public class LinearBenchmarks : MachineBenchmark
{
    private IDataView _long = null!;
    private IDataView _narrow = null!;
    private IDataView _middle = null!;
    private IDataView _wide = null!;
    private IDataView _widest = null!;

    [GlobalSetup]
    public void Setup()
    {
        _long = BenchmarkRows.Table(ML, 20_000, 100);
        _narrow = BenchmarkRows.Table(ML, 5_000, 30);
        _middle = BenchmarkRows.Table(ML, 1_000, 100);
        _wide = BenchmarkRows.Table(ML, 300, 2_000);
        _widest = BenchmarkRows.Table(ML, 1_000, 2_000);
    }

    [Benchmark]
    public ITransformer Lbfgs_20000x100() => Lbfgs(_long);

    [Benchmark]
    public ITransformer Lbfgs_300x2000() => Lbfgs(_wide);

    [Benchmark]
    public ITransformer Lbfgs_1000x2000() => Lbfgs(_widest);

    [Benchmark]
    public ITransformer MaximumEntropy_1000x100x10() => ML.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Class").Fit(_middle);

    [Benchmark]
    public ITransformer Sdca_1000x100() => Sdca(_middle);

    [Benchmark]
    public ITransformer Sdca_5000x30() => Sdca(_narrow);

    private ITransformer Lbfgs(IDataView data) => ML.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(data);

    private ITransformer Sdca(IDataView data) =>
        ML.BinaryClassification.Trainers.SdcaLogisticRegression(new SdcaLogisticRegressionBinaryTrainer.Options { NumberOfThreads = 1 }).Fit(data);
}
