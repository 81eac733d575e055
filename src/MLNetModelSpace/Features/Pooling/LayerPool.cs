namespace MLNetModelSpace.Features;

/// <summary>Puts the numbers of any count of layers together: those of the first and the last layer, and mean, least and largest over all.</summary>
internal sealed class LayerPool(int width)
{
    private static readonly string[] s_kinds = ["first", "last", "mean", "min", "max"];

    private readonly double[] _sum = new double[width];
    private int _layers;

    /// <summary>Numbers that come out for each that goes in.</summary>
    public static int Kinds => s_kinds.Length;

    /// <summary>What the numbers are called, in order.</summary>
    public static IEnumerable<string> Names(IEnumerable<string> names) =>
        s_kinds.SelectMany(_ => names, (kind, name) => $"{kind} {name}");

    /// <summary>Starts a model; without any layer all numbers stay 0.</summary>
    public void Begin(Span<float> pooled)
    {
        pooled.Clear();
        Array.Clear(_sum);
        _layers = 0;
    }

    /// <summary>Adds a layer.</summary>
    public void Add(ReadOnlySpan<float> layer, Span<float> pooled)
    {
        Span<float> first = pooled[..width], last = pooled.Slice(width, width), mean = pooled.Slice(2 * width, width);
        Span<float> least = pooled.Slice(3 * width, width), largest = pooled.Slice(4 * width, width);
        _layers++;
        for (int i = 0; i < width; i++)
        {
            float value = layer[i];
            if (_layers == 1)
                first[i] = least[i] = largest[i] = value;
            last[i] = value;
            least[i] = Math.Min(least[i], value);
            largest[i] = Math.Max(largest[i], value);
            _sum[i] += value;
            mean[i] = FeatureColumns.Narrow(_sum[i] / _layers);
        }
    }
}
