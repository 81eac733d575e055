using System.Runtime.CompilerServices;

namespace TorchSharp;

/// <summary>Copies between tensors of any strides and element types.</summary>
internal static class Strided
{
    /// <summary>Copies elements in logical order; the source is broadcast to the target's shape.</summary>
    internal static void Copy(torch.Tensor source, torch.Tensor target)
    {
        switch (source.dtype)
        {
            case torch.ScalarType.Float32:
                CopyFrom<float>(source, target);
                break;
            case torch.ScalarType.Float64:
                CopyFrom<double>(source, target);
                break;
            case torch.ScalarType.Int64:
                CopyFrom<long>(source, target);
                break;
            default:
                CopyFrom<bool>(source, target);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static TTo Convert<TFrom, TTo>(TFrom value) where TFrom : unmanaged where TTo : unmanaged
    {
        if (typeof(TFrom) == typeof(TTo))
            return Unsafe.BitCast<TFrom, TTo>(value);
        if (typeof(TFrom) == typeof(float))
            return From<TTo>(Unsafe.BitCast<TFrom, float>(value));
        if (typeof(TFrom) == typeof(double))
            return From<TTo>(Unsafe.BitCast<TFrom, double>(value));
        if (typeof(TFrom) == typeof(long))
        {
            var integer = Unsafe.BitCast<TFrom, long>(value);
            return typeof(TTo) == typeof(bool) ? Unsafe.BitCast<bool, TTo>(integer != 0)
                : typeof(TTo) == typeof(float) ? Unsafe.BitCast<float, TTo>(integer) : From<TTo>((double)integer);
        }
        var truth = Unsafe.BitCast<TFrom, bool>(value);
        return From<TTo>(truth ? 1.0 : 0.0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TTo From<TTo>(double value) where TTo : unmanaged
    {
        if (typeof(TTo) == typeof(float))
            return Unsafe.BitCast<float, TTo>((float)value);
        if (typeof(TTo) == typeof(double))
            return Unsafe.BitCast<double, TTo>(value);
        if (typeof(TTo) == typeof(long))
            return Unsafe.BitCast<long, TTo>((long)value);
        return Unsafe.BitCast<bool, TTo>(value != 0);
    }

    private static void CopyFrom<TFrom>(torch.Tensor source, torch.Tensor target) where TFrom : unmanaged
    {
        switch (target.dtype)
        {
            case torch.ScalarType.Float32:
                Copy<TFrom, float>(source, target);
                break;
            case torch.ScalarType.Float64:
                Copy<TFrom, double>(source, target);
                break;
            case torch.ScalarType.Int64:
                Copy<TFrom, long>(source, target);
                break;
            default:
                Copy<TFrom, bool>(source, target);
                break;
        }
    }

    private static void Copy<TFrom, TTo>(torch.Tensor source, torch.Tensor target) where TFrom : unmanaged where TTo : unmanaged
    {
        if (target.Count == 0)
            return;
        if (source.IsContiguous && target.IsContiguous && source.Count == target.Count)
        {
            var from = source.Span<TFrom>();
            var to = target.Span<TTo>();
            if (typeof(TFrom) == typeof(TTo))
            {
                System.Runtime.InteropServices.MemoryMarshal.Cast<TFrom, TTo>(from).CopyTo(to);
                return;
            }
            for (var i = 0; i < to.Length; i++)
                to[i] = Convert<TFrom, TTo>(from[i]);
            return;
        }
        Walk(
            source.Raw<TFrom>(), Shapes.ExpandStrides(source, target.Sizes), target.Raw<TTo>(), target.Strides, target.Sizes);
    }

    private static void Walk<TFrom, TTo>(
        ReadOnlySpan<TFrom> from, ReadOnlySpan<long> fromStrides, Span<TTo> to, ReadOnlySpan<long> toStrides, ReadOnlySpan<long> sizes)
        where TFrom : unmanaged where TTo : unmanaged
    {
        if (sizes.Length == 0)
        {
            to[0] = Convert<TFrom, TTo>(from[0]);
            return;
        }
        var length = (int)sizes[^1];
        int fromStep = (int)fromStrides[^1], toStep = (int)toStrides[^1];
        Span<long> index = stackalloc long[sizes.Length];
        int f = 0, t = 0;
        while (true)
        {
            if (fromStep == 1 && toStep == 1 && typeof(TFrom) == typeof(TTo))
            {
                System.Runtime.InteropServices.MemoryMarshal.Cast<TFrom, TTo>(from.Slice(f, length)).CopyTo(to[t..]);
            }
            else
            {
                int x = f, y = t;
                for (var i = 0; i < length; i++, x += fromStep, y += toStep)
                    to[y] = Convert<TFrom, TTo>(from[x]);
            }
            var d = sizes.Length - 2;
            for (; d >= 0; d--)
            {
                f += (int)fromStrides[d];
                t += (int)toStrides[d];
                if (++index[d] < sizes[d])
                    break;
                f -= (int)(fromStrides[d] * sizes[d]);
                t -= (int)(toStrides[d] * sizes[d]);
                index[d] = 0;
            }
            if (d < 0)
                return;
        }
    }
}
