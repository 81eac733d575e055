using BenchmarkDotNet.Attributes;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace.Benchmarks.TorchSharp;

/// <summary>Float32 convolutions, batch 20: forward, the transposed one with the same sizes, and both gradients.</summary>
public class ConvolutionBenchmarks : TorchBenchmark
{
    private Tensor _input = null!;
    private Tensor _weight = null!;
    private Tensor _output = null!;
    private Tensor _tracked = null!;
    private Tensor _trackedWeight = null!;

    public static IEnumerable<object> Shapes =>
    [
        new Convolution(1, 28, 8, 3, 2, 1), new Convolution(1, 28, 8, 4, 2, 1), new Convolution(1, 28, 16, 7, 7, 0), new Convolution(3, 32, 16, 3, 1, 1),
        new Convolution(16, 32, 16, 3, 1, 1),
    ];

    [ParamsSource(nameof(Shapes))]
    public object Shape { get; set; } = null!;

    private Convolution Case => (Convolution)Shape;

    [Benchmark(Description = "conv2d")]
    public void Forward()
    {
        using var result = nn.functional.conv2d(_input, _weight, null, Case.Strides, Case.Paddings);
    }

    [Benchmark(Description = "conv_transpose2d")]
    public void Transposed()
    {
        using var result = nn.functional.conv_transpose2d(_output, _weight, null, Case.Strides, Case.Paddings);
    }

    /// <summary>Three products of the size of the forward one, which the rate counts as one.</summary>
    [Benchmark(Description = "conv2d with both gradients")]
    public void Gradients()
    {
        using var scope = NewDisposeScope();
        var result = nn.functional.conv2d(_tracked, _trackedWeight, null, Case.Strides, Case.Paddings);
        autograd.grad([result], [_tracked, _trackedWeight], [_output]);
    }

    protected override void Prepare()
    {
        var c = Case;
        (_input, _weight) = (rand(20, c.Inputs, c.Size, c.Size), rand(c.Outputs, c.Inputs, c.Kernel, c.Kernel));
        (_tracked, _trackedWeight) = (_input.clone().requires_grad_(true), _weight.clone().requires_grad_(true));
        _output = nn.functional.conv2d(_input, _weight, null, c.Strides, c.Paddings);
    }

    protected override void Release()
    {
        foreach (var tensor in new[] { _input, _weight, _output, _tracked, _trackedWeight })
            tensor.Dispose();
    }

    private sealed record Convolution(int Inputs, int Size, int Outputs, int Kernel, int Stride, int Padding) : IWork
    {
        public long[] Strides => [Stride, Stride];

        public long[] Paddings => [Padding, Padding];

        public double Amount => 2e-9 * 20 * Outputs * Inputs * Kernel * Kernel * Math.Pow(((Size + (2 * Padding) - Kernel) / Stride) + 1, 2);

        public string Unit => "GFLOP/s";

        public override string ToString() => $"{Inputs}→{Outputs} {Size}x{Size} k{Kernel} s{Stride} p{Padding}";
    }
}
