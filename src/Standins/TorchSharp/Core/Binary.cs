using System.Numerics;

namespace TorchSharp;

/// <summary>What a gradient is computed from, besides the gradient of the result.</summary>
[Flags]
internal enum Operands
{
    None = 0,
    A = 1,
    B = 2,
    Result = 4,
}

/// <summary>A function of two numbers, with its derivatives in terms of tensors.</summary>
internal interface IBinary
{
    static abstract string Name { get; }

    /// <summary>Whether integers become floating point first.</summary>
    static virtual bool IsFloating => false;

    static virtual Operands UsedByA => Operands.None;

    static virtual Operands UsedByB => Operands.None;

    static abstract void Forward<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y) where T : unmanaged, INumber<T>;

    static abstract void Forward<T>(ReadOnlySpan<T> a, T b, Span<T> y) where T : unmanaged, INumber<T>;

    static abstract void Forward<T>(T a, ReadOnlySpan<T> b, Span<T> y) where T : unmanaged, INumber<T>;

    /// <summary>The gradient of the first operand, before it is summed over what was broadcast; what is not saved is null.</summary>
    static abstract torch.Tensor GradientA(torch.Tensor g, torch.Tensor a, torch.Tensor b, torch.Tensor y);

    static abstract torch.Tensor GradientB(torch.Tensor g, torch.Tensor a, torch.Tensor b, torch.Tensor y);
}

/// <summary>A comparison of two numbers.</summary>
internal interface IComparison
{
    static abstract bool Holds<T>(T a, T b) where T : unmanaged, INumber<T>;
}

internal static class Binary
{
    internal static torch.Tensor Apply<TOp>(torch.Tensor a, Scalar b) where TOp : struct, IBinary
    {
        var number = Factory.Wrap(b);
        var result = Apply<TOp>(a, number);
        number.Dispose();
        return result;
    }

    internal static torch.Tensor Apply<TOp>(Scalar a, torch.Tensor b) where TOp : struct, IBinary
    {
        var number = Factory.Wrap(a);
        var result = Apply<TOp>(number, b);
        number.Dispose();
        return result;
    }

    internal static torch.Tensor Apply<TOp>(torch.Tensor a, torch.Tensor b) where TOp : struct, IBinary
    {
        var type = ResultType<TOp>(a.Valid(), b.Valid());
        var (x, y) = (As(a, type), As(b, type));
        var result = torch.Tensor.Make(type, Shapes.Broadcast(x.Sizes, y.Sizes));
        Compute<TOp>(x, y, result);
        if (Engine.Records(x, y))
            Record<TOp>(x, y, result);
        DisposeCast(x, a);
        DisposeCast(y, b);
        return result;
    }

    internal static torch.Tensor ApplyInPlace<TOp>(torch.Tensor a, Scalar b) where TOp : struct, IBinary
    {
        var number = Factory.Wrap(b);
        ApplyInPlace<TOp>(a, number);
        number.Dispose();
        return a;
    }

    internal static torch.Tensor ApplyInPlace<TOp>(torch.Tensor a, torch.Tensor b) where TOp : struct, IBinary
    {
        a.RequireWritable();
        var type = ResultType<TOp>(a, b.Valid());
        if (DType.Category(type) > DType.Category(a.dtype))
            throw Errors.Torch($"result type {DType.NameOf(type)} can't be cast to the desired output type {DType.NameOf(a.dtype)}");
        var sizes = Shapes.Broadcast(a.Sizes, b.Sizes);
        if (!sizes.AsSpan().SequenceEqual(a.Sizes))
            throw Errors.Torch($"output with shape {Errors.Shape(a.Sizes)} doesn't match the broadcast shape {Errors.Shape(sizes)}");
        var y = As(b, a.dtype);
        var records = Engine.Records(a, y);
        RequireBase(a, records);
        using var before = records && (TOp.UsedByA | TOp.UsedByB).HasFlag(Operands.A) ? Factory.Clone(a) : null;
        if (a.IsContiguous && !Overlaps(a, y))
        {
            Compute<TOp>(a, y, a);
        }
        else
        {
            using var result = torch.Tensor.Make(a.dtype, a.Sizes);
            Compute<TOp>(a, y, result);
            Strided.Copy(result, a);
        }
        a.Buffer.Version++;
        if (records)
            Record<TOp>(a, y, a, before);
        DisposeCast(y, b);
        return a;
    }

