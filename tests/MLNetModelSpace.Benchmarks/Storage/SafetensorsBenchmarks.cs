using BenchmarkDotNet.Attributes;

namespace MLNetModelSpace.Benchmarks.Zoo;

/// <summary>
/// Safetensors, in MB/s of weights: files of a zoo's linear models (0.2 MB) and one of 64 MB, written, read, and read where they lie in mapped memory.
/// The files are in the system's cache, so this is what the format costs, not the disk.
/// </summary>
public class SafetensorsBenchmarks : TorchBenchmark
{
    private string _folder = null!;
    private float[] _weights = null!;
    private WeightLayout _layout = null!;

    public static IEnumerable<object> Sizes => [new Size("0.2 MB (linear 784→32→784)", 50_992), new Size("64 MB", 16_000_000)];

    [ParamsSource(nameof(Sizes))]
    public object File { get; set; } = null!;

    private string Path => System.IO.Path.Combine(_folder, "model.safetensors");

    [Benchmark(Description = "write")]
    public void Write() => SafetensorsFile.Write(System.IO.Path.Combine(_folder, "written.safetensors"), _layout, _weights);

    [Benchmark(Description = "read")]
    public float Read()
    {
        using var file = SafetensorsFile.Open(Path);
        file.CopyTo(_weights);
        return _weights[^1];
    }

    [Benchmark(Description = "read mapped, copied")]
    public float ReadMapped()
    {
        using var file = SafetensorsFile.OpenMapped(Path);
        file.CopyTo(_weights);
        return _weights[^1];
    }

    /// <summary>Every page is touched, nothing is copied.</summary>
    [Benchmark(Description = "read mapped, in place")]
    public int TouchMapped()
    {
        using var file = SafetensorsFile.OpenMapped(Path);
        var bytes = file.GetBytes(0);
        var sum = 0;
        for (var i = 0; i < bytes.Length; i += 4096)
            sum += bytes[i];
        return sum;
    }

    protected override void Prepare()
    {
        _folder = Directory.CreateTempSubdirectory("modelspace-benchmark").FullName;
        _weights = new float[((Size)File).Elements];
        for (var i = 0; i < _weights.Length; i++)
            _weights[i] = i;
        _layout = new WeightLayout([new TensorLayout("weight", _weights.Length)], "");
        SafetensorsFile.Write(Path, _layout, _weights);
    }

    protected override void Release() => Directory.Delete(_folder, recursive: true);

    private sealed record Size(string Name, int Elements) : IWork
    {
        public double Amount => Elements * 4e-6;

        public string Unit => "MB/s";

        public override string ToString() => Name;
    }
}
