using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>
/// The memory behind one or more tensors. It counts its users, so that the last one to let go returns it to a pool and the
/// next tensor of about that size costs no allocation; where nobody lets go, the garbage collector takes it.
/// </summary>
internal sealed class DataBuffer
{
    /// <summary>
    /// From this size on, elements begin on a cache line, so that no register is loaded across two. Smaller arrays do not: it takes a pinned one, which only a full
    /// collection would free where nobody disposes of the tensor, as it is with the large object heap's, from this size on, anyway.
    /// </summary>
    internal const int AlignedBytes = 85000;

    internal const int Alignment = 64;

    private readonly Array _data;
    private readonly int _start;
    private int _users;

    /// <param name="start">Where in the array the elements begin.</param>
    /// <param name="bytes">What the elements take.</param>
    internal DataBuffer(Array data, int start, long bytes, torch.ScalarType type, int sizeClass)
    {
        (_data, _start) = (data, start);
        Bytes = bytes;
        Type = type;
        SizeClass = sizeClass;
    }

    internal long Bytes { get; }

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

    internal Span<T> Elements<T>() where T : unmanaged => Unsafe.As<T[]>(_data).AsSpan(_start);

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
            var buffer = free.Pop();
            _bytes -= buffer.Bytes;
            return buffer;
        }

        return type switch
        {
            torch.ScalarType.Float32 => Allocate<float>(type, capacity, sizeClass),
            torch.ScalarType.Float64 => Allocate<double>(type, capacity, sizeClass),
            torch.ScalarType.Int64 => Allocate<long>(type, capacity, sizeClass),
            torch.ScalarType.Bool => Allocate<bool>(type, capacity, sizeClass),
            _ => throw DType.Unsupported(type),
        };
    }

    internal void Give(DataBuffer buffer)
    {
        ref var free = ref _free[Slot(buffer.Type, buffer.SizeClass)];
        free ??= new Stack<DataBuffer>();
        if (free.Count >= MaxPerClass || _bytes + buffer.Bytes > MaxBytes)
            return;
        free.Push(buffer);
        _bytes += buffer.Bytes;
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

    private static DataBuffer Allocate<T>(torch.ScalarType type, int capacity, int sizeClass) where T : unmanaged
    {
        var bytes = (long)capacity * Unsafe.SizeOf<T>();
        var slack = DataBuffer.Alignment / Unsafe.SizeOf<T>();
        if (bytes < DataBuffer.AlignedBytes || capacity > Array.MaxLength - slack)
            return new DataBuffer(GC.AllocateUninitializedArray<T>(capacity), 0, bytes, type, sizeClass);
        // Only a pinned array keeps its alignment.
        var data = GC.AllocateUninitializedArray<T>(capacity + slack, pinned: true);
        return new DataBuffer(data, StartOf(data), bytes, type, sizeClass);
    }

    private static unsafe int StartOf<T>(T[] pinned) where T : unmanaged
    {
        var beyond = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned)) % DataBuffer.Alignment;
        return beyond == 0 ? 0 : (int)((DataBuffer.Alignment - beyond) / (nuint)Unsafe.SizeOf<T>());
    }
}