    internal static torch.Tensor Compare<TOp>(torch.Tensor a, Scalar b) where TOp : struct, IComparison
    {
        var number = Factory.Wrap(b);
        var result = Compare<TOp>(a, number);
        number.Dispose();
        return result;
    }

    internal static torch.Tensor Compare<TOp>(torch.Tensor a, torch.Tensor b) where TOp : struct, IComparison
    {
        var type = DType.ResultOf(a.Valid(), b.Valid());
        type = type == torch.ScalarType.Bool ? torch.ScalarType.Int64 : type;
        var sizes = Shapes.Broadcast(a.Sizes, b.Sizes);
        var result = torch.Tensor.Make(torch.ScalarType.Bool, sizes);
        var (x, y) = (Expanded(a, type, sizes), Expanded(b, type, sizes));
        switch (type)
        {
            case torch.ScalarType.Float32:
                Compare<TOp, float>(x, y, result);
                break;
            case torch.ScalarType.Float64:
                Compare<TOp, double>(x, y, result);
                break;
            default:
                Compare<TOp, long>(x, y, result);
                break;
        }
        DisposeCast(x, a);
        DisposeCast(y, b);
        return result;
    }

    /// <summary>The operand as a packed tensor of the given type and sizes: itself, or a copy the caller disposes of.</summary>
    internal static torch.Tensor Expanded(torch.Tensor tensor, torch.ScalarType type, long[] sizes)
    {
        if (tensor.dtype == type && tensor.IsContiguous && tensor.Sizes.AsSpan().SequenceEqual(sizes))
            return tensor;
        var copy = torch.Tensor.Make(type, sizes);
        Strided.Copy(tensor, copy);
        return copy;
    }

    internal static void DisposeCast(torch.Tensor used, torch.Tensor given)
    {
        if (!ReferenceEquals(used, given))
            used.Dispose();
    }

    /// <summary>Recording a change made through a view would have to change its base's history as well.</summary>
    internal static void RequireBase(torch.Tensor tensor, bool records)
    {
        if (records && tensor.IsView)
        {
            throw Errors.NotSupported(
                "in-place operations", "changing a view in place while gradients are recorded is not supported; use an out-of-place operation.");
        }
    }

    internal static void Compute<TOp>(torch.Tensor a, torch.Tensor b, torch.Tensor result) where TOp : struct, IBinary
    {
        switch (result.dtype)
        {
            case torch.ScalarType.Float32:
                Compute<TOp, float>(a, b, result);
                break;
            case torch.ScalarType.Float64:
                Compute<TOp, double>(a, b, result);
                break;
            default:
                Compute<TOp, long>(a, b, result);
                break;
        }
    }

    private static torch.ScalarType ResultType<TOp>(torch.Tensor a, torch.Tensor b) where TOp : struct, IBinary
    {
        var type = a.dtype == b.dtype ? a.dtype : DType.ResultOf(a, b);
        if (DType.IsFloating(type))
            return type;
        if (TOp.IsFloating)
            return torch.get_default_dtype();
        if (type == torch.ScalarType.Bool)
            throw Errors.NotSupported(TOp.Name, "arithmetic on two Bool tensors is not supported; use logical_and and logical_or.");
        return type;
    }

    private static torch.Tensor As(torch.Tensor tensor, torch.ScalarType type) => tensor.dtype == type ? tensor : tensor.To(type);

    private static bool Overlaps(torch.Tensor a, torch.Tensor b) =>
        ReferenceEquals(a.Buffer, b.Buffer) && !(b.IsContiguous && a.Offset == b.Offset && Shapes.Same(a, b));

    private static void Record<TOp>(torch.Tensor a, torch.Tensor b, torch.Tensor result, torch.Tensor? before = null) where TOp : struct, IBinary
    {
        var saves = (a.requires_grad ? TOp.UsedByA : Operands.None) | (b.requires_grad ? TOp.UsedByB : Operands.None);
        var node = new BinaryNode<TOp>(
            (saves & Operands.A) != 0 ? new SavedTensor(before ?? a) : default,
            (saves & Operands.B) != 0 ? new SavedTensor(b) : default,
            (saves & Operands.Result) != 0 ? new SavedTensor(result) : default,
            saves, a.Sizes, b.Sizes);
        node.Link(a, b);
        result.SetHistory(node);
    }

    private static void Compare<TOp, T>(torch.Tensor a, torch.Tensor b, torch.Tensor result) where TOp : struct, IComparison where T : unmanaged, INumber<T>
    {
        Span<T> x = a.Span<T>(), y = b.Span<T>();
        var z = result.Span<bool>();
        for (var i = 0; i < z.Length; i++)
            z[i] = TOp.Holds(x[i], y[i]);
    }

