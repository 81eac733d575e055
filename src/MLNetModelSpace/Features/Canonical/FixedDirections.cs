using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MLNetModelSpace.Features;

/// <summary>
/// Fixed unit directions to project on, the same for the same length, count and seed on every machine: half of them cosines
/// of low frequency (two-dimensional where the length is that of a square image of one or three channels), half of them
/// random. Immutable.
/// </summary>
internal sealed class FixedDirections
{
    private readonly double[] _values;
    private readonly int _cosines;

    public FixedDirections(int length, int count, int seed)
    {
        Length = length;
        Count = count;
        _cosines = Math.Min((count + 1) / 2, length);
        _values = new double[checked(length * count)];
        FillCosines();
        var random = new SplitMix(seed);
        for (int i = _cosines; i < count; i++)
            FillRandom(_values.AsSpan(i * length, length), random);
    }

    private FixedDirections(int length, int count)
    {
        Length = length;
        Count = _cosines = Math.Min(count, length);
        _values = new double[checked(length * Count)];
        FillCosines();
    }

    public int Length { get; }

    public int Count { get; }

    public ReadOnlySpan<double> this[int index] => _values.AsSpan(index * Length, Length);

    /// <summary>Cosines alone, orthonormal: as many as asked for, or as there are.</summary>
    public static FixedDirections Cosines(int length, int count) => new(length, count);

    /// <summary>What a direction is called.</summary>
    public string NameOf(int index) => index < _cosines ? $"cos{index}" : $"dir{index - _cosines}";

    /// <summary>The projections of a vector on all directions.</summary>
    public void Project(ReadOnlySpan<double> vector, Span<double> projections)
    {
        for (int i = 0; i < Count; i++)
            projections[i] = TensorPrimitives.Dot(this[i], vector);
    }

    /// <summary>The projections of two vectors, which may be one: each number loaded serves several products. Those of a vector do not depend on the other.</summary>
    public void Project(ReadOnlySpan<double> first, ReadOnlySpan<double> second, Span<double> firstProjections, Span<double> secondProjections)
    {
        for (int i = 0; i < Count; i += 4)
        {
            // At the end the last direction stands in for those that are not there.
            int j = Math.Min(i + 1, Count - 1), k = Math.Min(i + 2, Count - 1), l = Math.Min(i + 3, Count - 1);
            ref double p = ref MemoryMarshal.GetReference(this[i]), q = ref MemoryMarshal.GetReference(this[j]);
            ref double r = ref MemoryMarshal.GetReference(this[k]), s = ref MemoryMarshal.GetReference(this[l]);
            ref double x = ref MemoryMarshal.GetReference(first), y = ref MemoryMarshal.GetReference(second);
            Vector256<double> xp = default, xq = default, xr = default, xs = default, yp = default, yq = default, yr = default, ys = default;
            int at = 0;
            for (; at + 4 <= Length; at += 4)
            {
                Vector256<double> vx = Vector256.LoadUnsafe(ref x, (nuint)at), vy = Vector256.LoadUnsafe(ref y, (nuint)at);
                Vector256<double> direction = Vector256.LoadUnsafe(ref p, (nuint)at);
                xp = Vector256.FusedMultiplyAdd(direction, vx, xp);
                yp = Vector256.FusedMultiplyAdd(direction, vy, yp);
                direction = Vector256.LoadUnsafe(ref q, (nuint)at);
                xq = Vector256.FusedMultiplyAdd(direction, vx, xq);
                yq = Vector256.FusedMultiplyAdd(direction, vy, yq);
                direction = Vector256.LoadUnsafe(ref r, (nuint)at);
                xr = Vector256.FusedMultiplyAdd(direction, vx, xr);
                yr = Vector256.FusedMultiplyAdd(direction, vy, yr);
                direction = Vector256.LoadUnsafe(ref s, (nuint)at);
                xs = Vector256.FusedMultiplyAdd(direction, vx, xs);
                ys = Vector256.FusedMultiplyAdd(direction, vy, ys);
            }

            (firstProjections[i], firstProjections[j], firstProjections[k], firstProjections[l]) =
                (Finish(i, first, xp), Finish(j, first, xq), Finish(k, first, xr), Finish(l, first, xs));
            (secondProjections[i], secondProjections[j], secondProjections[k], secondProjections[l]) =
                (Finish(i, second, yp), Finish(j, second, yq), Finish(k, second, yr), Finish(l, second, ys));
        }
    }

    private double Finish(int direction, ReadOnlySpan<double> vector, Vector256<double> sums)
    {
        double sum = Vector256.Sum(sums);
        for (int at = Length - (Length % 4); at < Length; at++)
            sum += this[direction][at] * vector[at];
        return sum;
    }

    private static void FillRandom(Span<double> direction, SplitMix random)
    {
        for (int i = 0; i < direction.Length; i++)
            direction[i] = random.NextGaussian();
        TensorPrimitives.Divide(direction, TensorPrimitives.Norm<double>(direction), direction);
    }

    private void FillCosines()
    {
        (int channels, int height, int width) = ImageLike(Length);
        // By the sum of squared frequencies, as a circle grows; ties by row, so that the order is one.
        (int Channel, int Y, int X)[] order =
        [
            .. from y in Enumerable.Range(0, height)
               from x in Enumerable.Range(0, width)
               from channel in Enumerable.Range(0, channels)
               orderby ((long)x * x) + ((long)y * y), y, channel
               select (channel, y, x),
        ];
        for (int i = 0; i < _cosines; i++)
        {
            (int channel, int v, int u) = order[i];
            Span<double> direction = _values.AsSpan(i * Length, Length);
            Span<double> plane = direction.Slice(channel * height * width, height * width);
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                    plane[(y * width) + x] = Math.Cos(Math.PI * v * (y + 0.5) / height) * Math.Cos(Math.PI * u * (x + 0.5) / width);
            }

            TensorPrimitives.Divide(direction, TensorPrimitives.Norm<double>(direction), direction);
        }
    }

    private static (int Channels, int Height, int Width) ImageLike(int length)
    {
        foreach (int channels in (int[])[1, 3])
        {
            int side = (int)Math.Round(Math.Sqrt(length / (double)channels));
            if (side * side * channels == length)
                return (channels, side, side);
        }

        return (1, 1, length);
    }
}
