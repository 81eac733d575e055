using BenchmarkDotNet.Attributes;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Benchmarks.Zoo;

/// <summary>
/// A thousand files of 1 MB, in MB/s of files: safetensors, opened, read and hashed by one cursor. The files are in the system's
/// cache, so this is what reading costs, not the disk; memory is that of one model, whatever the number of files.
/// </summary>
public class ModelFolderBenchmarks : TorchBenchmark
{
    private const int Files = 1000, Hidden = 167;
    private readonly MLContext _ml = new(1);
    private string _folder = null!;

    public static IEnumerable<object> Sizes => [new Size()];

    [ParamsSource(nameof(Sizes))]
    public object Zoo { get; set; } = null!;

    [Benchmark(Description = "open, read and hash")]
    public float Read()
    {
        ModelFolder models = _ml.ModelSpace().Data.LoadModels(_folder);
        using DataViewRowCursor cursor = models.GetRowCursor([models.Schema[ZooColumns.Weights], models.Schema[ModelColumns.Hash]]);
        ValueGetter<VBuffer<float>> weights = cursor.GetGetter<VBuffer<float>>(models.Schema[ZooColumns.Weights]);
        ValueGetter<ReadOnlyMemory<char>> hashes = cursor.GetGetter<ReadOnlyMemory<char>>(models.Schema[ModelColumns.Hash]);
        VBuffer<float> values = default;
        ReadOnlyMemory<char> hash = default;
        float sum = 0;
        while (cursor.MoveNext())
        {
            weights(ref values);
            hashes(ref hash);
            sum += values.GetValues()[0] + hash.Length;
        }

        return sum;
    }

    protected override void Prepare()
    {
        _folder = Directory.CreateTempSubdirectory("modelspace-benchmark").FullName;
        WeightLayout layout = new LinearAutoencoder(Hidden).GetLayout(new ImageShape(1, 28, 28));
        float[] weights = new float[layout.Length];
        var random = new Random(1);
        for (int i = 0; i < Files; i++)
        {
            for (int j = 0; j < weights.Length; j += 97)
                weights[j] = random.NextSingle();
            SafetensorsFile.Write(Path.Combine(_folder, $"{i:D4}.safetensors"), layout, weights);
        }
    }

    protected override void Release() => Directory.Delete(_folder, recursive: true);

    private sealed record Size : IWork
    {
        public double Amount => Files * 1.05;

        public string Unit => "MB/s";

        public override string ToString() => "1,000 files of 1 MB";
    }
}
