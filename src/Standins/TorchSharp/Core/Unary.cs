using System.Numerics;

namespace TorchSharp;

/// <summary>A function of each element, with its derivative.</summary>
internal interface IUnary
{
    static abstract string Name { get; }

    /// <summary>Whether the derivative takes what the function took; and next, what it gave.</summary>
    static virtual bool SavesInput => false;

    static virtual bool SavesResult => false;

    void Forward<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>What is not saved is empty.</summary>
    void Backward<T>(ReadOnlySpan<T> g, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> gx) where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

internal static class Unary
{
    internal static torch.Tensor Apply<TOp>(torch.Tensor x, TOp op) where TOp : struct, IUnary
    {
        if (!x.Valid().IsFloating)
            x = x.To(torch.get_default_dtype());
        var packed = x.Packed();
        var result = torch.Tensor.MakeLike(packed);
        Forward(packed, result, op);
        if (Engine.Records(x))
            Record(x, packed, result, op);
        if (!ReferenceEquals(packed, x))
            packed.Dispose();
        return result;
    }

    internal static torch.Tensor ApplyInPlace<TOp>(torch.Tensor x, TOp op) where TOp : struct, IUnary
    {
        x.RequireWritable();
        if (!x.IsFloating)
            throw Errors.Torch($"result type Float can't be cast to the desired output type {DType.NameOf(x.dtype)} ({TOp.Name}_)");
        var records = Engine.Records(x);
        Binary.RequireBase(x, records);
        using var before = records && TOp.SavesInput ? Factory.Clone(x) : null;
        if (x.IsContiguous)
        {
            Forward(x, x, op);
        }
        else
        {
            using var packed = Factory.Clone(x);
            Forward(packed, packed, op);
            Strided.Copy(packed, x);
        }
        x.Buffer.Version++;
        if (records)
            Record(x, before ?? x, x, op);
        return x;
    }

    private static void Record<TOp>(torch.Tensor x, torch.Tensor packed, torch.Tensor result, TOp op) where TOp : struct, IUnary
    {
        var node = new UnaryNode<TOp>(op, TOp.SavesInput ? new SavedTensor(packed) : default, TOp.SavesResult ? new SavedTensor(result) : default);
        node.Link(x);
        result.SetHistory(node);
    }

    private static void Forward<TOp>(torch.Tensor x, torch.Tensor y, TOp op) where TOp : struct, IUnary
    {
        if (x.dtype == torch.ScalarType.Float32)
            op.Forward<float>(x.Span<float>(), y.Span<float>());
        else
            op.Forward<double>(x.Span<double>(), y.Span<double>());
    }
}

internal sealed class UnaryNode<TOp>(TOp op, SavedTensor input, SavedTensor result) : Node where TOp : struct, IUnary
{
    private SavedTensor _input = input;
    private SavedTensor _result = result;

    internal override string Name => TOp.Name + "Backward0";

    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        var x = TOp.SavesInput ? _input.Unpack(this) : null;
        var y = TOp.SavesResult ? _result.Unpack(this).Packed() : null;
        x = x?.Packed();
        var g = grad.Packed();
        var target = sink.MayReuse(grad) ? grad : torch.Tensor.MakeLike(g);
        if (g.dtype == torch.ScalarType.Float32)
            Run<float>(g, x, y, target);
        else
            Run<double>(g, x, y, target);
        sink.Set(0, target);
    }

    protected override void FreeSaved()
    {
        _input.Free();
        _result.Free();
    }

    private void Run<T>(torch.Tensor g, torch.Tensor? x, torch.Tensor? y, torch.Tensor target) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        op.Backward<T>(g.Span<T>(), x is null ? default : x.Span<T>(), y is null ? default : y.Span<T>(), target.Span<T>());
}
