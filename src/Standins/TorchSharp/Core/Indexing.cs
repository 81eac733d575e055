using System.Numerics;

namespace TorchSharp;

/// <summary>Gathering and scattering along one dimension, without history, for any element type.</summary>
internal static class Indexing
{
    /// <summary>result[.., i, ..] ← x[.., index[.., i, ..], ..]: the index has the result's shape.</summary>
    internal static torch.Tensor Gather(torch.Tensor x, int dim, torch.Tensor index)
    {
        CheckIndex("gather", x, dim, index);
        var result = torch.Tensor.Make(x.dtype, index.Sizes);
        var (source, places) = (x.Packed(), index.Packed());
        var walk = new Walk(source, dim, places);
        switch (x.dtype)
        {
            case torch.ScalarType.Float32:
                walk.Gather<float>(source.Span<float>(), result.Span<float>());
                break;
            case torch.ScalarType.Float64:
                walk.Gather<double>(source.Span<double>(), result.Span<double>());
                break;
            case torch.ScalarType.Int64:
                walk.Gather<long>(source.Span<long>(), result.Span<long>());
                break;
            default:
                walk.Gather<bool>(source.Span<bool>(), result.Span<bool>());
                break;
        }
        Binary.DisposeCast(source, x);
        Binary.DisposeCast(places, index);
        return result;
    }

    /// <summary>target[.., index[.., i, ..], ..] ← (or +=) source[.., i, ..]; the target is packed.</summary>
    internal static void Scatter(torch.Tensor target, int dim, torch.Tensor index, torch.Tensor source, bool add)
    {
        CheckIndex(add ? "scatter_add" : "scatter", target, dim, index);
        if (source.dtype != target.dtype)
            throw Errors.Torch($"scatter(): Expected self.dtype to be equal to src.dtype, but got {DType.NameOf(target.dtype)} and {DType.NameOf(source.dtype)}");
        for (var d = 0; d < index.Rank; d++)
        {
            if (index.Sizes[d] > source.Sizes[d])
                throw Errors.Torch($"Expected index {Errors.Shape(index.Sizes)} to be no larger than src {Errors.Shape(source.Sizes)} in every dimension (scatter)");
        }
        var (places, own) = (index.Packed(), torch.Tensor.Make(source.dtype, index.Sizes));
        using (var corner = source.View(index.Sizes, source.Strides, source.Offset))
            Strided.Copy(corner, own);
        var walk = new Walk(target, dim, places);
        switch (target.dtype)
        {
            case torch.ScalarType.Float32:
                walk.Scatter<float>(target.Span<float>(), own.Span<float>(), add);
                break;
            case torch.ScalarType.Float64:
                walk.Scatter<double>(target.Span<double>(), own.Span<double>(), add);
                break;
            case torch.ScalarType.Int64:
                walk.Scatter<long>(target.Span<long>(), own.Span<long>(), add);
                break;
            default:
                throw Errors.NotSupported("scatter", $"element type {target.dtype} is not supported.");
        }
        own.Dispose();
        Binary.DisposeCast(places, index);
    }

    /// <summary>target[place] ← source, one by one, over packed vectors of any element type.</summary>
    internal static void ScatterAny(torch.Tensor target, torch.Tensor places, torch.Tensor source)
    {
        var at = places.Span<long>();
        switch (target.dtype)
        {
            case torch.ScalarType.Float32:
                Put<float>(target.Span<float>(), at, source.Span<float>());
                break;
            case torch.ScalarType.Float64:
                Put<double>(target.Span<double>(), at, source.Span<double>());
                break;
            case torch.ScalarType.Int64:
                Put<long>(target.Span<long>(), at, source.Span<long>());
                break;
            default:
                Put<bool>(target.Span<bool>(), at, source.Span<bool>());
                break;
        }
    }

