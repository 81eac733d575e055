using System.Collections;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>The sizes of a tensor's dimensions.</summary>
    public struct Size : IEnumerable<long>
    {
        private readonly long[]? _sizes;

        public Size(long[] shape) => _sizes = (long[])shape.Clone();

        public Size(IEnumerable<long> shape) => _sizes = [.. shape];

        public Size(long size) => _sizes = [size];

        public static Size Empty = new(Array.Empty<long>());

        public readonly long[] Shape => _sizes ?? [];

        public readonly int Length => Shape.Length;

        public readonly bool IsEmpty => Length == 0;

        public readonly long this[int idx] => Shape[idx];

        public static implicit operator Size(long[] size) => new(size);

        public static implicit operator Size(long size) => new(size);

        public static implicit operator Size((long, long) size) => new([size.Item1, size.Item2]);

        public static implicit operator Size((long, long, long) size) => new([size.Item1, size.Item2, size.Item3]);

        public static implicit operator Size((long, long, long, long) size) => new([size.Item1, size.Item2, size.Item3, size.Item4]);

        public static bool operator ==(Size left, Size right) => left.Shape.AsSpan().SequenceEqual(right.Shape);

        public static bool operator !=(Size left, Size right) => !(left == right);

        public readonly long numel() => Shapes.Count(Shape);

        /// <inheritdoc/>
        public readonly IEnumerator<long> GetEnumerator() => ((IEnumerable<long>)Shape).GetEnumerator();

        readonly IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        /// <inheritdoc/>
        public override readonly bool Equals(object? obj) => obj is Size other && this == other;

        /// <inheritdoc/>
        public override readonly int GetHashCode()
        {
            var hash = default(HashCode);
            foreach (var size in Shape)
                hash.Add(size);
            return hash.ToHashCode();
        }
    }
}
