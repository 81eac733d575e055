using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using TorchSharp;
using static TorchSharp.torch;

namespace Engine.Tests.Torch;

/// <summary>Convolutions, transposed ones and their gradients, against PyTorch's figures and against the definition written out.</summary>
[Collection(SerialCollection.Name)]
public class ConvolutionTests
{
    private const string File = "torch/convolution.json";

    [ConformanceFact(File)]
    public void Convolutions_and_their_gradients_agree_with_PyTorch()
    {
        using var file = Conformance.Open(File);
        foreach (var entry in file.RootElement.EnumerateArray())
        {
            using var scope = NewDisposeScope();
            var (input, weight, bias) = (Part(entry, "input"), Part(entry, "weight"), Part(entry, "bias"));
            var name = $"{entry.GetProperty("op").GetString()} {entry.GetProperty("args")}";
            var output = Run(entry, input, weight, bias);
            Figures.Close(entry.GetProperty("output"), output, name);
            var gradients = autograd.grad([output], [input, weight, bias], [Figures.Tensor(entry.GetProperty("upstream"))]);
            Figures.Close(entry.GetProperty("grad_input"), gradients[0], $"gradient of {name} by the input");
            Figures.Close(entry.GetProperty("grad_weight"), gradients[1], $"gradient of {name} by the weight");
            Figures.Close(entry.GetProperty("grad_bias"), gradients[2], $"gradient of {name} by the bias");
        }
    }

    [Fact]
    public void A_convolution_is_its_definition_on_any_shape() => Prop.ForAll(Arb.From(s_cases), c =>
    {
        using var scope = NewDisposeScope();
        var (input, weight) = c.Tensors();
        var output = nn.functional.conv2d(input, weight, null, [c.StrideH, c.StrideW], [c.Padding, c.Padding], [c.Dilation, c.Dilation], c.Groups);
        Equal(c.Convolve(), output, c, "result");
    }).Check(s_config);

    [Fact]
    public void The_gradients_of_a_convolution_are_those_of_its_definition() => Prop.ForAll(Arb.From(s_cases), c =>
    {
        using var scope = NewDisposeScope();
        var (input, weight) = c.Tensors();
        var output = nn.functional.conv2d(
            input.requires_grad_(true), weight.requires_grad_(true), null, [c.StrideH, c.StrideW], [c.Padding, c.Padding], [c.Dilation, c.Dilation], c.Groups);
        if (output.numel() == 0)
            return;
        var upstream = Case.Numbers((int)output.numel(), 3);
        var (byInput, byWeight) = c.Gradients(upstream);
        var gradients = autograd.grad([output], [input, weight], [tensor(upstream, output.shape)]);
        Equal(byInput, gradients[0], c, "gradient by the input");
        Equal(byWeight, gradients[1], c, "gradient by the weight");
    }).Check(s_config);

    [Fact]
    public void A_transposed_convolution_is_the_gradient_of_the_convolution_by_its_input() => Prop.ForAll(Arb.From(s_cases), c =>
    {
        using var scope = NewDisposeScope();
        var upstream = Case.Numbers(c.Batch * c.Outputs * c.OutHeight * c.OutWidth, 4);
        var (_, weight) = c.Tensors();
        var (restH, restW) = (
            (c.Height + (2 * c.Padding) - (c.Dilation * (c.KernelHeight - 1)) - 1) % c.StrideH,
            (c.Width + (2 * c.Padding) - (c.Dilation * (c.KernelWidth - 1)) - 1) % c.StrideW);

        // PyTorch wants an output padding below the stride or the dilation; the remainder of a division by the stride always is.
        var output = nn.functional.conv_transpose2d(
            tensor(upstream, [c.Batch, c.Outputs, c.OutHeight, c.OutWidth]), weight, null, [c.StrideH, c.StrideW], [c.Padding, c.Padding], [restH, restW],
            [c.Dilation, c.Dilation], c.Groups);
        Equal(c.Gradients(upstream).ByInput, output, c, "transposed convolution");
    }).Check(s_config);

    [Theory]
    [InlineData(20, 1, 28, 28, 8, 3, 2, 1)]
    [InlineData(20, 1, 28, 28, 8, 4, 2, 1)]
    [InlineData(3, 1, 28, 28, 5, 7, 7, 0)]
    [InlineData(2, 3, 32, 32, 16, 3, 1, 1)]
    [InlineData(2, 17, 9, 9, 33, 3, 1, 1)]
    public void The_shapes_of_autoencoders_agree_in_single_precision(int batch, int inputs, int height, int width, int outputs, int kernel, int stride, int padding)
    {
        using var scope = NewDisposeScope();
        var c = new Case(batch, inputs, height, width, outputs, kernel, kernel, stride, stride, padding, 1, 1);
        var (input, weight) = c.Tensors();
        var (x, w) = (input.type(ScalarType.Float32).requires_grad_(true), weight.type(ScalarType.Float32).requires_grad_(true));
        var output = nn.functional.conv2d(x, w, null, [stride, stride], [padding, padding]);
        var upstream = Case.Numbers((int)output.numel(), 5);
        var gradients = autograd.grad([output], [x, w], [tensor(upstream, output.shape).type(ScalarType.Float32)]);
        var (byInput, byWeight) = c.Gradients(upstream);
        Equal(c.Convolve(), output, c, "result", 2e-5);
        Equal(byInput, gradients[0], c, "gradient by the input", 2e-5);

        // Sums of thousands of terms near 1, each rounded to 6e-8.
        Equal(byWeight, gradients[1], c, "gradient by the weight", 1e-3);
    }

