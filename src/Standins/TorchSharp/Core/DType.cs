using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>The element types this engine holds, and what PyTorch makes of two of them.</summary>
internal static class DType
{
    internal static NotSupportedException Unsupported(torch.ScalarType type) =>
        new($"Element type torch.ScalarType.{type} is not supported; Float32, Float64, Int64 and Bool are.");

    internal static void RequireSupported(torch.ScalarType type)
    {
        if (type is not (torch.ScalarType.Float32 or torch.ScalarType.Float64 or torch.ScalarType.Int64 or torch.ScalarType.Bool))
            throw Unsupported(type);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static torch.ScalarType Of<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? torch.ScalarType.Float32
        : typeof(T) == typeof(double) ? torch.ScalarType.Float64
        : typeof(T) == typeof(long) ? torch.ScalarType.Int64
        : typeof(T) == typeof(bool) ? torch.ScalarType.Bool
        : throw new NotSupportedException($"Element type {typeof(T)} is not supported; float, double, long and bool are.");

    internal static bool IsFloating(torch.ScalarType type) => type is torch.ScalarType.Float32 or torch.ScalarType.Float64;

    /// <summary>The name PyTorch's messages use, such as <c>Float</c> or <c>Long</c>.</summary>
    internal static string NameOf(torch.ScalarType type) => type switch
    {
        torch.ScalarType.Float32 => "Float",
        torch.ScalarType.Float64 => "Double",
        torch.ScalarType.Int64 => "Long",
        _ => type.ToString(),
    };

    /// <summary>The wider of two types of the same kind of tensor (bool, then integers, then floating point).</summary>
    internal static torch.ScalarType Promote(torch.ScalarType a, torch.ScalarType b)
    {
        if (a == b)
            return a;
        if (a == torch.ScalarType.Float64 || b == torch.ScalarType.Float64)
            return torch.ScalarType.Float64;
        if (a == torch.ScalarType.Float32 || b == torch.ScalarType.Float32)
            return torch.ScalarType.Float32;
        return torch.ScalarType.Int64;
    }

    /// <summary>The type of a result of two tensors: tensors with dimensions decide before those without, those before plain numbers.</summary>
    internal static torch.ScalarType ResultOf(torch.Tensor a, torch.Tensor b)
    {
        if (a.dtype == b.dtype)
            return a.dtype;
        int rankA = Rank(a), rankB = Rank(b);
        if (rankA == rankB)
            return Promote(a.dtype, b.dtype);
        var (strong, weak) = rankA > rankB ? (a, b) : (b, a);
        if (Category(weak.dtype) <= Category(strong.dtype))
            return strong.dtype;
        // A plain number is of the default type once it has brought its category in.
        return weak.IsWrappedNumber && IsFloating(weak.dtype) ? torch.get_default_dtype() : weak.dtype;
    }

    internal static int Category(torch.ScalarType type) => type switch
    {
        torch.ScalarType.Bool => 0,
        torch.ScalarType.Int64 => 1,
        _ => 2,
    };

    private static int Rank(torch.Tensor tensor) => tensor.IsWrappedNumber ? 0 : tensor.Sizes.Length == 0 ? 1 : 2;
}

/// <summary>The errors that come from libtorch in the official package carry this type, so they do here.</summary>
internal static class Errors
{
    internal static ExternalException Torch(string message) => new(message);

    internal static string Shape(ReadOnlySpan<long> sizes)
    {
        var text = new System.Text.StringBuilder("[");
        for (var i = 0; i < sizes.Length; i++)
            text.Append(i == 0 ? "" : ", ").Append(sizes[i]);
        return text.Append(']').ToString();
    }

    internal static string X(ReadOnlySpan<long> sizes) => string.Join('x', sizes.ToArray());

    internal static NotSupportedException NotSupported(string member, string why) => new($"{member}: {why}");
}
