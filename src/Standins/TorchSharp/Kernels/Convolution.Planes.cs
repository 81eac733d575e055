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
            var plane = s.InHeight * s.InWidth;
            if (SplitsEvenly<T>())
            {
                FillInPairs(MemoryMarshal.Cast<T, float>(input), image, images, channel, channels, MemoryMarshal.Cast<T, float>(planes));
                return;
            }

            for (var phase = 0; phase < _phasesY * _phasesX; phase++)
            {
                var (y, x) = Math.DivRem(phase, _phasesX);
                var rows = new Run(y - s.PaddingH, s.StrideH, s.InHeight, _height);
                var columns = new Run(x - s.PaddingW, s.StrideW, s.InWidth, Width);
                for (var n = 0; n < images; n++)
                {
                    var source = input.Slice((((image + n) * s.InChannels) + channel) * plane, channels * plane);
                    for (var c = 0; c < channels; c++)
                    {
                        var target = ((((n * channels) + c) * _phasesY * _phasesX) + phase) * _height * Width;
                        CopyRows(rows, columns, source.Slice(c * plane, plane), s.InWidth, planes.Slice(target, _height * Width), Width);
                    }
                }
            }
        }

        /// <summary>Whether every row's even columns all belong to one phase and its odd ones to another, so that they are taken apart register by register.</summary>
        private bool SplitsEvenly<T>()
        {
            var (pairs, odd) = (_shape.InWidth / 2, _shape.InWidth % 2);
            return typeof(T) == typeof(float) && Avx2.IsSupported && _phasesX == 2 && odd == 0 && pairs >= Vector256<float>.Count
                && Columns(0).Length == pairs && Columns(1).Length == pairs;
        }

        private Run Columns(int phase) => new(phase - _shape.PaddingW, _shape.StrideW, _shape.InWidth, Width);

        private unsafe void FillInPairs(ReadOnlySpan<float> input, int image, int images, int channel, int channels, Span<float> planes)
        {
            var s = _shape;
            var plane = s.InHeight * s.InWidth;
            // The phase that holds column 0.
            var even = Columns(0).Source == 0 ? 0 : 1;
            var (toEven, toOdd) = ((even * _height * Width) + Columns(even).Target, ((1 - even) * _height * Width) + Columns(1 - even).Target);
            for (var y = 0; y < _phasesY; y++)
            {
                var rows = new Run(y - s.PaddingH, s.StrideH, s.InHeight, _height);
                if (rows.Length == 0)
                    continue;
                for (var n = 0; n < images; n++)
                {
                    for (var c = 0; c < channels; c++)
                    {
                        var source = input.Slice(((((image + n) * s.InChannels) + channel + c) * plane) + (rows.Source * s.InWidth), ((rows.Length - 1) * s.StrideH * s.InWidth) + s.InWidth);
                        var target = planes.Slice((((((n * channels) + c) * _phasesY) + y) * 2 * _height * Width) + (rows.Target * Width), ((2 * _height) - rows.Target) * Width);
                        ArgumentOutOfRangeException.ThrowIfLessThan(target.Length, Math.Max(toEven, toOdd) + ((rows.Length - 1) * Width) + (s.InWidth / 2));
                        fixed (float* from = source, to = target)
                            TakeApart(from, s.StrideH * s.InWidth, to + toEven, to + toOdd, Width, rows.Length, s.InWidth / 2);
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
            var (rows, columns) = (new Run(_y.Lowest, 1, height, _y.Most + _y.Reach), new Run(_x.Lowest, 1, width, Width));
            for (var i = 0; i < images * channels; i++)
            {
                var source = gradOutput.Slice((((image + (i / channels)) * _shape.OutChannels) + channel + (i % channels)) * height * width, height * width);
                CopyRows(rows, columns, source, width, planes.Slice(i * ChannelLength, ChannelLength), Width);
            }
        }

        /// <summary>
        /// Puts the results of all phases of one row phase, which are <paramref name="phaseStep"/> elements apart, into their places in one channel of the
        /// gradient.
        /// </summary>
        public void Scatter<T>(int y, ReadOnlySpan<T> results, int phaseStep, int width, Span<T> gradInput)
            where T : unmanaged
        {
            var s = _shape;
            var rows = _y.Count(y);
            if (typeof(T) == typeof(float) && Avx.IsSupported && s.StrideW == 2 && s.InWidth % 2 == 0 && s.InWidth >= 2 * Vector256<float>.Count && rows > 0)
            {
                var first = s.PaddingW % 2;
                PutTogether(
                    MemoryMarshal.Cast<T, float>(results[(first * phaseStep)..]), MemoryMarshal.Cast<T, float>(results[((1 - first) * phaseStep)..]), width, rows,
                    MemoryMarshal.Cast<T, float>(gradInput[(((_y.First(y) * s.StrideH) + y - s.PaddingH) * s.InWidth)..]), s.StrideH * s.InWidth, s.InWidth / 2);
                return;
            }

            for (var r = 0; r < rows; r++)
            {
                var target = gradInput.Slice(((((_y.First(y) + r) * s.StrideH) + y - s.PaddingH) * s.InWidth), s.InWidth);
                if (s.StrideW == 1)
                {
                    results.Slice(r * width, target.Length).CopyTo(target);
                    continue;
                }

                if (s.StrideW == 2)
                {
                    // The phase of column 0 comes first.
                    var even = s.PaddingW % 2;
                    Interleave(results.Slice((even * phaseStep) + (r * width)), results.Slice(((1 - even) * phaseStep) + (r * width)), target);
                    continue;
                }

                for (var x = 0; x < s.StrideW; x++)
                {
                    var source = results.Slice((x * phaseStep) + (r * width), _x.Count(x));
                    var column = (_x.First(x) * s.StrideW) + x - s.PaddingW;
                    for (var c = 0; c < source.Length; c++)
                        target[column + (c * s.StrideW)] = source[c];
                }
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
}
