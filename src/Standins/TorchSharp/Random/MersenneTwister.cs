using System.Numerics;

namespace TorchSharp;

/// <summary>The generator mt19937 (Matsumoto and Nishimura, 1998), as PyTorch seeds it.</summary>
internal sealed class MersenneTwister
{
    private const int N = 624;
    private const int M = 397;
    private readonly uint[] _state = new uint[N];
    private int _next;

    internal MersenneTwister(ulong seed)
    {
        _state[0] = (uint)seed;
        for (var i = 1; i < N; i++)
            _state[i] = (1812433253u * (_state[i - 1] ^ (_state[i - 1] >> 30))) + (uint)i;
        _next = N;
    }

    internal uint Next32()
    {
        if (_next == N)
            Refill();
        var y = _state[_next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >> 18);
    }

    internal ulong Next64()
    {
        ulong high = Next32();
        return (high << 32) | Next32();
    }

    /// <summary>The next numbers as floats: 24 random bits as a number in [0, 1), moved to [from, from + width) with one rounding.</summary>
    internal void Fill(Span<float> values, float from, float width)
    {
        while (!values.IsEmpty)
        {
            if (_next == N)
                Refill();
            var count = Math.Min(values.Length, N - _next);
            var raw = _state.AsSpan(_next, count);
            var target = values[..count];
            var i = 0;
            for (; i <= count - Vector<uint>.Count; i += Vector<uint>.Count)
            {
                var y = new Vector<uint>(raw[i..]);
                y ^= y >>> 11;
                y ^= (y << 7) & new Vector<uint>(0x9d2c5680);
                y ^= (y << 15) & new Vector<uint>(0xefc60000);
                y = (y ^ (y >>> 18)) & new Vector<uint>((1 << 24) - 1);
                var x = Vector.ConvertToSingle(Vector.AsVectorInt32(y)) * (1f / (1 << 24));
                Vector.FusedMultiplyAdd(x, new Vector<float>(width), new Vector<float>(from)).CopyTo(target[i..]);
            }

            _next += i;
            for (; i < count; i++)
                target[i] = MathF.FusedMultiplyAdd((Next32() & ((1 << 24) - 1)) * (1f / (1 << 24)), width, from);
            values = values[count..];
        }
    }

    private void Refill()
    {
        var state = _state;
        var i = 0;
        // A register reads only what is as old as its own elements, or was made at least 227 places before.
        for (; i <= N - M - Vector<uint>.Count; i += Vector<uint>.Count)
            Twist(state, i, i + M);
        for (; i < N - M; i++)
            state[i] = state[i + M] ^ Twist(state[i], state[i + 1]);
        for (; i <= N - 1 - Vector<uint>.Count; i += Vector<uint>.Count)
            Twist(state, i, i + M - N);
        for (; i < N - 1; i++)
            state[i] = state[i + M - N] ^ Twist(state[i], state[i + 1]);
        state[N - 1] = state[M - 1] ^ Twist(state[N - 1], state[0]);
        _next = 0;
    }

    private static void Twist(uint[] state, int at, int other)
    {
        var (a, b) = (new Vector<uint>(state, at), new Vector<uint>(state, at + 1));
        var mixed = ((a & new Vector<uint>(0x80000000)) | (b & new Vector<uint>(0x7fffffff))) >>> 1;
        var odd = Vector<uint>.Zero - (b & Vector<uint>.One);
        (new Vector<uint>(state, other) ^ mixed ^ (odd & new Vector<uint>(0x9908b0df))).CopyTo(state, at);
    }

    private static uint Twist(uint a, uint b) => (((a & 0x80000000) | (b & 0x7fffffff)) >> 1) ^ ((b & 1) == 0 ? 0 : 0x9908b0dfu);
}
