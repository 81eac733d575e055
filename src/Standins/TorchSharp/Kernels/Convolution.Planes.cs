using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace TorchSharp.Kernels;

/// <content>The planes: copies of images with their padding, split by stride phase.</content>
internal static partial class Convolution
{
    /// <summary>
    /// The planes of the input, as the result sees them: with padding counted in, row r and column c of the plane of phase (y, x) are row
    /// r·StrideH + y and column c·StrideW + x of the input.
    /// </summary>
    private readonly struct ForwardPlanes
    {
        private readonly ConvolutionShape _shape;
        private readonly int _phasesY, _phasesX, _height;

        public ForwardPlanes(in ConvolutionShape shape)
        {
            _shape = shape;
            var (reachY, reachX) = ((shape.KernelHeight - 1) * shape.DilationH, (shape.KernelWidth - 1) * shape.DilationW);
            _phasesY = Math.Min(shape.StrideH, reachY + 1);
            _phasesX = Math.Min(shape.StrideW, reachX + 1);
            _height = shape.OutHeight + (reachY / shape.StrideH);
            Width = shape.OutWidth + (reachX / shape.StrideW);
        }

        /// <summary>Elements from one row of a plane to the next.</summary>
        public int Width { get; }

        public int ChannelLength => _phasesY * _phasesX * _height * Width;

        /// <summary>How far into the planes each tap (channel, row, column) reads, for the first result.</summary>
        public void Offsets(int channels, Span<int> offsets)
        {
            var i = 0;
            for (var channel = 0; channel < channels; channel++)
            {
                for (var ky = 0; ky < _shape.KernelHeight; ky++)
                {
                    var (row, y) = Math.DivRem(ky * _shape.DilationH, _shape.StrideH);
                    for (var kx = 0; kx < _shape.KernelWidth; kx++)
                    {
                        var (column, x) = Math.DivRem(kx * _shape.DilationW, _shape.StrideW);
                        offsets[i++] = (channel * ChannelLength) + ((((y * _phasesX) + x) * _height) + row) * Width + column;
                    }
                }
            }
        }

        /// <summary>Copies images into planes that were cleared once: the padding stays as it is.</summary>
        public void Fill<T>(ReadOnlySpan<T> input, int image, int images, int channel, int channels, Span<T> planes)
            where T : unmanaged
        {
            var s = _shape;
            for (var i = 0; i < images * channels; i++)
            {
                var source = input.Slice((((image + (i / channels)) * s.InChannels) + channel + (i % channels)) * s.InHeight * s.InWidth, s.InHeight * s.InWidth);
                for (var x = 0; x < _phasesX; x++)
                {
                    var run = new Run(x - s.PaddingW, s.StrideW, s.InWidth, Width);
                    if (run.Length == 0)
                        continue;
                    for (var y = 0; y < _phasesY; y++)
                    {
                        var target = planes.Slice(((i * _phasesY * _phasesX) + (y * _phasesX) + x) * _height * Width, _height * Width);
                        for (var r = 0; r < _height; r++)
                        {
                            var row = (r * s.StrideH) + y - s.PaddingH;
                            if ((uint)row < (uint)s.InHeight)
                                run.Copy(source.Slice(row * s.InWidth, s.InWidth), target.Slice(r * Width, Width));
                        }
                    }
                }
            }
        }
    }

