using System.Numerics;
using System.Numerics.Tensors;

namespace TorchSharp;

/// <summary>Sums that the engine itself needs.</summary>
internal static class Pointwise
{
    /// <summary>Adds one tensor to another of the same shape and type, which is packed.</summary>
    internal static void AddInto(torch.Tensor target, torch.Tensor addend)
    {
        var packed = addend.Packed();
        if (target.dtype == torch.ScalarType.Float32)
            TensorPrimitives.Add<float>(target.Span<float>(), packed.Span<float>(), target.Span<float>());
        else
            TensorPrimitives.Add<double>(target.Span<double>(), packed.Span<double>(), target.Span<double>());
        Binary.DisposeCast(packed, addend);
    }

    internal static torch.Tensor Sum(torch.Tensor a, torch.Tensor b)
    {
        var result = torch.Tensor.Make(a.dtype, a.Sizes);
        Binary.Compute<AddOp>(a, b, result);
        return result;
    }

    /// <summary>Sums over what broadcasting repeated, so that the result has the given sizes.</summary>
    internal static torch.Tensor SumTo(torch.Tensor tensor, long[] sizes)
    {
        if (tensor.Sizes.AsSpan().SequenceEqual(sizes))
            return tensor;
        var extra = tensor.Rank - sizes.Length;
        var dims = new List<int>(tensor.Rank);
        for (var d = 0; d < tensor.Rank; d++)
        {
            if (d < extra || (sizes[d - extra] == 1 && tensor.Sizes[d] != 1))
                dims.Add(d);
        }
        var sum = dims.Count == 0 ? tensor : Reduction.Sum(tensor, [.. dims], keepDim: true);
        return sum.View(sizes, Shapes.ContiguousStrides(sizes), sum.Offset);
    }
}

internal readonly struct AddOp : IBinary
{
    public static string Name => "Add";

    public static void Forward<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y) where T : unmanaged, INumber<T> => TensorPrimitives.Add(a, b, y);

    public static void Forward<T>(ReadOnlySpan<T> a, T b, Span<T> y) where T : unmanaged, INumber<T> => TensorPrimitives.Add(a, b, y);

    public static void Forward<T>(T a, ReadOnlySpan<T> b, Span<T> y) where T : unmanaged, INumber<T> => TensorPrimitives.Add(b, a, y);

    public static torch.Tensor GradientA(torch.Tensor g, torch.Tensor a, torch.Tensor b, torch.Tensor y) => g;

    public static torch.Tensor GradientB(torch.Tensor g, torch.Tensor a, torch.Tensor b, torch.Tensor y) => g;
}

internal readonly struct SubOp : IBinary
{
    public static string Name => "Sub";

    public static void Forward<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y) where T : unmanaged, INumber<T> => TensorPrimitives.Subtract(a, b, y);

    public static void Forward<T>(ReadOnlySpan<T> a, T b, Span<T> y) where T : unmanaged, INumber<T> => TensorPrimitives.Subtract(a, b, y);

    public static void Forward<T>(T a, ReadOnlySpan<T> b, Span<T> y) where T : unmanaged, INumber<T> => TensorPrimitives.Subtract(a, b, y);

    public static torch.Tensor GradientA(torch.Tensor g, torch.Tensor a, torch.Tensor b, torch.Tensor y) => g;

    public static torch.Tensor GradientB(torch.Tensor g, torch.Tensor a, torch.Tensor b, torch.Tensor y) => g.neg();
}

internal readonly struct MulOp : IBinary
{
    public static string Name => "Mul";

    public static Operands UsedByA => Operands.B;

    public static Operands UsedByB => Operands.A;

    public static void Forward<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y) where T : unmanaged, INumber<T> => TensorPrimitives.Multiply(a, b, y);

    public static void Forward<T>(ReadOnlySpan<T> a, T b, Span<T> y) where T : unmanaged, INumber<T> => TensorPrimitives.Multiply(a, b, y);

    public static void Forward<T>(T a, ReadOnlySpan<T> b, Span<T> y) where T : unmanaged, INumber<T> => TensorPrimitives.Multiply(b, a, y);

    public static torch.Tensor GradientA(torch.Tensor g, torch.Tensor a, torch.Tensor b, torch.Tensor y) => g.mul(b);

    public static torch.Tensor GradientB(torch.Tensor g, torch.Tensor a, torch.Tensor b, torch.Tensor y) => g.mul(a);
}

internal readonly struct DivOp : IBinary
{
    public static string Name => "Div";

    public static bool IsFloating => true;

    public static Operands UsedByA => Operands.B;

    public static Operands UsedByB => Operands.A | Operands.B;

    public static void Forward<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y) where T : unmanaged, INumber<T> => TensorPrimitives.Divide(a, b, y);

    public static void Forward<T>(ReadOnlySpan<T> a, T b, Span<T> y) where T : unmanaged, INumber<T> => TensorPrimitives.Divide(a, b, y);

    public static void Forward<T>(T a, ReadOnlySpan<T> b, Span<T> y) where T : unmanaged, INumber<T> => TensorPrimitives.Divide(a, b, y);

    public static torch.Tensor GradientA(torch.Tensor g, torch.Tensor a, torch.Tensor b, torch.Tensor y) => g.div(b);

    public static torch.Tensor GradientB(torch.Tensor g, torch.Tensor a, torch.Tensor b, torch.Tensor y) => g.mul(a.div(b).div(b)).neg();
}