    private static void Compute<TOp, T>(torch.Tensor a, torch.Tensor b, torch.Tensor result) where TOp : struct, IBinary where T : unmanaged, INumber<T>
    {
        var y = result.Span<T>();
        if (y.Length == 0)
            return;
        var (wholeA, wholeB) = (a.IsContiguous && a.Count == y.Length, b.IsContiguous && b.Count == y.Length);
        if (wholeA && wholeB)
            TOp.Forward<T>(a.Span<T>(), b.Span<T>(), y);
        else if (wholeA && b.Count == 1)
            TOp.Forward(a.Span<T>(), b.Raw<T>()[0], y);
        else if (wholeB && a.Count == 1)
            TOp.Forward(a.Raw<T>()[0], b.Span<T>(), y);
        else if (wholeA && RepeatsRows(b, result))
            Rows<TOp, T>(a.Span<T>(), b.Span<T>(), y);
        else if (wholeA && RepeatsColumns(b, result))
            Columns<TOp, T>(a.Span<T>(), b.Span<T>(), y);
        else
            Expand<TOp, T>(a, b, result);
    }

    private static void Rows<TOp, T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y) where TOp : struct, IBinary where T : unmanaged, INumber<T>
    {
        for (var at = 0; at < y.Length; at += b.Length)
            TOp.Forward(a.Slice(at, b.Length), b, y.Slice(at, b.Length));
    }

    private static void Columns<TOp, T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y) where TOp : struct, IBinary where T : unmanaged, INumber<T>
    {
        var length = y.Length / b.Length;
        for (var i = 0; i < b.Length; i++)
            TOp.Forward(a.Slice(i * length, length), b[i], y.Slice(i * length, length));
    }

    private static void Expand<TOp, T>(torch.Tensor a, torch.Tensor b, torch.Tensor result) where TOp : struct, IBinary where T : unmanaged, INumber<T>
    {
        var (x, y) = (Expanded(a, result.dtype, result.Sizes), Expanded(b, result.dtype, result.Sizes));
        TOp.Forward<T>(x.Span<T>(), y.Span<T>(), result.Span<T>());
        DisposeCast(x, a);
        DisposeCast(y, b);
    }

    // [.., r, c] with [c]: the operand's sizes are the last ones of the result.
    private static bool RepeatsRows(torch.Tensor part, torch.Tensor whole)
    {
        if (!part.IsContiguous || part.Count == 0)
            return false;
        var (i, j, product) = (part.Rank - 1, whole.Rank - 1, 1L);
        for (; i >= 0 && product < part.Count; i--, j--)
        {
            if (part.Sizes[i] != whole.Sizes[j])
                return false;
            product *= part.Sizes[i];
        }
        return product == part.Count;
    }

    // [.., r, c] with [.., r, 1]: the operand's sizes are the first ones of the result, then ones.
    private static bool RepeatsColumns(torch.Tensor part, torch.Tensor whole)
    {
        if (!part.IsContiguous || part.Count == 0 || part.Rank != whole.Rank)
            return false;
        var d = 0;
        while (d < part.Rank && part.Sizes[d] == whole.Sizes[d])
            d++;
        for (; d < part.Rank; d++)
        {
            if (part.Sizes[d] != 1)
                return false;
        }
        return true;
    }
}

internal sealed class BinaryNode<TOp>(SavedTensor a, SavedTensor b, SavedTensor result, Operands saves, long[] sizesA, long[] sizesB) : Node where TOp : struct, IBinary
{
    private SavedTensor _a = a;
    private SavedTensor _b = b;
    private SavedTensor _result = result;

    internal override string Name => TOp.Name + "Backward0";

    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        var a = (saves & Operands.A) != 0 ? _a.Unpack(this) : null!;
        var b = (saves & Operands.B) != 0 ? _b.Unpack(this) : null!;
        var y = (saves & Operands.Result) != 0 ? _result.Unpack(this) : null!;
        if (sink.Needs(0))
            sink.Set(0, Pointwise.SumTo(TOp.GradientA(grad, a, b, y), sizesA));
        if (sink.Needs(1))
            sink.Set(1, Pointwise.SumTo(TOp.GradientB(grad, a, b, y), sizesB));
    }

    protected override void FreeSaved()
    {
        _a.Free();
        _b.Free();
        _result.Free();
    }
}