    /// <summary>
    /// The planes of the result's gradient, as the input sees it. The inputs whose row and column, with padding counted in, have the same remainders
    /// modulo the stride make a phase; only the taps of that phase reach them, each from a fixed distance in the result's gradient.
    /// </summary>
    private readonly struct BackwardPlanes
    {
        private readonly ConvolutionShape _shape;
        private readonly Axis _y, _x;

        public BackwardPlanes(in ConvolutionShape shape)
        {
            _shape = shape;
            _y = new Axis(shape.KernelHeight, shape.StrideH, shape.DilationH, shape.PaddingH, shape.InHeight);
            _x = new Axis(shape.KernelWidth, shape.StrideW, shape.DilationW, shape.PaddingW, shape.InWidth);
        }

        public int MostRows => _y.Most;

        public int MostColumns => _x.Most;

        public int Width => _x.Most + _x.Reach;

        public int ChannelLength => (_y.Most + _y.Reach) * Width;

        /// <summary>The taps of a phase: their weights by input channel, and how far into the planes each reads for the phase's first input. Returns their number.</summary>
        public int Taps<T>(int phase, int group, ReadOnlySpan<T> weight, Span<T> weights, Span<int> offsets)
            where T : unmanaged
        {
            var s = _shape;
            var (inputs, outputs) = (s.InChannels / s.Groups, s.OutChannels / s.Groups);
            var (y, x) = Math.DivRem(phase, s.StrideW);
            var (i, depth) = (0, 0);
            for (var ci = 0; ci < inputs; ci++)
            {
                depth = 0;
                for (var co = 0; co < outputs; co++)
                {
                    var kernel = weight.Slice(((((group * outputs) + co) * inputs) + ci) * s.KernelHeight * s.KernelWidth, s.KernelHeight * s.KernelWidth);
                    for (var ky = 0; ky < s.KernelHeight; ky++)
                    {
                        if (!_y.Has(y, ky))
                            continue;
                        for (var kx = 0; kx < s.KernelWidth; kx++)
                        {
                            if (!_x.Has(x, kx))
                                continue;
                            weights[i++] = kernel[(ky * s.KernelWidth) + kx];
                            offsets[depth++] = (co * ChannelLength) + (_y.Start(y, ky) * Width) + _x.Start(x, kx);
                        }
                    }
                }
            }

            return depth;
        }

        /// <summary>Copies gradients into planes that were cleared once: what is around them stays as it is.</summary>
        public void Fill<T>(ReadOnlySpan<T> gradOutput, int image, int images, int channel, int channels, Span<T> planes)
            where T : unmanaged
        {
            var (height, width) = (_shape.OutHeight, _shape.OutWidth);
            var run = new Run(_x.Lowest, 1, width, Width);
            for (var i = 0; i < images * channels; i++)
            {
                var source = gradOutput.Slice((((image + (i / channels)) * _shape.OutChannels) + channel + (i % channels)) * height * width, height * width);
                var target = planes.Slice(i * ChannelLength, ChannelLength);
                for (var r = 0; r < _y.Most + _y.Reach; r++)
                {
                    if ((uint)(_y.Lowest + r) < (uint)height)
                        run.Copy(source.Slice((_y.Lowest + r) * width, width), target.Slice(r * Width, Width));
                }
            }
        }

        /// <summary>Puts a phase's results for one channel into their places in the gradient.</summary>
        public void Scatter<T>(int phase, ReadOnlySpan<T> results, int width, Span<T> gradInput)
            where T : unmanaged
        {
            var s = _shape;
            var (y, x) = Math.DivRem(phase, s.StrideW);
            var (row, column) = ((_y.First(y) * s.StrideH) + y - s.PaddingH, (_x.First(x) * s.StrideW) + x - s.PaddingW);
            var (rows, columns) = (_y.Count(y), _x.Count(x));
            for (var r = 0; r < rows; r++)
            {
                var source = results.Slice(r * width, columns);
                var target = gradInput.Slice((row + (r * s.StrideH)) * s.InWidth, s.InWidth)[column..];
                if (s.StrideW == 1)
                {
                    source.CopyTo(target);
                    continue;
                }

                for (var c = 0; c < source.Length; c++)
                    target[c * s.StrideW] = source[c];
            }
        }

        /// <summary>
        /// One direction. The inputs of a phase are j·stride + phase − padding for Count values of j from First; tap k comes to them from result
        /// j − k·dilation/stride. The planes begin at result Lowest.
        /// </summary>
        private readonly struct Axis
        {
            private readonly int _stride, _dilation, _padding, _length;

            public Axis(int kernel, int stride, int dilation, int padding, int length)
            {
                (_stride, _dilation, _padding, _length) = (stride, dilation, padding, length);
                var (lowest, highest) = (int.MaxValue, 0);
                for (var phase = 0; phase < stride; phase++)
                {
                    Most = Math.Max(Most, Count(phase));
                    lowest = Math.Min(lowest, First(phase));
                    highest = Math.Max(highest, First(phase));
                }

                Reach = ((kernel - 1) * dilation / stride) + highest - lowest;
                Lowest = lowest - ((kernel - 1) * dilation / stride);
            }

            /// <summary>Inputs of the largest phase.</summary>
            public int Most { get; }

            public int Reach { get; }

            public int Lowest { get; }

            public int First(int phase) => Math.Max(0, (_padding - phase + _stride - 1) / _stride);

            public int Count(int phase)
            {
                var end = _length - 1 + _padding - phase;
                return Math.Max(0, end < 0 ? 0 : (end / _stride) + 1 - First(phase));
            }

            public bool Has(int phase, int k) => k * _dilation % _stride == phase;

            /// <summary>Where in the planes tap k reads for the first input of the phase.</summary>
            public int Start(int phase, int k) => First(phase) - (k * _dilation / _stride) - Lowest;
        }
    }

