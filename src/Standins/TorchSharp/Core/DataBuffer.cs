using System.Runtime.CompilerServices;

namespace TorchSharp;

/// <summary>
/// The memory behind one or more tensors. It counts its users, so that the last one to let go returns it to a pool and the
/// next tensor of about that size costs no allocation; where nobody lets go, the garbage collector takes it.
/// </summary>
internal sealed class DataBuffer
{
    private int _users;

    internal DataBuffer(Array data, torch.ScalarType type, int sizeClass)
    {
        Data = data;
        Type = type;
        SizeClass = sizeClass;
    }

    internal Array Data { get; }

    internal torch.ScalarType Type { get; }

    internal int SizeClass { get; }

    /// <summary>How often the contents were changed in place; what was saved for a backward pass is checked against it.</summary>
    internal int Version { get; set; }

    internal bool HasOneUser => Volatile.Read(ref _users) == 1;

    /// <summary>A buffer for at least <paramref name="length"/> elements with one user; its contents are arbitrary.</summary>
    internal static DataBuffer Rent(torch.ScalarType type, long length)
    {
        if (length > System.Array.MaxLength)
            throw new NotSupportedException($"A tensor of {length} elements is larger than this engine holds ({System.Array.MaxLength}).");
        var buffer = ThreadState.Current.Pool.Take(type, (int)length);
        buffer._users = 1;
        buffer.Version = 0;
        return buffer;
    }

    internal T[] Array<T>() where T : unmanaged => Unsafe.As<T[]>(Data);

    internal void AddUser() => Interlocked.Increment(ref _users);

    internal void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            ThreadState.Current.Pool.Give(this);
    }
}

/// <summary>Buffers that nobody uses, kept by one thread: no locks. Sizes are rounded up to four steps an octave.</summary>
internal sealed class BufferPool
{
    private const long MaxBytes = 256L << 20;
    private const int MaxPerClass = 64;

    // Element types are told apart by their place here; a size class is at most 4 * 31 + 3.
    private readonly Stack<DataBuffer>?[] _free = new Stack<DataBuffer>?[4 * 128];
    private long _bytes;

    internal DataBuffer Take(torch.ScalarType type, int length)
    {
        var sizeClass = SizeClassOf(length, out var capacity);
        var free = _free[Slot(type, sizeClass)];
        if (free is { Count: > 0 })
        {
            _bytes -= (long)capacity * ElementSize(type);
            return free.Pop();
        }
        Array data = type switch
        {
            torch.ScalarType.Float32 => GC.AllocateUninitializedArray<float>(capacity),
            torch.ScalarType.Float64 => GC.AllocateUninitializedArray<double>(capacity),
            torch.ScalarType.Int64 => GC.AllocateUninitializedArray<long>(capacity),
            torch.ScalarType.Bool => GC.AllocateUninitializedArray<bool>(capacity),
            _ => throw DType.Unsupported(type),
        };
        return new DataBuffer(data, type, sizeClass);
    }

    internal void Give(DataBuffer buffer)
    {
        var bytes = buffer.Data.LongLength * ElementSize(buffer.Type);
        ref var free = ref _free[Slot(buffer.Type, buffer.SizeClass)];
        free ??= new Stack<DataBuffer>();
        if (free.Count >= MaxPerClass || _bytes + bytes > MaxBytes)
            return;
        free.Push(buffer);
        _bytes += bytes;
    }

    private static int SizeClassOf(int length, out int capacity)
    {
        if (length <= 8)
        {
            capacity = 8;
            return 0;
        }
        var octave = System.Numerics.BitOperations.Log2((uint)(length - 1));
        var step = 1L << (octave - 2);
        var quarters = (length + step - 1) / step;
        capacity = (int)Math.Min(quarters * step, Array.MaxLength);
        return (octave * 4) + (int)quarters - 4;
    }

    private static int Slot(torch.ScalarType type, int sizeClass) => (sizeClass * 4) + type switch
    {
        torch.ScalarType.Float32 => 0,
        torch.ScalarType.Float64 => 1,
        torch.ScalarType.Int64 => 2,
        torch.ScalarType.Bool => 3,
        _ => throw DType.Unsupported(type),
    };

    private static int ElementSize(torch.ScalarType type) => type switch
    {
        torch.ScalarType.Float32 => 4,
        torch.ScalarType.Bool => 1,
        _ => 8,
    };
}
