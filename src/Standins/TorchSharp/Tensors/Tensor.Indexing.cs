namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor copy_(Tensor source, bool nonBlocking = false)
        {
            RequireWritable();
            var sizes = Shapes.Broadcast(_sizes, source.Valid()._sizes);
            if (!sizes.AsSpan().SequenceEqual(_sizes))
                throw Errors.Torch($"output with shape {Errors.Shape(_sizes)} doesn't match the broadcast shape {Errors.Shape(sizes)} (copy_)");
            var records = Engine.Records(this, source);
            Binary.RequireBase(this, records);
            if (ReferenceEquals(Buffer, source.Buffer))
            {
                using var before = source.detach().clone();
                Strided.Copy(before, this);
            }
            else
            {
                Strided.Copy(source, this);
            }
            Buffer.Version++;
            if (records)
            {
                var node = new CopyNode(source._sizes, source._dtype);
                node.Link(this, source);
                SetHistory(node);
            }
            return this;
        }

        public Tensor fill_(Scalar value)
        {
            RequireWritable();
            var records = Engine.Records(this);
            Binary.RequireBase(this, records);
            Factory.Fill(this, value);
            Buffer.Version++;
            if (records)
            {
                var node = new CopyNode([], _dtype);
                node.Link(this);
                SetHistory(node);
            }
            return this;
        }

        public Tensor zero_() => fill_(0);

        public Tensor uniform_(double from, double to, Generator? generator = null) => Randomized(t => RandomFill.Uniform(t, from, to, generator));

        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) => Randomized(t => RandomFill.Normal(t, mean, std, generator));

        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) => Randomized(t => RandomFill.Bernoulli(t, p, generator));

        public Tensor masked_fill(Tensor mask, Scalar value)
        {
            RequireMask("masked_fill", mask);
            var filler = Factory.Full(_dtype, [], value);
            using (filler)
                return Where(mask, filler, this);
        }

        public Tensor masked_fill_(Tensor mask, Scalar value)
        {
            RequireMask("masked_fill_", mask);
            using var filled = masked_fill(mask, value);
            return copy_(filled);
        }

        /// <summary>The elements where the mask holds, in order, as one dimension.</summary>
        public Tensor masked_select(Tensor mask)
        {
            RequireMask("masked_select", mask);
            using var work = new Work();
            var sizes = Shapes.Broadcast(Valid()._sizes, mask._sizes);
            var places = mask.expand((ReadOnlySpan<long>)sizes).reshape(-1).nonzero().reshape(-1);
            return work.Return(expand((ReadOnlySpan<long>)sizes).reshape(-1).index_select(0, places));
        }

        public Tensor nonzero()
        {
            using var work = new Work();
            var held = To(ScalarType.Bool).Packed().Span<bool>();
            var count = 0;
            foreach (var value in held)
                count += value ? 1 : 0;
            var result = Make(ScalarType.Int64, [count, Rank]);
            var places = result.Span<long>();
            var at = 0;
            for (var i = 0; i < held.Length; i++)
            {
                if (!held[i])
                    continue;
                long rest = i;
                for (var d = Rank - 1; d >= 0; d--)
                {
                    places[at + d] = rest % _sizes[d];
                    rest /= _sizes[d];
                }
                at += Rank;
            }
            return work.Return(result);
        }

        public Tensor gather(long dim, Tensor index)
        {
            var d = Shapes.Wrap(dim, Valid().Rank);
            var result = Indexing.Gather(this, d, index.Valid());
            if (Engine.Records(this))
                result.Record(new GatherNode(new SavedTensor(index), _sizes, d), this);
            return result;
        }

        public Tensor index_select(long dim, Tensor index)
        {
            var d = Shapes.Wrap(dim, Valid().Rank);
            var result = Indexing.Select(this, d, index.Valid());
            if (Engine.Records(this))
                result.Record(new IndexSelectNode(new SavedTensor(index), _sizes, d), this);
            return result;
        }

        public Tensor index_add(long dim, Tensor index, Tensor source, Scalar alpha)
        {
            var d = Shapes.Wrap(dim, Valid().Rank);
            var result = Factory.Clone(this);
            Indexing.AddSlices(result, d, index.Valid(), source.Valid(), alpha.AsDouble());
            return Linked(result, source, new IndexAddNode(Saved(index, this, source), d, alpha.AsDouble()));
        }

        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha)
        {
            RequireWritable();
            Binary.RequireBase(this, Engine.Records(this, source));
            var d = Shapes.Wrap(dim, Rank);
            InPlace(t => Indexing.AddSlices(t, d, index.Valid(), source.Valid(), alpha.AsDouble()));
            return Linked(this, source, new IndexAddNode(Saved(index, this, source), d, alpha.AsDouble()));
        }

        public Tensor scatter(long dim, Tensor index, Tensor src) => Scattered(dim, index, src, add: false);

        public Tensor scatter_add(long dim, Tensor index, Tensor src) => Scattered(dim, index, src, add: true);

        internal static Tensor Where(Tensor condition, Tensor x, Tensor y)
        {
            if (condition.Valid()._dtype != ScalarType.Bool)
                throw Errors.Torch($"where expected condition to be a boolean tensor, but got a tensor with dtype {DType.NameOf(condition._dtype)}");
            using var work = new Work();
            var type = DType.ResultOf(x.Valid(), y.Valid());
            var (a, b) = (x.To(type), y.To(type));
            var sizes = Shapes.Broadcast(condition._sizes, Shapes.Broadcast(a._sizes, b._sizes));
            var result = Make(type, sizes);
            Strided.Copy(b, result);
            var (held, from) = (Binary.Expanded(condition, ScalarType.Bool, sizes), Binary.Expanded(a, type, sizes));
            switch (type)
            {
                case ScalarType.Float32:
                    Choose(held.Span<bool>(), from.Span<float>(), result.Span<float>());
                    break;
                case ScalarType.Float64:
                    Choose(held.Span<bool>(), from.Span<double>(), result.Span<double>());
                    break;
                case ScalarType.Int64:
                    Choose(held.Span<bool>(), from.Span<long>(), result.Span<long>());
                    break;
                default:
                    Choose(held.Span<bool>(), from.Span<bool>(), result.Span<bool>());
                    break;
            }
            if (Engine.Records(a, b))
            {
                var node = new WhereNode(new SavedTensor(condition), a._sizes, b._sizes);
                node.Link(a, b);
                result.SetHistory(node);
            }
            return work.Return(result);
        }

        private static void Choose<T>(ReadOnlySpan<bool> held, ReadOnlySpan<T> from, Span<T> to)
        {
            for (var i = 0; i < to.Length; i++)
                to[i] = held[i] ? from[i] : to[i];
        }

        private static SavedTensor Saved(Tensor index, Tensor a, Tensor b) => Engine.Records(a, b) ? new SavedTensor(index) : default;

        private Tensor Linked(Tensor result, Tensor source, Node node)
        {
            if (!Engine.Records(this, source))
                return result;
            node.Link(this, source);
            result.SetHistory(node);
            return result;
        }

        private Tensor Scattered(long dim, Tensor index, Tensor src, bool add)
        {
            var d = Shapes.Wrap(dim, Valid().Rank);
            var result = Factory.Clone(this);
            Indexing.Scatter(result, d, index.Valid(), src.Valid(), add);
            return Linked(result, src, new ScatterNode(Saved(index, this, src), d, add, src._sizes));
        }

        // Kernels write packed tensors; others are written through a copy.
        private void InPlace(Action<Tensor> write)
        {
            if (_isContiguous)
            {
                write(this);
            }
            else
            {
                using var work = new Work();
                var packed = Factory.Clone(this);
                write(packed);
                Strided.Copy(packed, this);
            }
            Buffer.Version++;
        }

        private Tensor Randomized(Action<Tensor> fill)
        {
            RequireWritable();
            Binary.RequireBase(this, Engine.Records(this));
            fill(this);
            if (Engine.Records(this))
            {
                var node = new CopyNode([], _dtype);
                node.Link(this);
                SetHistory(node);
            }
            return this;
        }

        private void RequireMask(string operation, Tensor mask)
        {
            if (mask.Valid()._dtype != ScalarType.Bool)
                throw Errors.Torch($"{operation} only supports boolean masks, but got mask with dtype {DType.NameOf(mask._dtype)}");
            _ = Valid();
        }
    }
}
