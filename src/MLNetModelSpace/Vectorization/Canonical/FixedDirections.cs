using System.Numerics.Tensors;

namespace MLNetModelSpace;

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
