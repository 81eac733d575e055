using System.Numerics;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor sum(ScalarType? type = null) => Summed([], false, type);

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => Summed([dim], keepdim, type);

        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) => Summed(dim, keepdim, type);

        public Tensor mean()
        {
            RequireFloating("mean()");
            using var total = Summed([], false, null);
            return total.div((Scalar)(double)_count);
        }

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null)
        {
            var x = type is { } wanted ? To(wanted) : this;
            x.RequireFloating("mean()");
            using var total = x.Summed(dimensions, keepdim, null);
            return total.div((Scalar)(double)Reduction.CountOf(x, Reduction.Dims(x, dimensions)));
        }

        public Tensor var(bool unbiased = true) => Variance([], unbiased, false, null);

        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Variance([dim], unbiased, keepdim, type);

        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Variance(dimensions, unbiased, keepdim, type);

        public Tensor std(bool unbiased = true) => Root(Variance([], unbiased, false, null));

        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Root(Variance([dim], unbiased, keepdim, type));

        public Tensor norm(float p = 2) => Norms.Vector(this, p, [], false);

        public Tensor norm(int dim, bool keepdim = false, float p = 2) => Norms.Vector(this, p, [dim], keepdim);

        public Tensor max() => Extreme([], false, largest: true);

        public Tensor min() => Extreme([], false, largest: false);

        public Tensor amax(params long[] dims) => Extreme(dims, false, largest: true);

        public Tensor amax(long[] dims, bool keepdim = false, Tensor? @out = null) => Extreme(RefuseOut(dims, @out), keepdim, largest: true);

        public Tensor amin(params long[] dims) => Extreme(dims, false, largest: false);

        public Tensor amin(long[] dims, bool keepdim = false, Tensor? @out = null) => Extreme(RefuseOut(dims, @out), keepdim, largest: false);

        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => ExtremeAt(dim, keepdim, largest: true);

        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => ExtremeAt(dim, keepdim, largest: false);

        public Tensor argmax() => Reduction.ArgExtreme(Valid(), Reduction.Dims(this, []), false, largest: true);

        public Tensor argmax(long dim, bool keepdim = false) => Reduction.ArgExtreme(Valid(), Reduction.Dims(this, [dim]), keepdim, largest: true);

        public Tensor all() => Truth([], false, static row => !row.Contains(false));

        public Tensor any() => Truth([], false, static row => row.Contains(true));

        public Tensor logsumexp(long dim, bool keepdim = false)
        {
            RequireFloating("logsumexp()");
            using var work = new Work();
            var peak = Factory.Clone(Extreme([dim], true, largest: true).detach());
            using (no_grad())
                peak = peak.masked_fill(peak.isinf(), 0);
            var total = sub(peak).exp().sum(dim, true).log().add(peak);
            return work.Return(keepdim ? total : total.squeeze(dim));
        }

        public Tensor softmax(long dim, ScalarType? dtype = null) => SoftmaxFunction.Apply(dtype is { } type ? To(type) : this, dim, log: false);

        public Tensor log_softmax(long dim, ScalarType? dtype = null) => SoftmaxFunction.Apply(dtype is { } type ? To(type) : this, dim, log: true);

        public Tensor cumsum(long dim, ScalarType? type = null)
        {
            var x = To(type ?? (_dtype == ScalarType.Bool ? ScalarType.Int64 : _dtype));
            var d = Shapes.Wrap(dim, Rank);
            return x.Recorded(Cumulative.Sum(x, d, reverse: false), new CumsumNode(d));
        }

        internal void RequireFloating(string operation)
        {
            if (!Valid().IsFloating)
            {
                throw Errors.Torch(
                    $"{operation}: could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: {DType.NameOf(_dtype)}");
            }
        }

        internal Tensor Summed(ReadOnlySpan<long> dims, bool keepDim, ScalarType? type)
        {
            var x = type is { } wanted ? To(wanted) : Valid();
            var over = Reduction.Dims(x, dims);
            var result = Reduction.Sum(x, over, keepDim);
            if (Engine.Records(x))
                result.Record(new SumNode(x._sizes, over), x);
            if (!ReferenceEquals(x, this))
                x.Dispose();
            return result;
        }

        private static long[] RefuseOut(long[] dims, Tensor? given) =>
            given is null ? dims : throw Errors.NotSupported("Tensor.amax, Tensor.amin", "argument 'out' is not supported.");

        private static Tensor Root(Tensor variance)
        {
            using (variance)
                return Unary.Apply(variance, default(DeviationOp));
        }

        private Tensor Variance(ReadOnlySpan<long> dims, bool unbiased, bool keepDim, ScalarType? type)
        {
            RequireFloating("var()");
            using var work = new Work();
            var x = type is { } wanted ? To(wanted) : this;
            var over = Reduction.Dims(x, dims);
            long[] axes = [.. over.Select(d => (long)d)];
            var count = Reduction.CountOf(x, over);
            var centred = x.sub(x.Summed(axes, true, null).div((Scalar)(double)count));
            // Fewer than two values have no unbiased variance: NaN, as in PyTorch.
            return work.Return(centred.square().Summed(axes, keepDim, null).div((Scalar)(double)(count - (unbiased ? 1 : 0))));
        }

        private Tensor Extreme(ReadOnlySpan<long> dims, bool keepDim, bool largest)
        {
            var over = Reduction.Dims(Valid(), dims);
            var sizes = Reduction.SizesWithout(this, over, keepDim);
            if (Reduction.CountOf(this, over) == 0)
                throw Errors.Torch($"{(largest ? "max" : "min")}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.");
            var result = Make(_dtype, sizes);
            if (largest)
                Reduction.EachNumber(this, over, result, default(LargestRow));
            else
                Reduction.EachNumber(this, over, result, default(SmallestRow));
            if (Engine.Records(this))
                result.Record(new ExtremeNode(new SavedTensor(this), new SavedTensor(result), over), this);
            return result;
        }

        private (Tensor Values, Tensor Indices) ExtremeAt(long dim, bool keepDim, bool largest)
        {
            var d = Shapes.Wrap(dim, Valid().Rank);
            var indices = Reduction.ArgExtreme(this, Reduction.Dims(this, [d]), keepDim: true, largest);
            using var gathered = gather(d, indices);
            if (keepDim)
                return (gathered.alias(), indices);
            using (indices)
                return (gathered.squeeze(d), indices.squeeze(d));
        }

        private Tensor Truth(ReadOnlySpan<long> dims, bool keepDim, Reduction.RowFunction<bool, bool> function)
        {
            var over = Reduction.Dims(Valid(), dims);
            var x = _dtype == ScalarType.Bool ? this : Factory.Cast(this, ScalarType.Bool);
            var result = Make(ScalarType.Bool, Reduction.SizesWithout(this, over, keepDim));
            Reduction.Each(x, over, result, function);
            Binary.DisposeCast(x, this);
            return result;
        }
    }
}