    /// <summary>The slices of x that a one-dimensional index names, copied whole.</summary>
    internal static torch.Tensor Select(torch.Tensor x, int dim, torch.Tensor index)
    {
        CheckLine("index_select", index);
        var source = x.Packed();
        var places = index.Packed();
        var sizes = x.Rank == 0 ? Shapes.Scalar : (long[])x.Sizes.Clone();
        if (x.Rank > 0)
            sizes[dim] = index.Count;
        var result = torch.Tensor.Make(x.dtype, sizes);
        var slices = new Slices(x.Sizes, dim);
        foreach (var place in places.Span<long>())
            RequireInside("index_select", place, slices.Length, dim);
        switch (x.dtype)
        {
            case torch.ScalarType.Float32:
                slices.Select<float>(source.Span<float>(), places.Span<long>(), result.Span<float>());
                break;
            case torch.ScalarType.Float64:
                slices.Select<double>(source.Span<double>(), places.Span<long>(), result.Span<double>());
                break;
            case torch.ScalarType.Int64:
                slices.Select<long>(source.Span<long>(), places.Span<long>(), result.Span<long>());
                break;
            default:
                slices.Select<bool>(source.Span<bool>(), places.Span<long>(), result.Span<bool>());
                break;
        }
        Binary.DisposeCast(source, x);
        Binary.DisposeCast(places, index);
        return result;
    }

    /// <summary>Adds alpha times the slices of the source to those of the packed target that the index names, in order.</summary>
    internal static void AddSlices(torch.Tensor target, int dim, torch.Tensor index, torch.Tensor source, double alpha)
    {
        CheckLine("index_add", index);
        var slices = new Slices(target.Sizes, dim);
        var expected = (long[])target.Sizes.Clone();
        if (target.Rank > 0)
            expected[dim] = index.Count;
        if (!source.Sizes.AsSpan().SequenceEqual(expected))
            throw Errors.Torch($"index_add_(): expected source of shape {Errors.Shape(expected)} for self {Errors.Shape(target.Sizes)} and an index of {index.Count}, but got {Errors.Shape(source.Sizes)}");
        if (source.dtype != target.dtype)
            throw Errors.Torch($"index_add_(): self ({DType.NameOf(target.dtype)}) and source ({DType.NameOf(source.dtype)}) must have the same scalar type");
        var (places, own) = (index.Packed(), source.Packed());
        foreach (var place in places.Span<long>())
            RequireInside("index_add", place, slices.Length, dim);
        switch (target.dtype)
        {
            case torch.ScalarType.Float32:
                slices.Add(target.Span<float>(), places.Span<long>(), own.Span<float>(), (float)alpha);
                break;
            case torch.ScalarType.Float64:
                slices.Add(target.Span<double>(), places.Span<long>(), own.Span<double>(), alpha);
                break;
            case torch.ScalarType.Int64:
                slices.Add(target.Span<long>(), places.Span<long>(), own.Span<long>(), (long)alpha);
                break;
            default:
                throw Errors.NotSupported("index_add", $"element type {target.dtype} is not supported.");
        }
        Binary.DisposeCast(places, index);
        Binary.DisposeCast(own, source);
    }

    internal static void RequireInside(string operation, long place, long size, int dim)
    {
        if (place < 0 || place >= size)
            throw Errors.Torch($"{operation}(): index {place} is out of bounds for dimension {dim} with size {size}");
    }

    private static void Put<T>(Span<T> target, ReadOnlySpan<long> places, ReadOnlySpan<T> source)
    {
        for (var i = 0; i < places.Length; i++)
            target[(int)places[i]] = source[i];
    }

    private static void CheckIndex(string operation, torch.Tensor x, int dim, torch.Tensor index)
    {
        if (index.dtype != torch.ScalarType.Int64)
            throw Errors.Torch($"{operation}(): Expected dtype int64 for index, but got {DType.NameOf(index.dtype)}");
        if (index.Rank != x.Rank)
            throw Errors.Torch($"Index tensor must have the same number of dimensions as input tensor ({operation} of {Errors.Shape(x.Sizes)} with index {Errors.Shape(index.Sizes)})");
        for (var d = 0; d < x.Rank; d++)
        {
            if (d != dim && index.Sizes[d] > x.Sizes[d])
                throw Errors.Torch($"Size does not match at dimension {d} expected index {Errors.Shape(index.Sizes)} to be no larger than self {Errors.Shape(x.Sizes)} apart from dimension {dim} ({operation})");
        }
    }