/// <summary>x to the power of y; the gradient of x is y·x^(y-1), and 0 where y is 0.</summary>
internal readonly struct PowOp : IBinary
{
    public static string Name => "Pow";

    public static Operands UsedByA => Operands.A | Operands.B;

    public static Operands UsedByB => Operands.A | Operands.Result;

    public static void Forward<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y) where T : unmanaged, INumber<T>
    {
        for (var i = 0; i < y.Length; i++)
            y[i] = Pow(a[i], b[i]);
    }

    public static void Forward<T>(ReadOnlySpan<T> a, T b, Span<T> y) where T : unmanaged, INumber<T>
    {
        if (b == T.CreateTruncating(2))
        {
            TensorPrimitives.Multiply(a, a, y);
            return;
        }
        for (var i = 0; i < y.Length; i++)
            y[i] = Pow(a[i], b);
    }

    public static void Forward<T>(T a, ReadOnlySpan<T> b, Span<T> y) where T : unmanaged, INumber<T>
    {
        for (var i = 0; i < y.Length; i++)
            y[i] = Pow(a, b[i]);
    }

    public static torch.Tensor GradientA(torch.Tensor g, torch.Tensor a, torch.Tensor b, torch.Tensor y)
    {
        var slope = a.pow(b.sub(1)).mul(b);
        return g.mul(slope.masked_fill(b.eq(0), 0));
    }

    public static torch.Tensor GradientB(torch.Tensor g, torch.Tensor a, torch.Tensor b, torch.Tensor y) =>
        g.mul(y.mul(a.log()).masked_fill(y.eq(0), 0));

    private static T Pow<T>(T x, T y) where T : unmanaged, INumber<T>
    {
        if (typeof(T) == typeof(float))
            return T.CreateTruncating(MathF.Pow(float.CreateTruncating(x), float.CreateTruncating(y)));
        if (typeof(T) == typeof(double))
            return T.CreateTruncating(Math.Pow(double.CreateTruncating(x), double.CreateTruncating(y)));
        var exponent = long.CreateTruncating(y);
        if (exponent < 0)
            throw Errors.Torch("Integers to negative integer powers are not allowed.");
        T result = T.One, square = x;
        for (; exponent > 0; exponent >>= 1, square *= square)
            result = (exponent & 1) != 0 ? result * square : result;
        return result;
    }
}

/// <summary>The larger of two; where they are equal each takes half of the gradient.</summary>
internal readonly struct MaximumOp : IBinary
{
    public static string Name => "Maximum";

    public static Operands UsedByA => Operands.A | Operands.B;

    public static Operands UsedByB => Operands.A | Operands.B;

    public static void Forward<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y) where T : unmanaged, INumber<T> => TensorPrimitives.Max(a, b, y);

    public static void Forward<T>(ReadOnlySpan<T> a, T b, Span<T> y) where T : unmanaged, INumber<T> => TensorPrimitives.Max(a, b, y);

    public static void Forward<T>(T a, ReadOnlySpan<T> b, Span<T> y) where T : unmanaged, INumber<T> => TensorPrimitives.Max(b, a, y);

    public static torch.Tensor GradientA(torch.Tensor g, torch.Tensor a, torch.Tensor b, torch.Tensor y) => Share(g, a, b);

    public static torch.Tensor GradientB(torch.Tensor g, torch.Tensor a, torch.Tensor b, torch.Tensor y) => Share(g, b, a);

    internal static torch.Tensor Share(torch.Tensor g, torch.Tensor winner, torch.Tensor other) =>
        g.mul(winner.gt(other).To(g.dtype).add(winner.eq(other).To(g.dtype).mul(0.5)));
}

/// <summary>The smaller of two; where they are equal each takes half of the gradient.</summary>
internal readonly struct MinimumOp : IBinary
{
    public static string Name => "Minimum";

    public static Operands UsedByA => Operands.A | Operands.B;

    public static Operands UsedByB => Operands.A | Operands.B;

    public static void Forward<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y) where T : unmanaged, INumber<T> => TensorPrimitives.Min(a, b, y);

    public static void Forward<T>(ReadOnlySpan<T> a, T b, Span<T> y) where T : unmanaged, INumber<T> => TensorPrimitives.Min(a, b, y);

    public static void Forward<T>(T a, ReadOnlySpan<T> b, Span<T> y) where T : unmanaged, INumber<T> => TensorPrimitives.Min(b, a, y);

    public static torch.Tensor GradientA(torch.Tensor g, torch.Tensor a, torch.Tensor b, torch.Tensor y) => MaximumOp.Share(g, b, a);

    public static torch.Tensor GradientB(torch.Tensor g, torch.Tensor a, torch.Tensor b, torch.Tensor y) => MaximumOp.Share(g, a, b);
}

internal readonly struct EqualOp : IComparison
{
    public static bool Holds<T>(T a, T b) where T : unmanaged, INumber<T> => a == b;
}

internal readonly struct NotEqualOp : IComparison
{
    public static bool Holds<T>(T a, T b) where T : unmanaged, INumber<T> => a != b;
}

internal readonly struct LessOp : IComparison
{
    public static bool Holds<T>(T a, T b) where T : unmanaged, INumber<T> => a < b;
}

internal readonly struct LessEqualOp : IComparison
{
    public static bool Holds<T>(T a, T b) where T : unmanaged, INumber<T> => a <= b;
}

internal readonly struct GreaterOp : IComparison
{
    public static bool Holds<T>(T a, T b) where T : unmanaged, INumber<T> => a > b;
}

internal readonly struct GreaterEqualOp : IComparison
{
    public static bool Holds<T>(T a, T b) where T : unmanaged, INumber<T> => a >= b;
}
