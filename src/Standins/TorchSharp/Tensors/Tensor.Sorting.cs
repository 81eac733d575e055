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
