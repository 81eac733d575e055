using System.Numerics;

namespace TorchSharp.Kernels;

/// <summary>Two-dimensional convolution (cross-correlation, as in PyTorch) over contiguous NCHW tensors, and its gradients.</summary>
/// <remarks>
/// No patch matrix is made. A few images at a time are copied into planes that carry the padding, one plane a stride phase (row and column modulo the
/// stride), so that every tap of the kernel is a fixed distance into a plane and whole registers of neighbouring results read whole registers of input.
/// A convolution is then a product of the weights with rows that overlap (<see cref="Planes"/>); its gradient by the input is one such product for every
/// stride phase of the input; its gradient by the weights is a table of dot products of the result's gradient with those rows.
/// </remarks>
internal static partial class Convolution
{
    /// <summary>Above this many stride phases the gradient by the input goes by <see cref="BackwardInputByColumns"/>.</summary>
    private const int MostPhases = 4;

    /// <summary>output ← input ⋆ weight + bias. An empty <paramref name="bias"/> is none.</summary>
    /// <exception cref="ArgumentException">A tensor does not have the size that the shape says.</exception>
    public static void Forward<T>(in ConvolutionShape shape, ReadOnlySpan<T> input, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias, Span<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(shape, input.Length, weight.Length, output.Length);
        if (!bias.IsEmpty && bias.Length < shape.OutChannels)
            throw new ArgumentException($"A bias of {bias.Length} elements for {shape.OutChannels} channels.");
        if (shape.OutputLength == 0)
            return;
        using var scratch = Scratch.Begin();
        var zeros = bias.IsEmpty ? scratch.RentCleared<T>(shape.OutChannels) : bias;
        var planes = new ForwardPlanes(shape);
        var (inputs, outputs) = (shape.InChannels / shape.Groups, shape.OutChannels / shape.Groups);
        var depth = inputs * shape.KernelHeight * shape.KernelWidth;
        var offsets = scratch.Rent<int>(depth);
        planes.Offsets(inputs, offsets);
        var grid = Grid.For<T>(shape.OutHeight, shape.OutWidth, planes.Width, inputs * planes.ChannelLength, outputs, shape.Batch);
        var positions = scratch.Rent<int>(grid.PaddedVectors);
        var buffer = scratch.RentCleared<T>((grid.Images * grid.ImageLength) + Grid.Slack);
        var results = scratch.Rent<T>((outputs * grid.ResultLength) + Grid.Slack);
        for (var image = 0; image < shape.Batch; image += grid.Images)
        {
            var images = Math.Min(grid.Images, shape.Batch - image);
            grid.Positions(images, positions);
            for (var group = 0; group < shape.Groups; group++)
            {
                planes.Fill(input, image, images, group * inputs, inputs, buffer);
                Correlate<T>(
                    grid.PaddedVectorsOf(images), outputs, depth, weight.Slice(group * outputs * depth, outputs * depth), zeros.Slice(group * outputs, outputs),
                    buffer, offsets, positions, results, grid.ResultLength);
                grid.CopyResults<T>(
                    images, outputs, results,
                    output.Slice(((image * shape.OutChannels) + (group * outputs)) * shape.OutHeight * shape.OutWidth), shape.OutChannels * shape.OutHeight * shape.OutWidth);
            }
        }
    }

    /// <summary>The gradient by the input, which is also the transposed convolution of <paramref name="gradOutput"/>.</summary>
    /// <exception cref="ArgumentException">A tensor does not have the size that the shape says.</exception>
    public static void BackwardInput<T>(in ConvolutionShape shape, ReadOnlySpan<T> gradOutput, ReadOnlySpan<T> weight, Span<T> gradInput)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(shape, gradInput.Length, weight.Length, gradOutput.Length);
        if (shape.InputLength == 0)
            return;
        if (shape.OutputLength == 0)
        {
            gradInput[..shape.InputLength].Clear();
            return;
        }

