using System.Numerics;
using System.Numerics.Tensors;

namespace TorchSharp.Kernels;

/// <summary>Two-dimensional convolution (cross-correlation, as in PyTorch) over contiguous NCHW tensors, and its gradients.</summary>
/// <remarks>
/// For strides up to two no patch matrix is made. A few images at a time are copied into planes that carry the padding, one plane a stride phase (row and column modulo the
/// stride), so that every tap of the kernel is a fixed distance into a plane and whole registers of neighbouring results read whole registers of input.
/// A convolution is then a product of the weights with rows that overlap (<see cref="Planes"/>); its gradient by the input is one such product for every
/// stride phase of the input; its gradient by the weights is a table of dot products of the result's gradient with those rows.
/// </remarks>
internal static partial class Convolution
{
    /// <summary>Above this many stride phases patches are gathered (<c>Convolution.Patches.cs</c>).</summary>
    private const int MostPhases = 4;

    /// <summary>Up to this many products the gradient by the weight takes no time worth saving.</summary>
    private const int FewProducts = 1 << 16;

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
        if (PrefersPatches(shape))
            ForwardByPatches(shape, input, weight, bias, output);
        else if (Threads.Pays(Work(shape)))
            ForwardInParts(shape, input, weight, bias, output);
        else
            ForwardByPlanes(shape, input, weight, bias, output);
    }

    private static void ForwardByPlanes<T>(in ConvolutionShape shape, ReadOnlySpan<T> input, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias, Span<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scratch = Scratch.Begin();
        var zeros = bias.IsEmpty ? scratch.RentCleared<T>(shape.OutChannels) : bias;
        var planes = new ForwardPlanes(shape);
        var (inputs, outputs) = (shape.InChannels / shape.Groups, shape.OutChannels / shape.Groups);
        var depth = inputs * shape.KernelHeight * shape.KernelWidth;
        var offsets = scratch.Rent<int>(depth);
        planes.Offsets(inputs, offsets);
        var grid = Grid.For<T>(shape.OutHeight, shape.OutWidth, planes.Width, inputs * planes.ChannelLength, shape.Batch, inPlace: true);
        var positions = scratch.Rent<int>(grid.PaddedVectors);
        var places = scratch.Rent<int>(grid.PaddedVectors);
        var buffer = scratch.RentCleared<T>((grid.Images * grid.ImageLength) + Grid.Slack);
        var results = grid.IsInPlace ? default : scratch.Rent<T>((outputs * grid.ResultLength) + Grid.Slack);
        var plane = shape.OutHeight * shape.OutWidth;
        for (var image = 0; image < shape.Batch; image += grid.Images)
        {
            var images = Math.Min(grid.Images, shape.Batch - image);
            if (image == 0 || images < grid.Images)
                grid.Positions(images, shape.OutChannels * plane, positions, places);
            for (var group = 0; group < shape.Groups; group++)
            {
                planes.Fill(input, image, images, group * inputs, inputs, buffer);
                var target = output[(((image * shape.OutChannels) + (group * outputs)) * plane)..];
                Correlate<T>(
                    grid.PaddedVectorsOf(images), outputs, depth, weight.Slice(group * outputs * depth, outputs * depth), zeros.Slice(group * outputs, outputs),
                    buffer, offsets, positions, places, grid.IsInPlace ? target : results, grid.IsInPlace ? plane : grid.ResultLength);
                if (!grid.IsInPlace)
                    grid.CopyResults<T>(images, outputs, results, target, shape.OutChannels * plane);
            }
        }
    }

    /// <summary>The gradient by the input, which is also the transposed convolution of <paramref name="gradOutput"/>.</summary>
    /// <param name="bias">Of the transposed convolution, one for each channel of the input; empty for none.</param>
    /// <exception cref="ArgumentException">A tensor does not have the size that the shape says.</exception>
    public static void BackwardInput<T>(
        in ConvolutionShape shape, ReadOnlySpan<T> gradOutput, ReadOnlySpan<T> weight, Span<T> gradInput, ReadOnlySpan<T> bias = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(shape, gradInput.Length, weight.Length, gradOutput.Length);
        if (shape.InputLength == 0)
            return;
        if (shape.OutputLength == 0)
        {
            gradInput[..shape.InputLength].Clear();
            if (!bias.IsEmpty)
                Elementwise.AddBiasOverChannels(shape.Batch, shape.InChannels, shape.InHeight * shape.InWidth, gradInput, bias, gradInput);
            return;
        }

        if (PrefersPatches(shape))
            BackwardInputByPatches(shape, gradOutput, weight, bias, gradInput);
        else if (Threads.Pays(Work(shape)))
            BackwardInputInParts(shape, gradOutput, weight, bias, gradInput);
        else
            BackwardInputByPhases(shape, gradOutput, weight, bias, gradInput);
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
        if (typeof(T) == typeof(float) && (long)shape.WeightLength * shape.Batch * shape.OutHeight * shape.OutWidth <= FewProducts)
            BackwardWeightInDouble(shape, input, gradOutput, gradWeight);
        else if (PrefersPatches(shape))
            BackwardWeightByPatches(shape, input, gradOutput, gradWeight);
        else if (shape.Groups == 1 && Threads.Pays(Work(shape)))
            BackwardWeightInParts(shape, input, gradOutput, gradWeight);
        else
            BackwardWeightByPlanes(shape, input, gradOutput, gradWeight, 0, shape.OutChannels / shape.Groups);
    }

    /// <summary>Where there is little to add up, in double precision: terms that nearly cancel leave no error that depends on the machine's registers.</summary>
    private static void BackwardWeightInDouble<T>(in ConvolutionShape shape, ReadOnlySpan<T> input, ReadOnlySpan<T> gradOutput, Span<T> gradWeight)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scratch = Scratch.Begin();
        var x = scratch.Rent<double>(shape.InputLength);
        var g = scratch.Rent<double>(shape.OutputLength);
        var w = scratch.Rent<double>(shape.WeightLength);
        TensorPrimitives.ConvertTruncating(input[..x.Length], x);
        TensorPrimitives.ConvertTruncating(gradOutput[..g.Length], g);
        TensorPrimitives.ConvertTruncating<T, double>(gradWeight[..w.Length], w);
        BackwardWeight<double>(shape, x, g, w, accumulate: true);
        TensorPrimitives.ConvertTruncating<double, T>(w, gradWeight);
    }

    /// <param name="first">The first channel of the result in each group whose weights get their gradient.</param>
    /// <param name="outputs">How many channels of a group do.</param>
    private static void BackwardWeightByPlanes<T>(
        in ConvolutionShape shape, ReadOnlySpan<T> input, ReadOnlySpan<T> gradOutput, Span<T> gradWeight, int first, int outputs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scratch = Scratch.Begin();
        var planes = new ForwardPlanes(shape);
        var (inputs, channels) = (shape.InChannels / shape.Groups, shape.OutChannels / shape.Groups);
        var depth = inputs * shape.KernelHeight * shape.KernelWidth;
        var offsets = scratch.Rent<int>(depth);
        planes.Offsets(inputs, offsets);
        var grid = Grid.For<T>(shape.OutHeight, shape.OutWidth, planes.Width, inputs * planes.ChannelLength, shape.Batch, inPlace: true);
        var positions = scratch.Rent<int>(grid.PaddedVectors);
        var places = scratch.Rent<int>(grid.PaddedVectors);
        var buffer = scratch.RentCleared<T>((grid.Images * grid.ImageLength) + Grid.Slack);
        var gradients = grid.IsInPlace ? default : scratch.RentCleared<T>((outputs * grid.ResultLength) + Grid.Slack);
        var plane = shape.OutHeight * shape.OutWidth;
        for (var image = 0; image < shape.Batch; image += grid.Images)
        {
            var images = Math.Min(grid.Images, shape.Batch - image);
            if (image == 0 || images < grid.Images)
                grid.Positions(images, shape.OutChannels * plane, positions, places);
            for (var group = 0; group < shape.Groups; group++)
            {
                planes.Fill(input, image, images, group * inputs, inputs, buffer);
                var source = gradOutput[(((image * shape.OutChannels) + (group * channels) + first) * plane)..];
                if (!grid.IsInPlace)
                    grid.SpreadGradients(images, outputs, source, shape.OutChannels * plane, gradients);
                Contract(
                    grid.VectorsOf(images), outputs, depth, grid.IsInPlace ? source : gradients, grid.IsInPlace ? plane : grid.ResultLength, buffer, offsets,
                    positions, places, grid.WholeVectorsOf(images), grid.Fresh, gradWeight.Slice(((group * channels) + first) * depth, outputs * depth));
            }
        }
    }

    private static void BackwardInputByPhases<T>(
        in ConvolutionShape shape, ReadOnlySpan<T> gradOutput, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias, Span<T> gradInput)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scratch = Scratch.Begin();
        var planes = new BackwardPlanes(shape);
        var (inputs, outputs) = (shape.InChannels / shape.Groups, shape.OutChannels / shape.Groups);
        var phases = shape.StrideH * shape.StrideW;
        var grid = Grid.For<T>(planes.MostRows, planes.MostColumns, planes.Width, outputs * planes.ChannelLength, shape.Batch, inPlace: phases == 1);
        var taps = outputs * shape.KernelHeight * shape.KernelWidth;
        var offsets = scratch.Rent<int>(taps);
        var weights = scratch.Rent<T>(inputs * taps);
        var depths = scratch.Rent<int>(phases);
        var zeros = bias.IsEmpty ? scratch.RentCleared<T>(shape.InChannels) : bias;
        var positions = scratch.Rent<int>(grid.PaddedVectors);
        var places = scratch.Rent<int>(grid.PaddedVectors);
        var buffer = scratch.RentCleared<T>((grid.Images * grid.ImageLength) + Grid.Slack);
        var results = grid.IsInPlace ? default : scratch.Rent<T>((shape.StrideW * inputs * grid.ResultLength) + Grid.Slack);
        var plane = shape.InHeight * shape.InWidth;
        for (var group = 0; group < shape.Groups; group++)
        {
            for (int phase = 0, done = 0; phase < phases; done += depths[phase++])
                depths[phase] = planes.Taps(phase, group, weight, weights[(inputs * done)..], offsets[done..]);
            for (var image = 0; image < shape.Batch; image += grid.Images)
            {
                var images = Math.Min(grid.Images, shape.Batch - image);
                if (image == 0 || images < grid.Images)
                    grid.Positions(images, shape.InChannels * plane, positions, places);
                planes.Fill(gradOutput, image, images, group * outputs, outputs, buffer);
                var target = gradInput[(((image * shape.InChannels) + (group * inputs)) * plane)..];
                for (int phase = 0, done = 0; phase < phases; done += depths[phase++])
                {
                    var (y, x) = Math.DivRem(phase, shape.StrideW);
                    Correlate<T>(
                        grid.PaddedVectorsOf(images), inputs, depths[phase], weights[(inputs * done)..], zeros.Slice(group * inputs, inputs), buffer, offsets[done..],
                        positions, places, grid.IsInPlace ? target : results[(x * inputs * grid.ResultLength)..], grid.IsInPlace ? plane : grid.ResultLength);
                    for (var i = 0; !grid.IsInPlace && x == shape.StrideW - 1 && i < images * inputs; i++)
                    {
                        var (n, channel) = Math.DivRem(i, inputs);
                        planes.Scatter(
                            y, results[((channel * grid.ResultLength) + (n * grid.ResultsOfImage))..], inputs * grid.ResultLength, grid.ResultWidth,
                            target[(((n * shape.InChannels) + channel) * plane)..]);
                    }
                }
            }
        }
    }

    private static void Check(in ConvolutionShape shape, int input, int weight, int output)
    {
        if (input < shape.InputLength || weight < shape.WeightLength || output < shape.OutputLength)
            throw new ArgumentException($"Tensors of {input}, {weight} and {output} elements for a convolution of {shape}.");
    }
}
