using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace TorchSharp.Kernels;

/// <summary>
/// A vector register as the kernels see it, so that one source serves every register width and both precisions: the type arguments are structs,
/// for which the compiler makes separate code with every call here replaced by its instruction.
/// </summary>
internal unsafe interface ISimd<T, TVector>
    where T : unmanaged
    where TVector : struct
{
    /// <summary>Elements in a register.</summary>
    static abstract int Count { get; }

    static abstract TVector Load(T* source);

    /// <summary>One element in all places.</summary>
    static abstract TVector Broadcast(T value);

    static abstract void Store(TVector value, T* destination);

    static abstract TVector Multiply(TVector x, TVector y);

    /// <summary>x·y + z, fused where the machine can.</summary>
    static abstract TVector MultiplyAdd(TVector x, TVector y, TVector z);

    static abstract TVector And(TVector x, TVector mask);

    /// <summary>All bits of the last <paramref name="count"/> elements.</summary>
    static abstract TVector LastMask(int count);

    /// <summary>The sums over each of four registers, as four elements.</summary>
    static abstract void StoreSums(TVector x0, TVector x1, TVector x2, TVector x3, T* destination);
}

/// <summary>A register of 16 bytes: every processor has it.</summary>
internal readonly unsafe struct Simd128<T> : ISimd<T, Vector128<T>>
    where T : unmanaged
{
    public static int Count => Vector128<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Load(T* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Broadcast(T value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<T> value, T* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Multiply(Vector128<T> x, Vector128<T> y) => x * y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MultiplyAdd(Vector128<T> x, Vector128<T> y, Vector128<T> z)
        => typeof(T) == typeof(float)
            ? Vector128.MultiplyAddEstimate(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float, T>()
            : Vector128.MultiplyAddEstimate(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> And(Vector128<T> x, Vector128<T> mask) => x & mask;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> LastMask(int count)
        => typeof(T) == typeof(float)
            ? Vector128.GreaterThanOrEqual(Vector128<int>.Indices, Vector128.Create(Vector128<int>.Count - count)).As<int, T>()
            : Vector128.GreaterThanOrEqual(Vector128<long>.Indices, Vector128.Create((long)Vector128<long>.Count - count)).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSums(Vector128<T> x0, Vector128<T> x1, Vector128<T> x2, Vector128<T> x3, T* destination)
    {
        if (typeof(T) == typeof(float))
        {
            var (a, b, c, d) = (x0.AsSingle(), x1.AsSingle(), x2.AsSingle(), x3.AsSingle());
            var ac = InterleaveLow(a, c) + InterleaveHigh(a, c);
            var bd = InterleaveLow(b, d) + InterleaveHigh(b, d);
            (InterleaveLow(ac, bd) + InterleaveHigh(ac, bd)).Store((float*)destination);
            return;
        }

        destination[0] = Vector128.Sum(x0);
        destination[1] = Vector128.Sum(x1);
        destination[2] = Vector128.Sum(x2);
        destination[3] = Vector128.Sum(x3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> InterleaveLow(Vector128<float> x, Vector128<float> y)
        => Sse.IsSupported
            ? Sse.UnpackLow(x, y)
            : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(x, y) : Vector128.Create(x[0], y[0], x[1], y[1]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> InterleaveHigh(Vector128<float> x, Vector128<float> y)
        => Sse.IsSupported
            ? Sse.UnpackHigh(x, y)
            : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(x, y) : Vector128.Create(x[2], y[2], x[3], y[3]);
}

/// <summary>A register of 32 bytes (AVX2).</summary>
internal readonly unsafe struct Simd256<T> : ISimd<T, Vector256<T>>
    where T : unmanaged
{
    public static int Count => Vector256<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Load(T* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Broadcast(T value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<T> value, T* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Multiply(Vector256<T> x, Vector256<T> y) => x * y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> MultiplyAdd(Vector256<T> x, Vector256<T> y, Vector256<T> z)
        => typeof(T) == typeof(float)
            ? Vector256.MultiplyAddEstimate(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float, T>()
            : Vector256.MultiplyAddEstimate(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> And(Vector256<T> x, Vector256<T> mask) => x & mask;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> LastMask(int count)
        => typeof(T) == typeof(float)
            ? Vector256.GreaterThanOrEqual(Vector256<int>.Indices, Vector256.Create(Vector256<int>.Count - count)).As<int, T>()
            : Vector256.GreaterThanOrEqual(Vector256<long>.Indices, Vector256.Create((long)Vector256<long>.Count - count)).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSums(Vector256<T> x0, Vector256<T> x1, Vector256<T> x2, Vector256<T> x3, T* destination)
        => Simd128<T>.StoreSums(
            x0.GetLower() + x0.GetUpper(), x1.GetLower() + x1.GetUpper(), x2.GetLower() + x2.GetUpper(), x3.GetLower() + x3.GetUpper(), destination);
}

/// <summary>A register of 64 bytes (AVX-512).</summary>
internal readonly unsafe struct Simd512<T> : ISimd<T, Vector512<T>>
    where T : unmanaged
{
    public static int Count => Vector512<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load(T* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Broadcast(T value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<T> value, T* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Multiply(Vector512<T> x, Vector512<T> y) => x * y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MultiplyAdd(Vector512<T> x, Vector512<T> y, Vector512<T> z)
        => typeof(T) == typeof(float)
            ? Vector512.MultiplyAddEstimate(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float, T>()
            : Vector512.MultiplyAddEstimate(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> And(Vector512<T> x, Vector512<T> mask) => x & mask;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LastMask(int count)
        => typeof(T) == typeof(float)
            ? Vector512.GreaterThanOrEqual(Vector512<int>.Indices, Vector512.Create(Vector512<int>.Count - count)).As<int, T>()
            : Vector512.GreaterThanOrEqual(Vector512<long>.Indices, Vector512.Create((long)Vector512<long>.Count - count)).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSums(Vector512<T> x0, Vector512<T> x1, Vector512<T> x2, Vector512<T> x3, T* destination)
        => Simd256<T>.StoreSums(
            x0.GetLower() + x0.GetUpper(), x1.GetLower() + x1.GetUpper(), x2.GetLower() + x2.GetUpper(), x3.GetLower() + x3.GetUpper(), destination);
}