    private static void CheckLine(string operation, torch.Tensor index)
    {
        if (index.dtype != torch.ScalarType.Int64)
            throw Errors.Torch($"{operation}(): Expected dtype int64 for index, but got {DType.NameOf(index.dtype)}");
        if (index.Rank > 1)
            throw Errors.Torch($"{operation}(): Index is supposed to be a vector, but got dim: {index.Rank} with size: {Errors.Shape(index.Sizes)}");
    }

    /// <summary>Goes over the elements of an index, and the places in a packed tensor that they name.</summary>
    private readonly ref struct Walk
    {
        private readonly torch.Tensor _tensor;
        private readonly torch.Tensor _index;
        private readonly int _dim;

        internal Walk(torch.Tensor tensor, int dim, torch.Tensor index) => (_tensor, _dim, _index) = (tensor, dim, index);

        internal void Gather<T>(ReadOnlySpan<T> from, Span<T> to) where T : unmanaged
        {
            Span<int> places = _index.Count <= 256 ? stackalloc int[_index.Count] : new int[_index.Count];
            Places(places);
            for (var i = 0; i < to.Length; i++)
                to[i] = from[places[i]];
        }

        internal void Scatter<T>(Span<T> to, ReadOnlySpan<T> from, bool add) where T : unmanaged, INumber<T>
        {
            Span<int> places = _index.Count <= 256 ? stackalloc int[_index.Count] : new int[_index.Count];
            Places(places);
            for (var i = 0; i < from.Length; i++)
                to[places[i]] = add ? to[places[i]] + from[i] : from[i];
        }

        private void Places(Span<int> places)
        {
            var index = _index.Span<long>();
            var sizes = _index.Sizes;
            var strides = Shapes.ContiguousStrides(_tensor.Sizes);
            Span<long> at = stackalloc long[Math.Max(1, sizes.Length)];
            at.Clear();
            for (var i = 0; i < index.Length; i++)
            {
                long place = 0;
                for (var d = 0; d < sizes.Length; d++)
                    place += (d == _dim ? 0 : at[d]) * strides[d];
                RequireInside("gather or scatter", index[i], sizes.Length == 0 ? 1 : _tensor.Sizes[_dim], _dim);
                places[i] = (int)(place + (sizes.Length == 0 ? 0 : index[i] * strides[_dim]));
                for (var d = sizes.Length - 1; d >= 0 && ++at[d] == sizes[d]; d--)
                    at[d] = 0;
            }
        }
    }

    /// <summary>A packed tensor as blocks along one dimension.</summary>
    private readonly struct Slices
    {
        private readonly int _outer;
        private readonly int _inner;

        internal Slices(long[] sizes, int dim)
        {
            Length = sizes.Length == 0 ? 1 : (int)sizes[dim];
            _inner = sizes.Length == 0 ? 1 : (int)Shapes.Count(sizes.AsSpan()[(dim + 1)..]);
            _outer = sizes.Length == 0 ? 1 : (int)Shapes.Count(sizes.AsSpan()[..dim]);
        }

        internal int Length { get; }

        internal void Select<T>(ReadOnlySpan<T> from, ReadOnlySpan<long> places, Span<T> to) where T : unmanaged
        {
            var at = 0;
            for (var o = 0; o < _outer; o++)
            {
                foreach (var place in places)
                {
                    from.Slice(((o * Length) + (int)place) * _inner, _inner).CopyTo(to[at..]);
                    at += _inner;
                }
            }
        }

        internal void Add<T>(Span<T> to, ReadOnlySpan<long> places, ReadOnlySpan<T> from, T alpha) where T : unmanaged, INumber<T>
        {
            var at = 0;
            for (var o = 0; o < _outer; o++)
            {
                foreach (var place in places)
                {
                    var target = to.Slice(((o * Length) + (int)place) * _inner, _inner);
                    System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(from.Slice(at, _inner), alpha, target, target);
                    at += _inner;
                }
            }
        }
    }
}

