using System.Runtime.CompilerServices;

namespace TorchSharp;

/// <summary>A number with an element type.</summary>
public sealed class Scalar : IDisposable
{
    private readonly double _real;
    private readonly long _integer;

    private Scalar(torch.ScalarType type, double real, long integer)
    {
        Type = type;
        _real = real;
        _integer = integer;
    }

    public torch.ScalarType Type { get; }

    internal bool IsFloating => DType.IsFloating(Type);

    public static implicit operator Scalar(double value) => new(torch.ScalarType.Float64, value, 0);

    public static implicit operator Scalar(float value) => new(torch.ScalarType.Float32, value, 0);

    public static implicit operator Scalar(long value) => new(torch.ScalarType.Int64, 0, value);

    public static implicit operator Scalar(int value) => new(torch.ScalarType.Int64, 0, value);

    public static implicit operator Scalar(bool value) => new(torch.ScalarType.Bool, 0, value ? 1 : 0);

    public void Dispose()
    {
        // Nothing is held; the official type holds native memory.
    }

    internal double AsDouble() => IsFloating ? _real : _integer;

    internal long AsInt64() => IsFloating ? (long)_real : _integer;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal T As<T>() where T : unmanaged
    {
        if (typeof(T) == typeof(float))
            return Unsafe.BitCast<float, T>((float)AsDouble());
        if (typeof(T) == typeof(double))
            return Unsafe.BitCast<double, T>(AsDouble());
        if (typeof(T) == typeof(long))
            return Unsafe.BitCast<long, T>(AsInt64());
        if (typeof(T) == typeof(bool))
            return Unsafe.BitCast<bool, T>(IsFloating ? _real != 0 : _integer != 0);
        throw new NotSupportedException($"Element type {typeof(T)} is not supported; float, double, long and bool are.");
    }
}
