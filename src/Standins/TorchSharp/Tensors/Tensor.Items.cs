using System.Runtime.CompilerServices;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1]
        {
            get => index([TensorIndex.Single(i1)]);
            set => index_put_(value, [TensorIndex.Single(i1)]);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2]
        {
            get => index([TensorIndex.Single(i1), TensorIndex.Single(i2)]);
            set => index_put_(value, [TensorIndex.Single(i1), TensorIndex.Single(i2)]);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3]
        {
            get => index([TensorIndex.Single(i1), TensorIndex.Single(i2), TensorIndex.Single(i3)]);
            set => index_put_(value, [TensorIndex.Single(i1), TensorIndex.Single(i2), TensorIndex.Single(i3)]);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => index([TensorIndex.Single(i1), TensorIndex.Single(i2), TensorIndex.Single(i3), TensorIndex.Single(i4)]);
            set => index_put_(value, [TensorIndex.Single(i1), TensorIndex.Single(i2), TensorIndex.Single(i3), TensorIndex.Single(i4)]);
        }

        public Tensor index(params Tensor[] indices) => index([.. indices.Select(TensorIndex.Tensor)]);

        public Tensor index(params TensorIndex[] indices)
        {
            using var work = new Work();
            var (view, picked, first) = Sighted(indices);
            return work.Return(picked.Count == 0 ? ReferenceEquals(view, this) ? alias() : view : view.Picked(picked, first));
        }

        public Tensor index_put_(Tensor value, params Tensor[] indices) => index_put_(value, [.. indices.Select(TensorIndex.Tensor)]);

        /// <summary>Writes to what the indices name; the history, where there is one, is this tensor's own.</summary>
        public Tensor index_put_(Tensor value, params TensorIndex[] indices)
        {
            RequireWritable();
            using var work = new Work();
            var source = value.Valid().To(_dtype);
            var records = Engine.Records(this, source);
            Binary.RequireBase(this, records);
            // The places to be written, as numbers of this tensor's elements in order.
            var places = Numbered().index(indices);
            var flat = places.Packed();
            var sizes = Shapes.Broadcast(places._sizes, source._sizes);
            if (!sizes.AsSpan().SequenceEqual(places._sizes))
                throw Errors.Torch($"shape mismatch: value tensor of shape {Errors.Shape(source._sizes)} cannot be broadcast to indexing result of shape {Errors.Shape(places._sizes)}");
            var written = Binary.Expanded(source, _dtype, places._sizes);
            var where = flat.View([flat._count], [1], flat._offset);
            InPlace(t => Indexing.ScatterAny(t.View([t._count], [1], t._offset), where, written.View([written._count], [1], written._offset)));
            if (records)
            {
                var node = new IndexPutNode(new SavedTensor(where), source._sizes, places._sizes);
                node.Link(this, source);
                SetHistory(node);
            }
            return this;
        }

        // Follows everything but index tensors by views; those are left, each with the dimension of the view it picks from.
        private (Tensor View, List<(int Dim, Tensor Index)> Picked, int First) Sighted(TensorIndex[] indices)
        {
            var named = 0;
            foreach (var index in indices)
            {
                named += index.Kind switch
                {
                    TensorIndex.IndexKind.Tensor => index.Picked!.Valid()._dtype == ScalarType.Bool ? index.Picked!.Rank : 1,
                    TensorIndex.IndexKind.Slice or TensorIndex.IndexKind.Single => 1,
                    _ => 0,
                };
            }
            if (named > Valid().Rank)
                throw Errors.Torch($"too many indices for tensor of dimension {Rank}");
            var view = this;
            var dim = 0;
            List<(int, Tensor)> picked = [];
            foreach (var index in indices)
            {
                switch (index.Kind)
                {
                    case TensorIndex.IndexKind.New:
                        view = view.unsqueeze(dim++);
                        break;
                    case TensorIndex.IndexKind.Ellipsis:
                        dim += Rank - named;
                        break;
                    case TensorIndex.IndexKind.Single:
                        view = view.At(dim, index.Start ?? 0);
                        break;
                    case TensorIndex.IndexKind.Slice:
                        view = index is { Start: null, Stop: null, Step: null }
                            ? view
                            : view.slice(dim, index.Start ?? 0, index.Stop ?? long.MaxValue, index.Step ?? 1);
                        dim++;
                        break;
                    default:
                        foreach (var places in Places(index.Picked!, view, dim))
                            picked.Add((dim++, places));
                        break;
                }
            }
            return (view, picked, picked.Count == 0 ? 0 : picked[0].Item1);
        }

        private static IEnumerable<Tensor> Places(Tensor index, Tensor view, int dim)
        {
            if (index._dtype == ScalarType.Int64)
                return [index];
            if (index._dtype != ScalarType.Bool)
                throw Errors.Torch("tensors used as indices must be long, byte or bool tensors");
            for (var d = 0; d < index.Rank; d++)
            {
                if (index._sizes[d] != view._sizes[dim + d])
                    throw Errors.Torch($"The shape of the mask {Errors.Shape(index._sizes)} at index {d} does not match the shape of the indexed tensor {Errors.Shape(view._sizes)} at index {dim + d}");
            }
            var held = index.nonzero();
            return Enumerable.Range(0, index.Rank).Select(d => held.select(1, d));
        }

        private Tensor At(int dim, long position)
        {
            if (Rank == 0)
                throw Errors.Torch("invalid index of a 0-dim tensor. Use `tensor.item()` to convert a 0-dim tensor to a number");
            if (position < -_sizes[dim] || position >= _sizes[dim])
                throw Errors.Torch($"index {position} is out of bounds for dimension {dim} with size {_sizes[dim]}");
            return select(dim, position);
        }

        // Index tensors broadcast together; where they stand side by side the result's dimensions stand there too, else first.
        private Tensor Picked(List<(int Dim, Tensor Index)> picked, int first)
        {
            var shape = Shapes.Scalar;
            foreach (var (_, index) in picked)
                shape = Shapes.Broadcast(shape, index._sizes);
            var adjacent = picked[^1].Dim - picked[0].Dim == picked.Count - 1;
            long[] front = [.. picked.Select(p => (long)p.Dim)];
            long[] rest = [.. Enumerable.Range(0, Rank).Where(d => !front.Contains(d)).Select(d => (long)d)];
            var moved = permute([.. front, .. rest]);
            var combined = Factory.Full(ScalarType.Int64, shape, 0);
            foreach (var (dim, index) in picked)
            {
                foreach (var place in index.Packed().Span<long>())
                {
                    if (place < -_sizes[dim] || place >= _sizes[dim])
                        throw Errors.Torch($"index {place} is out of bounds for dimension {dim} with size {_sizes[dim]}");
                }
                var whole = Where(index.lt(0), index.add(_sizes[dim]), index);
                combined = combined.mul(_sizes[dim]).add(whole);
            }
            var table = moved.reshape([Shapes.Count(front.Select(d => _sizes[d]).ToArray()), .. rest.Select(d => _sizes[d])]);
            var taken = table.index_select(0, combined.reshape(-1)).reshape([.. shape, .. rest.Select(d => _sizes[d])]);
            if (!adjacent || first == 0)
                return taken;
            long[] order = [.. Enumerable.Range(shape.Length, first), .. Enumerable.Range(0, shape.Length), .. Enumerable.Range(shape.Length + first, rest.Length - first)];
            return taken.permute(order);
        }

        private Tensor Numbered()
        {
            var numbers = Make(ScalarType.Int64, _sizes);
            var values = numbers.Span<long>();
            for (var i = 0; i < values.Length; i++)
                values[i] = i;
            return numbers;
        }
    }
}

/// <summary>A tensor with a value put at some of its places.</summary>
internal sealed class IndexPutNode(SavedTensor places, long[] sourceSizes, long[] writtenSizes) : Node
{
    private SavedTensor _places = places;

    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        var places = _places.Unpack(this);
        if (sink.Needs(1))
            sink.Set(1, Pointwise.SumTo(Views.Reshape(Indexing.Select(Views.Reshape(grad, [grad.Count]), 0, places), writtenSizes), sourceSizes));
        if (sink.Needs(0))
        {
            var rest = Factory.Clone(grad);
            Indexing.ScatterAny(rest.View([rest.Count], [1], 0), places, Factory.Full(grad.dtype, [places.Count], 0.0));
            sink.Set(0, rest);
        }
    }

    protected override void FreeSaved() => _places.Free();
}
