namespace MLNetModelSpace.Features;

/// <summary>
/// Families that go tensor by tensor, pooled over the tensors, so that models of any layout have the same features: matrices and
/// kernels are pooled apart from biases and scalars.
/// </summary>
internal sealed class PooledVectorization : Vectorization
{
    private static readonly TensorLayout s_anyMatrix = new("matrix", 2, 2);
    private static readonly TensorLayout s_anyVector = new("vector", 2);

    private readonly LayerFeatures[] _families;
    private readonly bool _includeBiases;
    private readonly string[] _slots;

    public PooledVectorization(bool includeBiases, IEnumerable<LayerFeatures> families)
    {
        _families = [.. families];
        _includeBiases = includeBiases;
        _slots =
        [
            "layers", "log10 parameters",
            .. Parts().SelectMany(part => LayerPool.Names(
                Enumerable.Range(0, part.Count).Select(i => $"{(part.Biases ? "biases" : "weights")} {part.Family.NameOf(i)}"))),
        ];
    }

    public override WeightLayout? Layout => null;

    public override IReadOnlyList<string> Slots => _slots;

    public override VectorEvaluator CreateEvaluator() => new Evaluator([.. Parts()]);

    public override void Write(BinaryWriter writer)
    {
        writer.Write(_includeBiases);
        writer.Write(_families.Length);
        foreach (LayerFeatures family in _families)
        {
            writer.Write((int)family.Family);
            family.Write(writer);
        }
    }

    /// <summary>Every family for matrices, then for biases, where it gives numbers of them.</summary>
    private IEnumerable<(LayerFeatures Family, bool Biases, int Count)> Parts()
    {
        foreach (LayerFeatures family in _families)
        {
            yield return (family, false, family.CountOf(s_anyMatrix));
            if (_includeBiases && family.CountOf(s_anyVector) is int count and > 0)
                yield return (family, true, count);
        }
    }

    private sealed class Evaluator((LayerFeatures Family, bool Biases, int Count)[] parts) : VectorEvaluator
    {
        private readonly LayerEvaluator[] _evaluators = Array.ConvertAll(parts, part => part.Family.CreateEvaluator());
        private readonly LayerPool[] _pools = Array.ConvertAll(parts, part => new LayerPool(part.Count));
        private readonly float[] _layer = new float[parts.Max(part => part.Count)];

        public override void Evaluate(ReadOnlySpan<float> weights, WeightLayout layout, Span<float> destination)
        {
            int matrices = 0;
            for (int i = 0; i < layout.Tensors.Count; i++)
                matrices += IsTaken(layout.Tensors[i], biases: false) ? 1 : 0;
            destination[0] = matrices;
            destination[1] = layout.ParameterCount == 0 ? 0 : (float)Math.Log10(layout.ParameterCount);
            int at = 2;
            for (int part = 0; part < parts.Length; part++)
            {
                int count = parts[part].Count;
                Span<float> pooled = destination.Slice(at, count * LayerPool.Kinds);
                _pools[part].Begin(pooled);
                for (int i = 0; i < layout.Tensors.Count; i++)
                {
                    TensorLayout tensor = layout.Tensors[i];
                    if (!IsTaken(tensor, parts[part].Biases))
                        continue;
                    _evaluators[part].Evaluate(0, tensor, layout.Slice(weights, i), _layer.AsSpan(0, count));
                    _pools[part].Add(_layer, pooled);
                }

                at += pooled.Length;
            }
        }

        private static bool IsTaken(TensorLayout tensor, bool biases) => tensor.Length > 0 && !tensor.IsBuffer && tensor.Rank < 2 == biases;
    }
}

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
