using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using Microsoft.ML;

namespace MLNetModelSpace.Benchmarks.MicrosoftML;

/// <summary>What says how fast the machine is at the moment, beside the work of a class: a pass through 256 MB of memory and a matrix product.</summary>
public abstract class MachineBenchmark
{
    private readonly float[] _memory = new float[64_000_000];
    private readonly float[] _matrix = new float[512 * 512];
    private readonly float[] _product = new float[512 * 512];

    protected MachineBenchmark() => Array.Fill(_memory, 1);

    protected MLContext ML { get; } = new(1);

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
}
