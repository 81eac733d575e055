using System.Numerics;

namespace TorchSharp.Modules
{
    public sealed class AvgPool2d : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly PoolWindow _window;
        private readonly bool _countPadding;
        private readonly long? _divisor;

        internal AvgPool2d((long H, long W) kernel, (long H, long W) stride, (long H, long W) padding, bool ceil, bool countPadding, long? divisor)
            : base(nameof(AvgPool2d))
        {
            if (ceil)
                throw Errors.NotSupported("torch.nn.AvgPool2d", "ceil_mode is not supported.");
            _window = new PoolWindow(kernel, stride, padding, (1, 1));
            (_countPadding, _divisor) = (countPadding, divisor);
        }

        public override torch.Tensor forward(torch.Tensor input) => Pooling.Average(input, _window.For(input, "avg_pool2d"), _countPadding, _divisor);
    }

    public sealed class MaxPool2d : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly PoolWindow _window;

        internal MaxPool2d((long H, long W) kernel, (long H, long W) stride, (long H, long W) padding, (long H, long W) dilation, bool ceil)
            : base(nameof(MaxPool2d))
        {
            if (ceil)
                throw Errors.NotSupported("torch.nn.MaxPool2d", "ceil_mode is not supported.");
            _window = new PoolWindow(kernel, stride, padding, dilation);
        }

        public override torch.Tensor forward(torch.Tensor input) => Pooling.Largest(input, _window.For(input, "max_pool2d"));
    }

    public sealed class AdaptiveAvgPool2d : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly (long H, long W) _size;

        internal AdaptiveAvgPool2d((long H, long W) size) : base(nameof(AdaptiveAvgPool2d)) => _size = size;

        public override torch.Tensor forward(torch.Tensor input) => torch.nn.functional.adaptive_avg_pool2d(input, _size);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static partial class functional
            {
                public static Tensor max_pool2d(
                    Tensor input, long kernel_size, long? stride = null, long? padding = null, long? dilation = null, bool ceil_mode = false)
                {
                    if (ceil_mode)
                        throw Errors.NotSupported("torch.nn.functional.max_pool2d", "ceil_mode is not supported.");
                    var (step, edge, spread) = (stride ?? kernel_size, padding ?? 0, dilation ?? 1);
                    var window = new PoolWindow((kernel_size, kernel_size), (step, step), (edge, edge), (spread, spread));
                    return Pooling.Largest(input, window.For(input, "max_pool2d"));
                }

                public static Tensor adaptive_avg_pool2d(Tensor input, (long, long) output_size) =>
                    Pooling.Average(input, PoolRegions.Adaptive(input, output_size), countPadding: false, null);
            }
        }
    }

    internal readonly record struct PoolWindow((long H, long W) Kernel, (long H, long W) Stride, (long H, long W) Padding, (long H, long W) Dilation)
    {
        internal PoolRegions For(torch.Tensor input, string operation)
        {
            if (input.Valid().Rank is not (3 or 4))
                throw Errors.Torch($"{operation}: Expected 3D or 4D (batch mode) tensor, but got input of size: {Errors.Shape(input.Sizes)}");
            if (Kernel.H <= 0 || Kernel.W <= 0 || Stride.H <= 0 || Stride.W <= 0)
                throw Errors.Torch($"{operation}: kernel size and stride should be greater than zero");
            if (Padding.H > Kernel.H / 2 || Padding.W > Kernel.W / 2 || Padding.H < 0 || Padding.W < 0)
                throw Errors.Torch($"{operation}: pad should be at most half of effective kernel size");
            var rows = PoolRegions.Line(input.Sizes[^2], Kernel.H, Stride.H, Padding.H, Dilation.H);
            var columns = PoolRegions.Line(input.Sizes[^1], Kernel.W, Stride.W, Padding.W, Dilation.W);
            if (rows.Length == 0 || columns.Length == 0)
                throw Errors.Torch($"Given input size: {Errors.Shape(input.Sizes)}. Output size is too small ({operation})");
            return new PoolRegions(rows, columns, Dilation);
        }
    }

    /// <summary>For each output row and column: the first and last (excluded) input line it covers, and its size with padding.</summary>
    internal sealed record PoolRegions((int Start, int End, int Size)[] Rows, (int Start, int End, int Size)[] Columns, (long H, long W) Step)
    {
        internal static (int, int, int)[] Line(long length, long kernel, long stride, long padding, long dilation)
        {
            var count = ((length + (2 * padding) - (dilation * (kernel - 1)) - 1) / stride) + 1;
            if (length + (2 * padding) < (dilation * (kernel - 1)) + 1)
                return [];
            var result = new (int, int, int)[count];
            for (var i = 0; i < count; i++)
            {
                var start = (i * stride) - padding;
                var end = Math.Min(start + (dilation * (kernel - 1)) + 1, length + padding);
                var size = (int)(end - start);
                while (start < 0)
                    start += dilation;
                result[i] = ((int)start, (int)Math.Min(end, length), size);
            }
            return result;
        }

        internal static PoolRegions Adaptive(torch.Tensor input, (long H, long W) size)
        {
            if (input.Valid().Rank is not (3 or 4))
                throw Errors.Torch($"adaptive_avg_pool2d(): Expected 3D or 4D tensor, but got {Errors.Shape(input.Sizes)}");
            return new PoolRegions(Parts(input.Sizes[^2], size.H), Parts(input.Sizes[^1], size.W), (1, 1));
        }

        private static (int, int, int)[] Parts(long length, long count)
        {
            var result = new (int, int, int)[count];
            for (var i = 0; i < count; i++)
            {
                int start = (int)(i * length / count), end = (int)((((i + 1) * length) + count - 1) / count);
                result[i] = (start, end, end - start);
            }
            return result;
        }
    }

    /// <summary>Pooling over two dimensions.</summary>
    internal static class Pooling
    {
        internal static torch.Tensor Average(torch.Tensor x, PoolRegions regions, bool countPadding, long? divisor)
        {
            x.RequireFloating("avg_pool2d()");
            var source = x.Packed();
            var result = torch.Tensor.Make(x.dtype, [.. x.Sizes[..^2], regions.Rows.Length, regions.Columns.Length]);
            if (x.dtype == torch.ScalarType.Float32)
                Average(source.Span<float>(), result.Span<float>(), (int)x.Sizes[^2], (int)x.Sizes[^1], regions, countPadding, divisor, spread: false);
            else
                Average(source.Span<double>(), result.Span<double>(), (int)x.Sizes[^2], (int)x.Sizes[^1], regions, countPadding, divisor, spread: false);
            Binary.DisposeCast(source, x);
            return x.Recorded(result, new AvgPoolNode(x.Sizes, regions, countPadding, divisor));
        }

        internal static torch.Tensor Largest(torch.Tensor x, PoolRegions regions)
        {
            x.RequireFloating("max_pool2d()");
            using var work = new Work();
            var source = x.Packed();
            long[] sizes = [.. x.Sizes[..^2], regions.Rows.Length, regions.Columns.Length];
            var (result, places) = (torch.Tensor.Make(x.dtype, sizes), torch.Tensor.Make(torch.ScalarType.Int64, sizes));
            if (x.dtype == torch.ScalarType.Float32)
                Largest<float>(source.Span<float>(), result.Span<float>(), places.Span<long>(), (int)x.Sizes[^2], (int)x.Sizes[^1], regions);
            else
                Largest<double>(source.Span<double>(), result.Span<double>(), places.Span<long>(), (int)x.Sizes[^2], (int)x.Sizes[^1], regions);
            if (Engine.Records(x))
                result.Record(new MaxPoolNode(new SavedTensor(places), x.Sizes), x);
            return work.Return(result);
        }

        /// <summary>Means of regions of x into y; or, spread, the parts of y's means back over x.</summary>
        internal static void Average<T>(
            Span<T> x, Span<T> y, int height, int width, PoolRegions regions, bool countPadding, long? divisor, bool spread)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var at = 0;
            for (var plane = 0; plane < x.Length; plane += height * width)
            {
                foreach (var row in regions.Rows)
                {
                    foreach (var column in regions.Columns)
                    {
                        var count = countPadding ? row.Size * column.Size : (row.End - row.Start) * (column.End - column.Start);
                        var share = T.One / T.CreateTruncating(divisor ?? count);
                        var total = T.Zero;
                        for (var i = row.Start; i < row.End; i++)
                        {
                            for (var j = column.Start; j < column.End; j++)
                            {
                                ref var element = ref x[plane + (i * width) + j];
                                if (spread)
                                    element += y[at] * share;
                                else
                                    total += element;
                            }
                        }
                        if (!spread)
                            y[at] = total * share;
                        at++;
                    }
                }
            }
        }

        private static void Largest<T>(ReadOnlySpan<T> x, Span<T> y, Span<long> places, int height, int width, PoolRegions regions)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var at = 0;
            for (var plane = 0; plane < x.Length; plane += height * width)
            {
                foreach (var row in regions.Rows)
                {
                    foreach (var column in regions.Columns)
                    {
                        var best = plane + (row.Start * width) + column.Start;
                        for (var i = row.Start; i < row.End; i += (int)regions.Step.H)
                        {
                            for (var j = column.Start; j < column.End; j += (int)regions.Step.W)
                            {
                                var place = plane + (i * width) + j;
                                if (x[place] > x[best] || T.IsNaN(x[place]))
                                    best = place;
                            }
                        }
                        places[at] = best;
                        y[at++] = x[best];
                    }
                }
            }
        }
    }

    internal sealed class AvgPoolNode(long[] sizes, PoolRegions regions, bool countPadding, long? divisor) : Node
    {
        internal override string Name => "AvgPool2DBackward0";

        internal override void Backward(torch.Tensor grad, GradientSink sink)
        {
            var result = Factory.Full(grad.dtype, sizes, 0.0);
            var g = grad.Packed();
            if (grad.dtype == torch.ScalarType.Float32)
                Pooling.Average(result.Span<float>(), g.Span<float>(), (int)sizes[^2], (int)sizes[^1], regions, countPadding, divisor, spread: true);
            else
                Pooling.Average(result.Span<double>(), g.Span<double>(), (int)sizes[^2], (int)sizes[^1], regions, countPadding, divisor, spread: true);
            sink.Set(0, result);
        }
    }

    internal sealed class MaxPoolNode(SavedTensor places, long[] sizes) : Node
    {
        private SavedTensor _places = places;

        internal override string Name => "MaxPool2DWithIndicesBackward0";

        internal override void Backward(torch.Tensor grad, GradientSink sink)
        {
            var result = Factory.Full(grad.dtype, [Shapes.Count(sizes)], 0.0);
            Indexing.Scatter(result, 0, _places.Unpack(this).reshape(-1), grad.reshape(-1), add: true);
            sink.Set(0, Views.Reshape(result, sizes));
        }

        protected override void FreeSaved() => _places.Free();
    }
}