internal readonly struct LargestRow : Reduction.INumberRowFunction
{
    public T Reduce<T>(ReadOnlySpan<T> row) where T : unmanaged, INumber<T> => System.Numerics.Tensors.TensorPrimitives.Max(row);
}

internal readonly struct SmallestRow : Reduction.INumberRowFunction
{
    public T Reduce<T>(ReadOnlySpan<T> row) where T : unmanaged, INumber<T> => System.Numerics.Tensors.TensorPrimitives.Min(row);
}

internal sealed class SumNode(long[] sizes, int[] dims) : Node
{
    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        var kept = (long[])sizes.Clone();
        foreach (var d in dims)
            kept[d] = 1;
        using var flat = Views.Reshape(grad, kept);
        sink.Set(0, flat.View(sizes, Shapes.ExpandStrides(flat, sizes), flat.Offset));
    }
}

/// <summary>The gradient of a largest or smallest element goes to all equal to it, in equal parts.</summary>
internal sealed class ExtremeNode(SavedTensor input, SavedTensor result, int[] dims) : Node
{
    private SavedTensor _input = input;
    private SavedTensor _result = result;

    internal override string Name => "MaxBackward1";

    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        var x = _input.Unpack(this);
        var kept = (long[])x.Sizes.Clone();
        foreach (var d in dims)
            kept[d] = 1;
        var mask = x.eq(_result.Unpack(this).reshape(kept)).To(grad.dtype);
        var share = grad.reshape(kept).div(Reduction.Sum(mask, dims, keepDim: true));
        sink.Set(0, mask.mul(share));
    }

    protected override void FreeSaved()
    {
        _input.Free();
        _result.Free();
    }
}

internal sealed class CumsumNode(int dim) : Node
{
    internal override void Backward(torch.Tensor grad, GradientSink sink) => sink.Set(0, Cumulative.Sum(grad, dim, reverse: true));
}

internal static class Cumulative
{
    internal static torch.Tensor Sum(torch.Tensor x, int dim, bool reverse)
    {
        var result = Factory.Clone(x);
        if (x.Rank == 0 || x.Count == 0)
            return result;
        var inner = (int)Shapes.Count(x.Sizes.AsSpan()[(dim + 1)..]);
        switch (x.dtype)
        {
            case torch.ScalarType.Float32:
                Run(result.Span<float>(), (int)x.Sizes[dim], inner, reverse);
                break;
            case torch.ScalarType.Float64:
                Run(result.Span<double>(), (int)x.Sizes[dim], inner, reverse);
                break;
            default:
                Run(result.Span<long>(), (int)x.Sizes[dim], inner, reverse);
                break;
        }
        return result;
    }

    private static void Run<T>(Span<T> values, int length, int inner, bool reverse) where T : unmanaged, INumber<T>
    {
        for (var block = 0; block < values.Length; block += length * inner)
        {
            for (var i = 1; i < length; i++)
            {
                var to = block + ((reverse ? length - 1 - i : i) * inner);
                var from = reverse ? to + inner : to - inner;
                for (var j = 0; j < inner; j++)
                    values[to + j] += values[from + j];
            }
        }
    }
}
