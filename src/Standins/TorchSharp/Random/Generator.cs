namespace TorchSharp;

public static partial class torch
{
    /// <summary>A source of random numbers, the same ones as PyTorch's on a CPU. Each call of a random function holds its lock.</summary>
    public class Generator : IDisposable
    {
        private const double TwoPi = 2 * Math.PI;
        private MersenneTwister _engine;
        private ulong _seed;
        private double? _nextNormal;

        public Generator(ulong seed = 0, Device? device = null)
        {
            Device.RequireCpu(device);
            _seed = seed;
            _engine = new MersenneTwister(seed);
        }

        public static Generator Default { get; } = new(67280421310721UL);

        internal Lock Lock { get; } = new();

        public Generator manual_seed(long seed)
        {
            lock (Lock)
            {
                _seed = (ulong)seed;
                _engine = new MersenneTwister(_seed);
                _nextNormal = null;
            }
            return this;
        }

        public long initial_seed() => (long)_seed;

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            // Nothing native is held.
        }

        internal uint Next32() => _engine.Next32();

        internal ulong Next64() => _engine.Next64();

        /// <summary>The same for as many numbers as there are places.</summary>
        internal void Uniform(Span<float> values, float from, float to) => _engine.Fill(values, from, to - from);

        /// <summary>53 random bits as a number in [0, 1), moved to [from, to).</summary>
        internal double Uniform(double from, double to)
        {
            var x = (_engine.Next64() & ((1UL << 53) - 1)) * (1.0 / (1UL << 53));
            return Math.FusedMultiplyAdd(x, to - from, from);
        }

        /// <summary>One standard normal number by the method of Box and Muller, which makes two: the other is next.</summary>
        internal double Normal()
        {
            if (_nextNormal is { } ready)
            {
                _nextNormal = null;
                return ready;
            }
            var u1 = Uniform(0.0, 1.0);
            var u2 = Uniform(0.0, 1.0);
            var radius = Math.Sqrt(-2 * double.LogP1(-u2));
            _nextNormal = radius * Math.Sin(TwoPi * u1);
            return radius * Math.Cos(TwoPi * u1);
        }
    }

    public static Generator manual_seed(long seed) => Generator.Default.manual_seed(seed);

    /// <summary>The process-wide generator.</summary>
    public static class random
    {
        public static Generator manual_seed(long seed) => torch.manual_seed(seed);
    }
}