internal sealed class GatherNode(SavedTensor index, long[] sizes, int dim) : Node
{
    private SavedTensor _index = index;

    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        var result = Factory.Full(grad.dtype, sizes, 0.0);
        Indexing.Scatter(result, dim, _index.Unpack(this), grad, add: true);
        sink.Set(0, result);
    }

    protected override void FreeSaved() => _index.Free();
}

internal sealed class IndexSelectNode(SavedTensor index, long[] sizes, int dim) : Node
{
    private SavedTensor _index = index;

    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        var result = Factory.Full(grad.dtype, sizes, 0.0);
        Indexing.AddSlices(result, dim, _index.Unpack(this), grad, 1);
        sink.Set(0, result);
    }

    protected override void FreeSaved() => _index.Free();
}

/// <summary>target with alpha·source added at the index: the source's gradient is read there.</summary>
internal sealed class IndexAddNode(SavedTensor index, int dim, double alpha) : Node
{
    private SavedTensor _index = index;

    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        if (sink.Needs(1))
        {
            var part = Indexing.Select(grad, dim, _index.Unpack(this));
            sink.Set(1, alpha == 1 ? part : part.mul(alpha));
        }
        sink.Set(0, grad);
    }

    protected override void FreeSaved() => _index.Free();
}

/// <summary>target with the source put, or added, at an index of its own shape.</summary>
internal sealed class ScatterNode(SavedTensor index, int dim, bool add, long[] sourceSizes) : Node
{
    private SavedTensor _index = index;

    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        var index = _index.Unpack(this);
        if (sink.Needs(1))
        {
            var part = Indexing.Gather(grad, dim, index);
            if (!part.Sizes.AsSpan().SequenceEqual(sourceSizes))
            {
                var whole = Factory.Full(grad.dtype, sourceSizes, 0.0);
                Strided.Copy(part, whole.View(part.Sizes, whole.Strides, 0));
                part = whole;
            }
            sink.Set(1, part);
        }
        if (sink.Needs(0) && !add)
        {
            var rest = Factory.Clone(grad);
            Indexing.Scatter(rest, dim, index, Factory.Full(grad.dtype, index.Sizes, 0.0), add: false);
            sink.Set(0, rest);
        }
        else
        {
            sink.Set(0, grad);
        }
    }

    protected override void FreeSaved() => _index.Free();
}

/// <summary>x where the condition holds, else y.</summary>
internal sealed class WhereNode(SavedTensor condition, long[] sizesX, long[] sizesY) : Node
{
    private SavedTensor _condition = condition;

    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        var condition = _condition.Unpack(this);
        if (sink.Needs(0))
            sink.Set(0, Pointwise.SumTo(grad.mul(condition.To(grad.dtype)), sizesX));
        if (sink.Needs(1))
            sink.Set(1, Pointwise.SumTo(grad.mul(condition.logical_not().To(grad.dtype)), sizesY));
    }

    protected override void FreeSaved() => _condition.Free();
}

/// <summary>Tensors laid side by side along a dimension.</summary>
internal sealed class CatNode(long[] lengths, int dim) : Node
{
    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        long start = 0;
        for (var i = 0; i < lengths.Length; start += lengths[i++])
        {
            if (sink.Needs(i))
                sink.Set(i, Views.Slice(grad, dim, start, lengths[i], 1));
        }
    }
}

/// <summary>A tensor overwritten by a copy of another.</summary>
internal sealed class CopyNode(long[] sourceSizes, torch.ScalarType sourceType) : Node
{
    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        if (sink.Needs(0))
            sink.Set(0, Factory.Full(grad.dtype, grad.Sizes, 0.0));
        if (sink.Needs(1))
        {
            var part = Pointwise.SumTo(grad, sourceSizes);
            sink.Set(1, part.dtype == sourceType ? part : Factory.Cast(part, sourceType));
        }
    }
}
