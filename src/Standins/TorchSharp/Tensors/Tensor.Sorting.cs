using System.Numerics;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>Always stable here; NaN is larger than everything.</summary>
        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false)
        {
            var indices = Order(dim, descending);
            return (gather(dim, indices), indices);
        }

        public Tensor argsort(long dim = -1, bool descending = false) => Order(dim, descending);

        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true)
        {
            var d = Shapes.Wrap(dim, Valid().Rank);
            if (k < 0 || k > (Rank == 0 ? 1 : _sizes[d]))
                throw Errors.Torch("selected index k out of range");
            using var all = Order(d, largest);
            using var part = Rank == 0 ? all.alias() : all.narrow(d, 0, k);
            var indices = part.clone();
            return (gather(d, indices), indices);
        }

        /// <summary>The middle element; of an even number, the lower one.</summary>
        public Tensor median()
        {
            using var work = new Work();
            return work.Return(reshape(-1).sort().Values.select(0, (_count - 1) / 2));
        }

        public Tensor flip(params long[] dims)
        {
            using var work = new Work();
            var result = this;
            foreach (var dim in dims)
            {
                var d = Shapes.Wrap(dim, Valid().Rank);
                result = result.index_select(d, arange(_sizes[d] - 1, -1, -1));
            }
            return work.Return(ReferenceEquals(result, this) ? clone() : result);
        }

        public Tensor roll(long shifts, long? dims = null)
        {
            using var work = new Work();
            if (dims is not { } dim)
                return work.Return(reshape(-1).roll(shifts, 0).reshape(_sizes));
            var d = Shapes.Wrap(dim, Valid().Rank);
            if (_count == 0)
                return work.Return(clone());
            var start = ((-shifts % _sizes[d]) + _sizes[d]) % _sizes[d];
            return work.Return(cat([narrow(d, start, _sizes[d] - start), narrow(d, 0, start)], d));
        }

        public Tensor repeat(params long[] sizes)
        {
            if (sizes.Length < Valid().Rank)
                throw Errors.Torch("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor");
            using var work = new Work();
            var own = new long[sizes.Length];
            Array.Fill(own, 1);
            _sizes.CopyTo(own, sizes.Length - Rank);
            // [a, b] repeated [m, n] times is [m, a, n, b] of a broadcast [1, a, 1, b].
            var (single, spread, final) = (new long[2 * own.Length], new long[2 * own.Length], new long[own.Length]);
            for (var i = 0; i < own.Length; i++)
            {
                (single[2 * i], single[(2 * i) + 1]) = (1, own[i]);
                (spread[2 * i], spread[(2 * i) + 1]) = (sizes[i], own[i]);
                final[i] = sizes[i] * own[i];
            }
            return work.Return(reshape(single).expand((ReadOnlySpan<long>)spread).clone().reshape(final));
        }

        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null)
        {
            using var work = new Work();
            if (dim is not { } given)
                return work.Return(reshape(-1).repeat_interleave(repeats, 0));
            var d = Shapes.Wrap(given, Valid().Rank);
            var places = Make(ScalarType.Int64, [_sizes[d] * repeats]);
            var values = places.Span<long>();
            for (var i = 0; i < values.Length; i++)
                values[i] = i / repeats;
            return work.Return(index_select(d, places));
        }

        public Tensor tril(long diagonal = 0) => Triangle(diagonal, upper: false);

        public Tensor triu(long diagonal = 0) => Triangle(diagonal, upper: true);

        public Tensor trace()
        {
            if (Valid().Rank != 2)
                throw Errors.Torch($"trace: expected a matrix, but got tensor with dim {Rank}");
            using var line = diagonal();
            return line.sum();
        }

        public Tensor diag(long diagonal = 0)
        {
            if (Valid().Rank == 2)
            {
                using var view = this.diagonal(diagonal);
                return view.clone();
            }
            if (Rank != 1)
                throw Errors.Torch($"diag(): Supports 1D or 2D tensors. Got {Rank}D");
            using var work = new Work();
            var size = _count + Math.Abs(diagonal);
            var places = arange(_count).mul(size + 1).add(diagonal >= 0 ? diagonal : -diagonal * size);
            return work.Return(New([size * size], 0, _dtype, null, false).scatter(0, places, this).reshape(size, size));
        }

        /// <summary>Whole numbers counted; the weights, where given, are added up instead.</summary>
        public Tensor bincount(Tensor? weights, long minlength = 0)
        {
            if (Valid()._dtype != ScalarType.Int64 || Rank != 1)
                throw Errors.Torch("bincount only supports 1-d non-negative integral inputs.");
            using var work = new Work();
            if (_count > 0 && min().item<long>() < 0)
                throw Errors.Torch("bincount only supports 1-d non-negative integral inputs.");
            var length = Math.Max(minlength, _count == 0 ? 0 : max().item<long>() + 1);
            var ones = weights ?? New([_count], 1, ScalarType.Int64, null, false);
            return work.Return(New([length], 0, ones._dtype, null, false).index_add(0, this, ones, 1));
        }

        /// <summary>How many elements fall in each of equal bins; the last holds its upper edge too.</summary>
        public Tensor histc(long bins = 100, long min = 0, long max = 0)
        {
            RequireFloating("histc()");
            if (bins <= 0)
                throw Errors.Torch("histc(): bins must be > 0");
            var values = Packed();
            var result = New([bins], 0, _dtype, null, false);
            if (_dtype == ScalarType.Float32)
                CountBins(values.Span<float>(), result.Span<float>(), min, max);
            else
                CountBins(values.Span<double>(), result.Span<double>(), min, max);
            Binary.DisposeCast(values, this);
            return result;
        }

        private static void CountBins<T>(ReadOnlySpan<T> values, Span<T> bins, long min, long max) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var (low, high) = (T.CreateTruncating(min), T.CreateTruncating(max));
            if (min == max && values.Length > 0)
            {
                low = System.Numerics.Tensors.TensorPrimitives.Min(values);
                high = System.Numerics.Tensors.TensorPrimitives.Max(values);
            }
            if (low == high)
                (low, high) = (low - T.One, high + T.One);
            if (!T.IsFinite(low) || !T.IsFinite(high))
                throw Errors.Torch($"range of [{low}, {high}] is not finite");
            if (low > high)
                throw Errors.Torch("max must be larger than min");
            foreach (var x in values)
            {
                if (!(x >= low && x <= high))
                    continue;
                var bin = int.CreateTruncating((x - low) / (high - low) * T.CreateTruncating(bins.Length));
                bins[Math.Min(bin, bins.Length - 1)] += T.One;
            }
        }

        private Tensor Triangle(long diagonal, bool upper)
        {
            if (Valid().Rank < 2)
                throw Errors.Torch("tril, triu: input tensor must have at least 2 dimensions");
            using var work = new Work();
            var (rows, columns) = (_sizes[^2], _sizes[^1]);
            var offset = arange(columns).unsqueeze(0).sub(arange(rows).unsqueeze(1));
            return work.Return(masked_fill(upper ? offset.lt(diagonal) : offset.gt(diagonal), 0));
        }

        private Tensor Order(long dim, bool descending)
        {
            var d = Shapes.Wrap(dim, Valid().Rank);
            using var work = new Work();
            var rows = Rank == 0 ? this : transpose(d, -1).clone();
            var result = Make(ScalarType.Int64, rows._sizes);
            var length = Rank == 0 ? 1 : (int)rows._sizes[^1];
            switch (_dtype)
            {
                case ScalarType.Float32:
                    SortRows(rows.Span<float>(), result.Span<long>(), length, descending);
                    break;
                case ScalarType.Float64:
                    SortRows(rows.Span<double>(), result.Span<long>(), length, descending);
                    break;
                case ScalarType.Int64:
                    SortRows(rows.Span<long>(), result.Span<long>(), length, descending);
                    break;
                default:
                    throw Errors.NotSupported("sorting", $"element type {_dtype} is not supported.");
            }
            return work.Return(Rank == 0 ? result : result.transpose(d, -1).contiguous());
        }

        private static void SortRows<T>(ReadOnlySpan<T> values, Span<long> order, int length, bool descending) where T : unmanaged, INumber<T>
        {
            var keys = new T[length];
            for (var at = 0; at < values.Length; at += length)
            {
                values.Slice(at, length).CopyTo(keys);
                var row = order.Slice(at, length);
                for (var i = 0; i < length; i++)
                    row[i] = i;
                // Equal elements, and NaN among themselves, keep their order.
                row.Sort((a, b) =>
                {
                    var (x, y) = (keys[a], keys[b]);
                    var result = T.IsNaN(x) || T.IsNaN(y) ? T.IsNaN(x).CompareTo(T.IsNaN(y)) : x.CompareTo(y);
                    return result == 0 ? a.CompareTo(b) : descending ? -result : result;
                });
            }
        }
    }
}
