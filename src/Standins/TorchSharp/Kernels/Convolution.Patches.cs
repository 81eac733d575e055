using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace TorchSharp.Kernels;

/// <content>
/// For large strides, where planes would be many and short: patches overlap little or not at all, so they are brought together as the rows of a matrix,
/// some images at a time, and all three products are matrix products.
/// </content>
internal static unsafe partial class Convolution
{
    /// <summary>Bytes of patches at a time: half a second-level cache of 256 KB.</summary>
    private const int PatchBytes = 128 << 10;

    private static bool PrefersPatches(in ConvolutionShape shape) => shape.StrideH * shape.StrideW > MostPhases;

    /// <summary>output ← patches · weightᵀ + bias, position by position, and then turned channel by channel.</summary>
    private static void ForwardByPatches<T>(in ConvolutionShape shape, ReadOnlySpan<T> input, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias, Span<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scratch = Scratch.Begin();
        var rows = new Patches(shape, sizeof(T));
        var patches = scratch.Rent<T>(rows.Length + Patches.Slack);
        var results = scratch.Rent<T>(rows.Images * rows.Positions * rows.Outputs);
        for (var image = 0; image < shape.Batch; image += rows.Images)
        {
            var images = Math.Min(rows.Images, shape.Batch - image);
            for (var group = 0; group < shape.Groups; group++)
            {
                rows.Gather(input, image, images, group, patches);
                Gemm.Multiply(
                    false, true, images * rows.Positions, rows.Outputs, rows.Depth, T.One, patches, rows.Depth, rows.WeightOf(weight, group), rows.Depth,
                    bias.IsEmpty ? T.Zero : T.One, results, rows.Outputs, bias.IsEmpty ? bias : bias.Slice(group * rows.Outputs, rows.Outputs));
                for (var i = 0; i < images; i++)
                {
                    Gemm.Transpose(
                        rows.Positions, rows.Outputs, results[(i * rows.Positions * rows.Outputs)..],
                        output.Slice(rows.ResultOf(image + i, group), rows.Positions * rows.Outputs));
                }
            }
        }
    }

