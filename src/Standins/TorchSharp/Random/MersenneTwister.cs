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

    private void Refill()
    {
        var state = _state;
        for (var i = 0; i < N - M; i++)
            state[i] = state[i + M] ^ Twist(state[i], state[i + 1]);
        for (var i = N - M; i < N - 1; i++)
            state[i] = state[i + M - N] ^ Twist(state[i], state[i + 1]);
        state[N - 1] = state[M - 1] ^ Twist(state[N - 1], state[0]);
        _next = 0;
    }

    private static uint Twist(uint a, uint b) => (((a & 0x80000000) | (b & 0x7fffffff)) >> 1) ^ ((b & 1) == 0 ? 0 : 0x9908b0dfu);
}