        if (shape.StrideH * shape.StrideW > MostPhases)
            BackwardInputByColumns(shape, gradOutput, weight, gradInput);
        else
            BackwardInputByPhases(shape, gradOutput, weight, gradInput);
    }

    /// <summary>The gradient by the weight; added to what is there when <paramref name="accumulate"/> is set.</summary>
    /// <exception cref="ArgumentException">A tensor does not have the size that the shape says.</exception>
    public static void BackwardWeight<T>(in ConvolutionShape shape, ReadOnlySpan<T> input, ReadOnlySpan<T> gradOutput, Span<T> gradWeight, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(shape, input.Length, gradWeight.Length, gradOutput.Length);
        if (!accumulate)
            gradWeight[..shape.WeightLength].Clear();
        if (shape.OutputLength == 0)
            return;
        using var scratch = Scratch.Begin();
        var planes = new ForwardPlanes(shape);
        var (inputs, outputs) = (shape.InChannels / shape.Groups, shape.OutChannels / shape.Groups);
        var depth = inputs * shape.KernelHeight * shape.KernelWidth;
        var offsets = scratch.Rent<int>(depth);
        planes.Offsets(inputs, offsets);
        var grid = Grid.For<T>(shape.OutHeight, shape.OutWidth, planes.Width, inputs * planes.ChannelLength, outputs, shape.Batch);
        var positions = scratch.Rent<int>(grid.PaddedVectors);
        var buffer = scratch.RentCleared<T>((grid.Images * grid.ImageLength) + Grid.Slack);
        var gradients = scratch.RentCleared<T>((outputs * grid.ResultLength) + Grid.Slack);
        for (var image = 0; image < shape.Batch; image += grid.Images)
        {
            var images = Math.Min(grid.Images, shape.Batch - image);
            grid.Positions(images, positions);
            for (var group = 0; group < shape.Groups; group++)
            {
                planes.Fill(input, image, images, group * inputs, inputs, buffer);
                grid.SpreadGradients(
                    images, outputs,
                    gradOutput.Slice(((image * shape.OutChannels) + (group * outputs)) * shape.OutHeight * shape.OutWidth), shape.OutChannels * shape.OutHeight * shape.OutWidth,
                    gradients);
                Contract<T>(
                    grid.VectorsOf(images), outputs, depth, gradients, grid.ResultLength, buffer, offsets, positions, gradWeight.Slice(group * outputs * depth, outputs * depth));
            }
        }
    }

    /// <summary>The gradient by the bias: the sum over batch and space; added to what is there when <paramref name="accumulate"/> is set.</summary>
    public static void BackwardBias<T>(in ConvolutionShape shape, ReadOnlySpan<T> gradOutput, Span<T> gradBias, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Elementwise.SumOverChannels(shape.Batch, shape.OutChannels, shape.OutHeight * shape.OutWidth, gradOutput, gradBias, accumulate);

    private static void BackwardInputByPhases<T>(in ConvolutionShape shape, ReadOnlySpan<T> gradOutput, ReadOnlySpan<T> weight, Span<T> gradInput)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scratch = Scratch.Begin();
        var planes = new BackwardPlanes(shape);
        var (inputs, outputs) = (shape.InChannels / shape.Groups, shape.OutChannels / shape.Groups);
        var grid = Grid.For<T>(planes.MostRows, planes.MostColumns, planes.Width, outputs * planes.ChannelLength, inputs, shape.Batch);
        var phases = shape.StrideH * shape.StrideW;
        var taps = outputs * shape.KernelHeight * shape.KernelWidth;
        var offsets = scratch.Rent<int>(taps);
        var weights = scratch.Rent<T>(inputs * taps);
        var depths = scratch.Rent<int>(phases);
        var zeros = scratch.RentCleared<T>(inputs);
        var positions = scratch.Rent<int>(grid.PaddedVectors);
        var buffer = scratch.RentCleared<T>((grid.Images * grid.ImageLength) + Grid.Slack);
        var results = scratch.Rent<T>((shape.StrideW * inputs * grid.ResultLength) + Grid.Slack);
        for (var group = 0; group < shape.Groups; group++)
        {
            for (int phase = 0, done = 0; phase < phases; done += depths[phase++])
                depths[phase] = planes.Taps(phase, group, weight, weights[(inputs * done)..], offsets[done..]);
            for (var image = 0; image < shape.Batch; image += grid.Images)
            {
                var images = Math.Min(grid.Images, shape.Batch - image);
                grid.Positions(images, positions);
                planes.Fill(gradOutput, image, images, group * outputs, outputs, buffer);
                for (int phase = 0, done = 0; phase < phases; done += depths[phase++])
                {
                    var (y, x) = Math.DivRem(phase, shape.StrideW);
                    Correlate<T>(
                        grid.PaddedVectorsOf(images), inputs, depths[phase], weights[(inputs * done)..], zeros, buffer, offsets[done..], positions,
                        results[(x * inputs * grid.ResultLength)..], grid.ResultLength);
                    for (var i = 0; x == shape.StrideW - 1 && i < images * inputs; i++)
                    {
                        var (n, channel) = Math.DivRem(i, inputs);
                        planes.Scatter(
                            y, results[((channel * grid.ResultLength) + (n * grid.ResultsOfImage))..], inputs * grid.ResultLength, grid.ResultWidth,
                            gradInput.Slice((((image + n) * shape.InChannels) + (group * inputs) + channel) * shape.InHeight * shape.InWidth));
                    }
                }
            }
        }
    }

    /// <summary>
    /// For large strides, where a tap meets few results and phases are many: a matrix product gives what every tap passes back, and that is added where it belongs.
    /// </summary>
    private static void BackwardInputByColumns<T>(in ConvolutionShape shape, ReadOnlySpan<T> gradOutput, ReadOnlySpan<T> weight, Span<T> gradInput)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scratch = Scratch.Begin();
        gradInput[..shape.InputLength].Clear();
        var (inputs, outputs, results) = (shape.InChannels / shape.Groups, shape.OutChannels / shape.Groups, shape.OutHeight * shape.OutWidth);
        var taps = inputs * shape.KernelHeight * shape.KernelWidth;
        var columns = scratch.Rent<T>(taps * results);
        for (var i = 0; i < shape.Batch * shape.Groups; i++)
        {
            var (image, group) = Math.DivRem(i, shape.Groups);
            Gemm.Multiply(
                true, false, taps, results, outputs, T.One, weight.Slice(group * outputs * taps, outputs * taps), taps,
                gradOutput.Slice(i * outputs * results, outputs * results), results, T.Zero, columns, results);
            AddColumns(shape, columns, gradInput.Slice(i * inputs * shape.InHeight * shape.InWidth, inputs * shape.InHeight * shape.InWidth));
        }
    }

    private static void AddColumns<T>(in ConvolutionShape s, ReadOnlySpan<T> columns, Span<T> gradInput)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (height, width, kernel) = (s.OutHeight, s.OutWidth, s.KernelHeight * s.KernelWidth);
        for (var tap = 0; columns.Length > 0; tap++)
        {
            var (y, x) = ((tap % kernel / s.KernelWidth * s.DilationH) - s.PaddingH, (tap % s.KernelWidth * s.DilationW) - s.PaddingW);
            var first = Math.Min(width, x >= 0 ? 0 : (-x + s.StrideW - 1) / s.StrideW);
            var last = x >= s.InWidth ? first : Math.Clamp(((s.InWidth - 1 - x) / s.StrideW) + 1, first, width);
            for (var r = 0; r < height; r++, columns = columns[width..])
            {
                var row = (r * s.StrideH) + y;
                if ((uint)row >= (uint)s.InHeight)
                    continue;
                var target = gradInput.Slice(((tap / kernel * s.InHeight) + row) * s.InWidth, s.InWidth);
                for (var c = first; c < last; c++)
                    target[(c * s.StrideW) + x] += columns[c];
            }
        }
    }

    private static void Check(in ConvolutionShape shape, int input, int weight, int output)
    {
        if (input < shape.InputLength || weight < shape.WeightLength || output < shape.OutputLength)
            throw new ArgumentException($"Tensors of {input}, {weight} and {output} elements for a convolution of {shape}.");
    }
}