    private static readonly FsCheck.Config s_config = FsCheck.Config.QuickThrowOnFailure.WithMaxTest(60);

    private static readonly Gen<Case> s_cases =
        (from groups in Gen.Frequency((3, Gen.Constant(1)), (1, Gen.Choose(2, 3)))
         from batch in Gen.Choose(1, 3)
         from inputs in Gen.Choose(1, 3)
         from outputs in Gen.Choose(1, 8)
         from height in Gen.Choose(1, 12)
         from width in Gen.Choose(1, 21)
         from kernelHeight in Gen.Choose(1, 4)
         from kernelWidth in Gen.Choose(1, 4)
         from strideH in Gen.Choose(1, 3)
         from strideW in Gen.Choose(1, 3)
         from padding in Gen.Choose(0, 2)
         from dilation in Gen.Choose(1, 2)
         select new Case(batch, groups * inputs, height, width, groups * outputs, kernelHeight, kernelWidth, strideH, strideW, padding, dilation, groups))
        .Where(c => c.OutHeight > 0 && c.OutWidth > 0 && c.Height + (2 * c.Padding) > c.Dilation * (c.KernelHeight - 1)
            && c.Width + (2 * c.Padding) > c.Dilation * (c.KernelWidth - 1));

    private static void Equal(double[] expected, Tensor actual, Case c, string what, double tolerance = 1e-11)
        => Figures.Close(expected, actual, $"{what} of {c}", tolerance, tolerance);

    private static Tensor Part(JsonElement entry, string name) => Figures.Tensor(entry.GetProperty(name), gradient: true);

    private static Tensor Run(JsonElement entry, Tensor input, Tensor weight, Tensor bias)
    {
        var arguments = entry.GetProperty("args");
        long[] Pair(string name, long missing)
        {
            var value = arguments.TryGetProperty(name, out var given) ? given.GetInt64() : missing;
            return [value, value];
        }

        var groups = arguments.TryGetProperty("groups", out var g) ? g.GetInt64() : 1;
        return entry.GetProperty("op").GetString() switch
        {
            "conv2d" => nn.functional.conv2d(input, weight, bias, Pair("stride", 1), Pair("padding", 0), Pair("dilation", 1), groups),
            "conv_transpose2d" => nn.functional.conv_transpose2d(
                input, weight, bias, Pair("stride", 1), Pair("padding", 0), Pair("output_padding", 0), Pair("dilation", 1), groups),
            var other => throw new InvalidDataException($"{File}: {other} is not compared."),
        };
    }

    /// <summary>One convolution, and its definition as loops.</summary>
    private sealed record Case(
        int Batch, int Inputs, int Height, int Width, int Outputs, int KernelHeight, int KernelWidth, int StrideH, int StrideW, int Padding, int Dilation, int Groups)
    {
        public int OutHeight => ((Height + (2 * Padding) - (Dilation * (KernelHeight - 1)) - 1) / StrideH) + 1;

        public int OutWidth => ((Width + (2 * Padding) - (Dilation * (KernelWidth - 1)) - 1) / StrideW) + 1;

        private double[] Input => Numbers(Batch * Inputs * Height * Width, 1);

        private double[] Weight => Numbers(Outputs * (Inputs / Groups) * KernelHeight * KernelWidth, 2);

        public static double[] Numbers(int count, int seed)
        {
            var random = new Random(seed);
            return [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextDouble()) - 1)];
        }

        public (Tensor Input, Tensor Weight) Tensors() => (
            tensor(Input, [Batch, Inputs, Height, Width]), tensor(Weight, [Outputs, Inputs / Groups, KernelHeight, KernelWidth]));

        public double[] Convolve()
        {
            var (input, weight, output) = (Input, Weight, new double[Batch * Outputs * OutHeight * OutWidth]);
            ForEachTap((o, i, w) => output[o] += input[i] * weight[w]);
            return output;
        }

        public (double[] ByInput, double[] ByWeight) Gradients(double[] upstream)
        {
            var (input, weight) = (Input, Weight);
            var (byInput, byWeight) = (new double[input.Length], new double[weight.Length]);
            ForEachTap((o, i, w) =>
            {
                byInput[i] += upstream[o] * weight[w];
                byWeight[w] += upstream[o] * input[i];
            });
            return (byInput, byWeight);
        }

        private void ForEachTap(Action<int, int, int> visit)
        {
            var channels = Inputs / Groups;
            for (var o = 0; o < Batch * Outputs * OutHeight * OutWidth; o++)
            {
                var (y, x) = (o / OutWidth % OutHeight, o % OutWidth);
                var (n, co) = (o / (Outputs * OutHeight * OutWidth), o / (OutHeight * OutWidth) % Outputs);
                for (var w = 0; w < channels * KernelHeight * KernelWidth; w++)
                {
                    var (ci, ky, kx) = (w / (KernelHeight * KernelWidth), w / KernelWidth % KernelHeight, w % KernelWidth);
                    var (row, column) = ((y * StrideH) + (ky * Dilation) - Padding, (x * StrideW) + (kx * Dilation) - Padding);
                    if (row < 0 || row >= Height || column < 0 || column >= Width)
                        continue;
                    var channel = (co / (Outputs / Groups) * channels) + ci;
                    visit(o, (((((n * Inputs) + channel) * Height) + row) * Width) + column, (co * channels * KernelHeight * KernelWidth) + w);
                }
            }
        }
    }
}
