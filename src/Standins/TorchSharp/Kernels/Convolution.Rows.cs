using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace TorchSharp.Kernels;

/// <content>Rows on their way into planes and back: copied, taken apart by stride and put together again.</content>
internal static partial class Convolution
{
    /// <summary>Which places of a line of planes come from a line of a tensor: place Target + c from element Source + c·Step, for c below Length.</summary>
    private readonly struct Run
    {
        public Run(int start, int step, int sourceLength, int targetLength)
        {
            Step = step;
            Target = start >= 0 ? 0 : Math.Min(targetLength, (-start + step - 1) / step);
            Source = start + (Target * step);
            Length = Source >= sourceLength ? 0 : Math.Clamp(((sourceLength - 1 - Source) / step) + 1, 0, targetLength - Target);
        }

        public int Source { get; }

        public int Target { get; }

        public int Step { get; }

        public int Length { get; }
    }

    /// <summary>Copies the rows and columns that two runs say, between matrices of the given widths.</summary>
    private static unsafe void CopyRows<T>(in Run rows, in Run columns, ReadOnlySpan<T> source, int sourceWidth, Span<T> target, int targetWidth)
        where T : unmanaged
    {
        if (rows.Length == 0 || columns.Length == 0)
            return;
        source = source[((rows.Source * sourceWidth) + columns.Source)..];
        target = target[((rows.Target * targetWidth) + columns.Target)..];
        var step = rows.Step * sourceWidth;
        ArgumentOutOfRangeException.ThrowIfLessThan(source.Length, ((rows.Length - 1) * step) + ((columns.Length - 1) * columns.Step) + 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(target.Length, ((rows.Length - 1) * targetWidth) + columns.Length);
        fixed (T* from = source, to = target)
            CopyRows(from, step, columns.Step, to, targetWidth, rows.Length, columns.Length);
    }

    private static unsafe void CopyRows<T>(T* from, nint fromWidth, int step, T* to, nint toWidth, int rows, int columns)
        where T : unmanaged
    {
        if (step == 1 && Vector256.IsHardwareAccelerated && columns >= Vector256<T>.Count && columns <= 16 * Vector256<T>.Count)
        {
            for (; rows > 0; rows--, from += fromWidth, to += toWidth)
            {
                nint c = 0;
                for (; c < columns - Vector256<T>.Count; c += Vector256<T>.Count)
                    Vector256.Load(from + c).Store(to + c);
                c = columns - Vector256<T>.Count;
                Vector256.Load(from + c).Store(to + c);
            }
        }
        else if (step == 1)
        {
            for (; rows > 0; rows--, from += fromWidth, to += toWidth)
                new ReadOnlySpan<T>(from, columns).CopyTo(new Span<T>(to, columns));
        }
        else if (step == 2 && typeof(T) == typeof(float) && Avx2.IsSupported && columns >= Vector256<float>.Count)
        {
            for (; rows > 0; rows--, from += fromWidth, to += toWidth)
                CopyEverySecond((float*)from, (float*)to, columns);
        }
        else
        {
            for (; rows > 0; rows--, from += fromWidth, to += toWidth)
            {
                for (nint c = 0; c < columns; c++)
                    to[c] = from[c * step];
            }
        }
    }

    /// <summary>Rows of pairs into two matrices: the first of every pair into one, the second into the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void TakeApart(float* from, nint fromWidth, float* even, float* odd, nint toWidth, int rows, nint pairs)
    {
        var last = pairs - Vector256<float>.Count;
        for (; rows > 0; rows--, from += fromWidth, even += toWidth, odd += toWidth)
        {
            for (nint c = 0; ; c = Math.Min(c + Vector256<float>.Count, last))
            {
                var (x, y) = (Vector256.Load(from + (2 * c)), Vector256.Load(from + (2 * c) + Vector256<float>.Count));
                Avx2.Permute4x64(Avx.Shuffle(x, y, 0b10_00_10_00).AsDouble(), 0b11_01_10_00).AsSingle().Store(even + c);
                Avx2.Permute4x64(Avx.Shuffle(x, y, 0b11_01_11_01).AsDouble(), 0b11_01_10_00).AsSingle().Store(odd + c);
                if (c == last)
                    break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void CopyEverySecond(float* from, float* to, nint length)
    {
        var last = length - Vector256<float>.Count;
        for (nint c = 0; ; c = Math.Min(c + Vector256<float>.Count, last))
        {
            // Elements 0 to 7 and 7 to 14 from here: the even ones of the first, the odd ones of the second, and nothing beyond the last that is wanted.
            var even = Avx.Shuffle(Vector256.Load(from + (2 * c)), Vector256.Load(from + (2 * c) + 7), 0b11_01_10_00);
            Avx2.Permute4x64(even.AsDouble(), 0b11_01_10_00).AsSingle().Store(to + c);
            if (c == last)
                return;
        }
    }

    /// <summary>The reverse of <see cref="TakeApart"/>, for at least a register of pairs a row.</summary>
    private static unsafe void PutTogether(ReadOnlySpan<float> even, ReadOnlySpan<float> odd, int width, int rows, Span<float> target, int targetWidth, int pairs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Math.Min(even.Length, odd.Length), ((rows - 1) * width) + pairs);
        ArgumentOutOfRangeException.ThrowIfLessThan(target.Length, ((rows - 1) * targetWidth) + (2 * pairs));
        fixed (float* x = even, y = odd, to = target)
            PutTogether(x, y, width, rows, to, targetWidth, pairs);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void PutTogether(float* even, float* odd, nint width, int rows, float* to, nint toWidth, nint pairs)
    {
        var last = pairs - Vector256<float>.Count;
        for (; rows > 0; rows--, even += width, odd += width, to += toWidth)
        {
            for (nint c = 0; ; c = Math.Min(c + Vector256<float>.Count, last))
            {
                var (u, v) = (Vector256.Load(even + c), Vector256.Load(odd + c));
                var (low, high) = (Avx.UnpackLow(u, v), Avx.UnpackHigh(u, v));
                Avx.Permute2x128(low, high, 0x20).Store(to + (2 * c));
                Avx.Permute2x128(low, high, 0x31).Store(to + (2 * c) + Vector256<float>.Count);
                if (c == last)
                    break;
            }
        }
    }

    /// <summary>target ← even[0], odd[0], even[1], odd[1], …</summary>
    private static void Interleave<T>(ReadOnlySpan<T> even, ReadOnlySpan<T> odd, Span<T> target)
        where T : unmanaged
    {
        var c = 0;
        if (typeof(T) == typeof(float) && Avx.IsSupported)
        {
            ref var x = ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(even[..((target.Length + 1) / 2)]));
            ref var y = ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(odd[..(target.Length / 2)]));
            ref var to = ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(target));
            // Where the last register is not full it begins earlier and repeats some.
            for (var pairs = target.Length / 2; c < pairs && pairs >= 8; c += 8)
            {
                c = Math.Min(c, pairs - 8);
                var (u, v) = (Vector256.LoadUnsafe(ref x, (nuint)c), Vector256.LoadUnsafe(ref y, (nuint)c));
                var (low, high) = (Avx.UnpackLow(u, v), Avx.UnpackHigh(u, v));
                Avx.Permute2x128(low, high, 0x20).StoreUnsafe(ref to, (nuint)(2 * c));
                Avx.Permute2x128(low, high, 0x31).StoreUnsafe(ref to, (nuint)((2 * c) + 8));
            }
        }

        for (; c < target.Length / 2; c++)
        {
            target[2 * c] = even[c];
            target[(2 * c) + 1] = odd[c];
        }

        if (target.Length % 2 == 1)
            target[^1] = even[c];
    }
}