    /// <summary>Copies target[c] ← source[start + c·step] for those c for which the source has it.</summary>
    private readonly struct Run
    {
        private readonly int _source, _step, _target;

        public Run(int start, int step, int sourceLength, int targetLength)
        {
            _step = step;
            _target = start >= 0 ? 0 : Math.Min(targetLength, (-start + step - 1) / step);
            _source = start + (_target * step);
            Length = _source >= sourceLength ? 0 : Math.Clamp(((sourceLength - 1 - _source) / step) + 1, 0, targetLength - _target);
        }

        public int Length { get; }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Copy<T>(ReadOnlySpan<T> source, Span<T> target)
            where T : unmanaged
        {
            ref var from = ref MemoryMarshal.GetReference(source[_source..]);
            ref var to = ref MemoryMarshal.GetReference(target.Slice(_target, Length));
            if (_step == 1)
                CopyMemory(ref from, ref to, Length);
            else if (_step == 2 && typeof(T) == typeof(float) && Avx2.IsSupported && Length >= Vector256<float>.Count)
                CopyEverySecond(ref Unsafe.As<T, float>(ref from), ref Unsafe.As<T, float>(ref to), Length);
            else
            {
                for (var c = 0; c < Length; c++)
                    Unsafe.Add(ref to, c) = Unsafe.Add(ref from, c * _step);
            }
        }
    }

    /// <summary>A copy of a few elements, for which a call would be the dearer part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyMemory<T>(ref T from, ref T to, int length)
        where T : unmanaged
    {
        var count = Vector256<T>.Count;
        if (length < count || length > 16 * count || !Vector256.IsHardwareAccelerated)
        {
            MemoryMarshal.CreateReadOnlySpan(ref from, length).CopyTo(MemoryMarshal.CreateSpan(ref to, length));
            return;
        }

        for (var c = 0; c <= length - count; c += count)
            Vector256.LoadUnsafe(ref from, (nuint)c).StoreUnsafe(ref to, (nuint)c);
        Vector256.LoadUnsafe(ref from, (nuint)(length - count)).StoreUnsafe(ref to, (nuint)(length - count));
    }

    private static void CopyEverySecond(ref float from, ref float to, int length)
    {
        var count = Vector256<float>.Count;
        for (var c = 0; ;)
        {
            // Elements 0 to 7 and 7 to 14 from here: the even ones of the first, the odd ones of the second, and nothing beyond the last that is wanted.
            var low = Vector256.LoadUnsafe(ref from, (nuint)(2 * c));
            var high = Vector256.LoadUnsafe(ref from, (nuint)((2 * c) + 7));
            Avx2.Permute4x64(Avx.Shuffle(low, high, 0b11_01_10_00).AsDouble(), 0b11_01_10_00).AsSingle().StoreUnsafe(ref to, (nuint)c);
            if (c == length - count)
                return;
            c = Math.Min(c + count, length - count);
        }
    }
}
