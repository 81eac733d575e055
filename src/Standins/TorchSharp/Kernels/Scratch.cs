using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp.Kernels;

/// <summary>
/// Temporary memory for kernels, taken from an arena of the calling thread and given back in one go when the scope ends:
/// <c>using var scratch = Scratch.Begin(); var x = scratch.Rent&lt;float&gt;(n);</c>. Scopes nest like calls. Nothing is allocated in a steady state.
/// </summary>
/// <remarks>What is rented starts on a cache line, is not cleared, and must not outlive the scope or leave the thread.</remarks>
internal readonly ref struct Scratch
{
    private readonly Arena _arena;
    private readonly Arena.Position _start;

    private Scratch(Arena arena)
    {
        _arena = arena;
        _start = arena.Open();
    }

    public static Scratch Begin() => new(Arena.OfThisThread);

    public Span<T> Rent<T>(int length)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        unsafe
        {
            return new Span<T>(_arena.Take((nuint)length * (nuint)Unsafe.SizeOf<T>()), length);
        }
    }

    public Span<T> RentCleared<T>(int length)
        where T : unmanaged
    {
        var span = Rent<T>(length);
        span.Clear();
        return span;
    }

    public void Dispose() => _arena.Close(_start);

    /// <summary>A stack of aligned native blocks. A block never moves while something in it is rented.</summary>
    private sealed unsafe class Arena
    {
        private const nuint Alignment = 64;
        private const nuint FirstBlock = 1 << 20;

        /// <summary>What a thread keeps between uses; beyond it the memory goes back to the system once the outermost scope ends.</summary>
        private const nuint Retained = 64 << 20;

        [ThreadStatic]
        private static Arena? current;

        private readonly List<(nint Address, nuint Size)> _blocks = [];
        private int _block = -1;
        private nuint _offset;
        private int _depth;

        ~Arena() => Free();

        public static Arena OfThisThread => current ??= new Arena();

        public Position Open()
        {
            _depth++;
            return new Position(_block, _offset);
        }

        public void* Take(nuint bytes)
        {
            bytes = (bytes + (Alignment - 1)) & ~(Alignment - 1);
            if (_block < 0 || _blocks[_block].Size - _offset < bytes)
                NextBlock(bytes);
            var address = (byte*)_blocks[_block].Address + _offset;
            _offset += bytes;
            return address;
        }

        public void Close(Position start)
        {
            _block = start.Block;
            _offset = start.Offset;
            if (--_depth == 0 && _blocks.Count > 1)
                Merge();
        }

        private void NextBlock(nuint bytes)
        {
            while (++_block < _blocks.Count)
            {
                if (_blocks[_block].Size >= bytes)
                {
                    _offset = 0;
                    return;
                }
            }

            var last = _blocks.Count == 0 ? FirstBlock / 2 : _blocks[^1].Size;
            Add(Math.Max(bytes, 2 * last));
        }

        private void Add(nuint size)
        {
            _blocks.Add(((nint)NativeMemory.AlignedAlloc(size, Alignment), size));
            _block = _blocks.Count - 1;
            _offset = 0;
        }

        /// <summary>Several blocks become one of their joint size, so that the next time everything fits the first.</summary>
        private void Merge()
        {
            nuint total = 0;
            foreach (var (_, size) in _blocks)
                total += size;
            Free();
            Add(Math.Min(total, Retained));
        }

        private void Free()
        {
            foreach (var (address, _) in _blocks)
                NativeMemory.AlignedFree((void*)address);
            _blocks.Clear();
            _block = -1;
            _offset = 0;
        }

        public readonly record struct Position(int Block, nuint Offset);
    }
}