    /// <summary>The gradient by the input: gradOutputᵀ · weight gives what every patch passes back, which is added where the patch was taken.</summary>
    private static void BackwardInputByPatches<T>(
        in ConvolutionShape shape, ReadOnlySpan<T> gradOutput, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias, Span<T> gradInput)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scratch = Scratch.Begin();
        var rows = new Patches(shape, sizeof(T));
        var patches = scratch.Rent<T>(rows.Length + Patches.Slack);
        var gradients = scratch.Rent<T>(rows.Images * rows.Positions * rows.Outputs);
        var plane = shape.InHeight * shape.InWidth;
        for (var i = 0; i < shape.Batch * shape.InChannels && !rows.CoversOnce; i++)
            gradInput.Slice(i * plane, plane).Fill(bias.IsEmpty ? T.Zero : bias[i % shape.InChannels]);
        for (var image = 0; image < shape.Batch; image += rows.Images)
        {
            var images = Math.Min(rows.Images, shape.Batch - image);
            for (var group = 0; group < shape.Groups; group++)
            {
                rows.Turn(gradOutput, image, images, group, gradients);
                Gemm.Multiply(
                    false, false, images * rows.Positions, rows.Depth, rows.Outputs, T.One, gradients, rows.Outputs, rows.WeightOf(weight, group), rows.Depth, T.Zero,
                    patches, rows.Depth);
                if (rows.CoversOnce)
                    rows.Put(patches, image, images, group, bias, gradInput);
                else
                    rows.Add(patches, image, images, group, gradInput);
            }
        }
    }

    /// <summary>gradWeight ← gradWeight + gradOutput · patches.</summary>
    private static void BackwardWeightByPatches<T>(in ConvolutionShape shape, ReadOnlySpan<T> input, ReadOnlySpan<T> gradOutput, Span<T> gradWeight)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scratch = Scratch.Begin();
        var rows = new Patches(shape, sizeof(T));
        var patches = scratch.Rent<T>(rows.Length + Patches.Slack);
        var gradients = scratch.Rent<T>(rows.Images * rows.Positions * rows.Outputs);
        for (var image = 0; image < shape.Batch; image += rows.Images)
        {
            var images = Math.Min(rows.Images, shape.Batch - image);
            for (var group = 0; group < shape.Groups; group++)
            {
                rows.Gather(input, image, images, group, patches);
                rows.Turn(gradOutput, image, images, group, gradients);
                Gemm.Multiply(
                    true, false, rows.Outputs, rows.Depth, images * rows.Positions, T.One, gradients, rows.Outputs, patches, rows.Depth, T.One,
                    gradWeight.Slice(group * rows.Outputs * rows.Depth, rows.Outputs * rows.Depth), rows.Depth);
            }
        }
    }

    /// <summary>Patches as rows: one for each position of a result, in it channel by channel the rows of the kernel.</summary>
    private readonly struct Patches
    {
        /// <summary>Elements that may be written beyond the last row.</summary>
        public const int Slack = 16;

        private readonly ConvolutionShape _shape;

        public Patches(in ConvolutionShape shape, int elementSize)
        {
            _shape = shape;
            Positions = shape.OutHeight * shape.OutWidth;
            Outputs = shape.OutChannels / shape.Groups;
            Depth = Inputs * shape.KernelHeight * shape.KernelWidth;
            Images = (int)Math.Clamp(PatchBytes / ((long)elementSize * Positions * Depth), 1, shape.Batch);
            CoversOnce = shape is { KernelHeight: var h, KernelWidth: var w, PaddingH: 0, PaddingW: 0, DilationH: 1, DilationW: 1 }
                && h == shape.StrideH && w == shape.StrideW && shape.OutHeight * h == shape.InHeight && shape.OutWidth * w == shape.InWidth;
        }

        /// <summary>Rows of an image.</summary>
        public int Positions { get; }

        /// <summary>Channels of the result in a group.</summary>
        public int Outputs { get; }

        /// <summary>Elements of a row.</summary>
        public int Depth { get; }

        /// <summary>Images taken together.</summary>
        public int Images { get; }

        /// <summary>Whether every element of the input belongs to one patch and none is padding.</summary>
        public bool CoversOnce { get; }

        public int Length => Images * Positions * Depth;

        private int Inputs => _shape.InChannels / _shape.Groups;

        public ReadOnlySpan<T> WeightOf<T>(ReadOnlySpan<T> weight, int group) => weight.Slice(group * Outputs * Depth, Outputs * Depth);

        public int ResultOf(int image, int group) => ((image * _shape.OutChannels) + (group * Outputs)) * Positions;

        /// <summary>The gradients of images with the channels of a position side by side.</summary>
        public void Turn<T>(ReadOnlySpan<T> gradOutput, int image, int images, int group, Span<T> gradients)
            where T : unmanaged
        {
            var length = Positions * Outputs;
            for (var i = 0; i < images; i++)
                Gemm.Transpose(Outputs, Positions, gradOutput.Slice(ResultOf(image + i, group), length), gradients.Slice(i * length, length));
        }

        public void Gather<T>(ReadOnlySpan<T> input, int image, int images, int group, Span<T> patches)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* from = input, to = patches)
                Walk<T, Take>(from, input.Length, to, image, images, group);
        }

        /// <summary>Adds the patches to the places that they were taken from.</summary>
        public void Add<T>(Span<T> patches, int image, int images, int group, Span<T> gradInput)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* from = gradInput, to = patches)
                Walk<T, Accumulate>(from, gradInput.Length, to, image, images, group);
        }

        /// <summary>
        /// Writes the patches, and the bias of their channel, over the places that they were taken from, where each belongs to one patch. This goes through the images in
        /// their own order, so that what a register writes beyond a short row is overwritten by what comes next; only the end of a channel is written to the element.
        /// </summary>
        /// <param name="bias">One for each channel of all groups; empty for none.</param>
        public void Put<T>(ReadOnlySpan<T> patches, int image, int images, int group, ReadOnlySpan<T> bias, Span<T> gradInput)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var s = _shape;
            var (kernel, across) = (s.KernelHeight * s.KernelWidth, s.InHeight * s.InWidth);
            for (var n = 0; n < images; n++)
            {
                for (var channel = 0; channel < Inputs; channel++)
                {
                    var plane = (group * Inputs) + channel;
                    // Adding a negative zero changes nothing, not even a zero's sign.
                    var shift = bias.IsEmpty ? T.NegativeZero : bias[plane];
                    PutPlane(
                        patches.Slice((n * Positions * Depth) + (channel * kernel), ((Positions - 1) * Depth) + kernel),
                        gradInput.Slice((((image + n) * s.InChannels) + plane) * across, across), shift);
                }
            }
        }

        private void PutPlane<T>(ReadOnlySpan<T> patches, Span<T> plane, T shift)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var (rows, across, width, height, depth) = (_shape.OutHeight, _shape.OutWidth, _shape.KernelWidth, _shape.KernelHeight, Depth);
            var whole = width <= Vector256<T>.Count && Vector256.IsHardwareAccelerated;
            var shifts = Vector256.Create(shift);
            fixed (T* from = patches, to = plane)
            {
                var target = to;
                // So far a register may be read from the patches and written to the plane.
                var lastRead = from + patches.Length - Vector256<T>.Count;
                var lastWrite = to + plane.Length - Vector256<T>.Count;
                for (var y = 0; y < rows; y++)
                {
                    for (var ky = 0; ky < height; ky++)
                    {
                        var patch = from + (y * across * depth) + (ky * width);
                        for (var x = 0; x < across; x++, patch += depth, target += width)
                        {
                            if (whole && patch <= lastRead && target <= lastWrite)
                            {
                                (Vector256.Load(patch) + shifts).Store(target);
                                continue;
                            }

                            for (var k = 0; k < width; k++)
                                target[k] = patch[k] + shift;
                        }
                    }
                }
            }
        }

        /// <summary>
        /// Goes through the rows of all kernels from the first position on. Where a short one lies within the image and something follows it, it is moved as one
        /// register; the surplus is overwritten by what comes next.
        /// </summary>
        private void Walk<T, TMove>(T* input, nint length, T* patch, int image, int images, int group)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TMove : struct, IMove
        {
            var s = _shape;
            var whole = s.DilationW == 1 && s.KernelWidth <= Vector256<T>.Count && Vector256.IsHardwareAccelerated;
            for (var n = image; n < image + images; n++)
            {
                for (var position = 0; position < Positions; position++)
                {
                    var (y, x) = ((position / s.OutWidth * s.StrideH) - s.PaddingH, (position % s.OutWidth * s.StrideW) - s.PaddingW);
                    var inside = x >= 0 && x + s.KernelWidth <= s.InWidth;
                    var last = y + ((s.KernelHeight - 1) * s.DilationH);
                    for (var channel = 0; channel < Inputs; channel++)
                    {
                        nint plane = ((n * s.InChannels) + (group * Inputs) + channel) * s.InHeight * s.InWidth;
                        if (whole && inside && y >= 0 && last < s.InHeight && plane + (last * s.InWidth) + x + Vector256<T>.Count <= length)
                        {
                            Kernel<T, TMove>(input + plane + (y * s.InWidth) + x, s.DilationH * s.InWidth, patch, s.KernelHeight, s.KernelWidth);
                            patch += s.KernelHeight * s.KernelWidth;
                            continue;
                        }

                        for (var ky = 0; ky < s.KernelHeight; ky++, patch += s.KernelWidth)
                        {
                            var row = y + (ky * s.DilationH);
                            var at = plane + (row * s.InWidth) + x;
                            if ((uint)row >= (uint)s.InHeight)
                                TMove.Outside(patch, s.KernelWidth);
                            else if (whole && inside && at + Vector256<T>.Count <= length)
                                TMove.Register(input + at, patch, s.KernelWidth);
                            else
                                Elements<T, TMove>(input + at, patch, x);
                        }
                    }
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Kernel<T, TMove>(T* input, nint rowStep, T* patch, int rows, nint width)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TMove : struct, IMove
        {
            for (; rows > 0; rows--, input += rowStep, patch += width)
                TMove.Register(input, patch, (int)width);
        }

        private void Elements<T, TMove>(T* input, T* patch, int x)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TMove : struct, IMove
        {
            for (var k = 0; k < _shape.KernelWidth; k++)
            {
                var step = k * _shape.DilationW;
                if ((uint)(x + step) < (uint)_shape.InWidth)
                    TMove.Element(input + step, patch + k);
                else
                    TMove.Outside(patch + k, 1);
            }
        }
    }

    /// <summary>What is done with an element of the input and its place in a patch.</summary>
    private interface IMove
    {
        static abstract void Element<T>(T* input, T* patch)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>;

        /// <summary>Some neighbours, fewer than a register holds.</summary>
        static abstract void Register<T>(T* input, T* patch, int count)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>;

        /// <summary>Places of a patch beyond the image's edge.</summary>
        static abstract void Outside<T>(T* patch, int count)
            where T : unmanaged;
    }

    private readonly struct Take : IMove
    {
        public static void Element<T>(T* input, T* patch)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => *patch = *input;

        public static void Register<T>(T* input, T* patch, int count)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => Vector256.Load(input).Store(patch);

        public static void Outside<T>(T* patch, int count)
            where T : unmanaged => new Span<T>(patch, count).Clear();
    }

    private readonly struct Accumulate : IMove
    {
        public static void Element<T>(T* input, T* patch)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => *input += *patch;

        public static void Register<T>(T* input, T* patch, int count)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var there = Vector256.Load(input);
            Keep(there + Vector256.Load(patch), there, count).Store(input);
        }

        public static void Outside<T>(T* patch, int count)
            where T : unmanaged
        {
            // Padding takes no gradient.
        }
    }

    /// <summary>The first elements of one register, the rest of another.</summary>
    private static Vector256<T> Keep<T>(Vector256<T> first, Vector256<T> rest, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => typeof(T) == typeof(float)
            ? Vector256.ConditionalSelect(Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).As<int, T>(), first, rest)
            : Vector256.ConditionalSelect(Vector256.LessThan(Vector256<long>.Indices, Vector256.Create((long)count)).As<long, T>(), first, rest);
}
