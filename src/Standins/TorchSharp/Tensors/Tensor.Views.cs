namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor T => Rank == 2 ? t() : Recorded(Views.Permute(Valid(), Reversed()), new PermuteNode(Reversed()));

        public Tensor mT => Rank >= 2 ? transpose(-2, -1) : throw Errors.Torch("tensor.mT is only supported on matrices or batches of matrices. Got " + Rank + "-D tensor.");

        public Tensor view(params long[] shape)
        {
            var sizes = Shapes.Infer(shape, Valid()._count);
            var strides = Shapes.ViewStrides(this, sizes) ?? throw Errors.Torch(
                "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). "
                + "Use .reshape(...) instead.");
            return Recorded(View(sizes, strides, _offset), new ReshapeNode(_sizes));
        }

        public Tensor reshape(params long[] shape)
        {
            var sizes = Shapes.Infer(shape, Valid()._count);
            return Recorded(Views.Reshape(this, sizes), new ReshapeNode(_sizes));
        }

        public Tensor flatten(long start_dim = 0, long end_dim = -1)
        {
            var (start, end) = (Shapes.Wrap(start_dim, Valid().Rank), Shapes.Wrap(end_dim, Rank));
            if (start > end)
                throw Errors.Torch("flatten() has invalid args: start_dim cannot come after end_dim");
            if (Rank == 0)
                return reshape(1);
            long[] sizes = [.. _sizes[..start], Shapes.Count(_sizes.AsSpan()[start..(end + 1)]), .. _sizes[(end + 1)..]];
            return reshape(sizes);
        }

        public Tensor unflatten(long dim, params long[] sizes)
        {
            var d = Shapes.Wrap(dim, Valid().Rank);
            var inner = Shapes.Infer(sizes, _sizes[d]);
            return reshape([.. _sizes[..d], .. inner, .. _sizes[(d + 1)..]]);
        }

        public Tensor squeeze(long? dim = null)
        {
            if (dim is not { } given)
                return reshape([.. Valid()._sizes.Where(s => s != 1)]);
            var d = Shapes.Wrap(given, Valid().Rank);
            return Rank == 0 || _sizes[d] != 1 ? reshape(_sizes) : reshape([.. _sizes[..d], .. _sizes[(d + 1)..]]);
        }

        public Tensor unsqueeze(long dim)
        {
            var d = Shapes.Wrap(dim, Valid().Rank + 1);
            return reshape([.. _sizes[..d], 1, .. _sizes[d..]]);
        }

        public Tensor t()
        {
            if (Valid().Rank > 2)
                throw Errors.Torch($"t() expects a tensor with <= 2 dimensions, but self is {Rank}D");
            return Rank < 2 ? alias() : transpose(0, 1);
        }

        public Tensor transpose(long dim0, long dim1)
        {
            var (a, b) = (Shapes.Wrap(dim0, Valid().Rank), Shapes.Wrap(dim1, Rank));
            return Recorded(Views.Transpose(this, a, b), new TransposeNode(a, b));
        }

        public Tensor permute(params long[] permutation)
        {
            if (permutation.Length != Valid().Rank)
                throw Errors.Torch($"permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of dimensions i.e. input.dim() = {Rank} is not equal to len(dims) = {permutation.Length}");
            var order = new int[Rank];
            for (var i = 0; i < order.Length; i++)
            {
                order[i] = Shapes.Wrap(permutation[i], Rank);
                if (Array.IndexOf(order, order[i], 0, i) >= 0)
                    throw Errors.Torch("permute(): duplicate dims are not allowed.");
            }
            return Recorded(Views.Permute(this, order), new PermuteNode(order));
        }

        public Tensor expand(params long[] sizes) => expand((ReadOnlySpan<long>)sizes);

        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false)
        {
            if (sizes.Length < Valid().Rank)
                throw Errors.Torch($"expand(torch.{DType.NameOf(_dtype)}Tensor{{{Errors.Shape(_sizes)}}}, size={Errors.Shape(sizes)}): the number of sizes provided ({sizes.Length}) must be greater or equal to the number of dimensions in the tensor ({Rank})");
            var wanted = sizes.ToArray();
            for (var i = 1; i <= wanted.Length; i++)
            {
                var own = i <= Rank ? _sizes[^i] : 1;
                if (wanted[^i] == -1)
                    wanted[^i] = own;
                if (own != 1 && own != wanted[^i])
                    throw Errors.Torch($"The expanded size of the tensor ({wanted[^i]}) must match the existing size ({own}) at non-singleton dimension {wanted.Length - i}.  Target sizes: {Errors.Shape(sizes)}.  Tensor sizes: {Errors.Shape(_sizes)}");
            }
            return Recorded(View(wanted, Shapes.ExpandStrides(this, wanted), _offset), new ExpandNode(_sizes));
        }

        public Tensor expand_as(Tensor other) => expand((ReadOnlySpan<long>)other.Sizes);

        public Tensor narrow(long dim, long start, long length)
        {
            var d = Shapes.Wrap(dim, Valid().Rank);
            if (start < 0 || length < 0 || start + length > _sizes[d])
                throw Errors.Torch($"start ({start}) + length ({length}) exceeds dimension size ({_sizes[d]}).");
            return Sliced(d, start, length, 1);
        }

        public Tensor slice(long dim, long start, long finish, long step)
        {
            var d = Shapes.Wrap(dim, Valid().Rank);
            if (step <= 0)
                throw Errors.Torch("slice step must be positive");
            var first = Math.Clamp(start < 0 ? start + _sizes[d] : start, 0, _sizes[d]);
            var end = Math.Clamp(finish < 0 ? finish + _sizes[d] : finish, first, _sizes[d]);
            return Sliced(d, first, (end - first + step - 1) / step, step);
        }

        public Tensor select(long dim, long index)
        {
            if (Valid().Rank == 0)
                throw Errors.Torch("select() cannot be applied to a 0-dim tensor.");
            var d = Shapes.Wrap(dim, Rank);
            if (index < -_sizes[d] || index >= _sizes[d])
                throw Errors.Torch($"select(): index {index} out of range for tensor of size {Errors.Shape(_sizes)} at dimension {d}");
            using var one = Sliced(d, index < 0 ? index + _sizes[d] : index, 1, 1);
            return one.squeeze(d);
        }

        public Tensor[] split(long size, int dim = 0)
        {
            var d = Shapes.Wrap(dim, Valid().Rank);
            if (size <= 0)
                throw Errors.Torch($"split expects split_size be non-negative, but got split_size={size}");
            var parts = new Tensor[Math.Max(1, (_sizes[d] + size - 1) / size)];
            for (var i = 0; i < parts.Length; i++)
                parts[i] = Sliced(d, i * size, Math.Min(size, _sizes[d] - (i * size)), 1);
            return parts;
        }

        public Tensor[] chunk(long chunks, long dim = 0)
        {
            if (chunks <= 0)
                throw Errors.Torch($"chunk expects `chunks` to be greater than 0, got: {chunks}");
            var d = Shapes.Wrap(dim, Valid().Rank);
            return split(Math.Max(1, (_sizes[d] + chunks - 1) / chunks), d);
        }

        public Tensor[] unbind(long dimension = 0)
        {
            var d = Shapes.Wrap(dimension, Valid().Rank);
            var parts = new Tensor[_sizes[d]];
            for (var i = 0; i < parts.Length; i++)
                parts[i] = select(d, i);
            return parts;
        }

        public Tensor alias() => Recorded(Valid().Alias(), new CloneNode());

        public Tensor contiguous() => Valid()._isContiguous ? this : clone();

        public Tensor clone() => Recorded(Factory.Clone(Valid()), new CloneNode());

        public Tensor type(ScalarType dtype) => To(dtype);

        public Tensor @float() => To(ScalarType.Float32);

        public Tensor @double() => To(ScalarType.Float64);

        public Tensor @long() => To(ScalarType.Int64);

        public Tensor @bool() => To(ScalarType.Bool);

        /// <summary>This tensor in another element type; itself where it has it already.</summary>
        internal Tensor To(ScalarType type)
        {
            DType.RequireSupported(type);
            if (type == Valid()._dtype)
                return this;
            var result = Factory.Cast(this, type);
            if (DType.IsFloating(type) && Engine.Records(this))
                result.Record(new CastNode(_dtype), this);
            return result;
        }

        /// <summary>Gives a tensor the history that it was computed from one other.</summary>
        internal void Record(Node node, Tensor input)
        {
            node.Link(input);
            SetHistory(node);
        }

        /// <summary>A result computed from this tensor alone, with history where that is on.</summary>
        internal Tensor Recorded(Tensor result, Node node)
        {
            if (Engine.Records(this))
                result.Record(node, this);
            return result;
        }

        private Tensor Sliced(int dim, long start, long length, long step) =>
            Recorded(Views.Slice(Valid(), dim, start, length, step), new SliceNode(_sizes, dim, start, length, step));

        private int[] Reversed() => [.. Enumerable.Range(0, Rank).Reverse()];
    }
}
