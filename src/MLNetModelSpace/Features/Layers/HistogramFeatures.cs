using System.Numerics.Tensors;

namespace MLNetModelSpace.Features;

/// <summary>
/// Histogram of every tensor's values in bins of equal width, as fractions that sum to 1 (Nikitina et al., 2025, section 4.1).
/// Values outside the range are counted in the bins at the ends. A range of one point puts all values in the middle bin.
/// </summary>
internal sealed class HistogramFeatures(int bins, float[] minimum, float[] maximum) : LayerFeatures
{
    public override WeightFeatures Family => WeightFeatures.Histogram;

    public override int CountOf(TensorLayout tensor) => tensor.Length == 0 ? 0 : bins;

    public override string NameOf(int index) => $"hist[{index}]";

    public override LayerEvaluator CreateEvaluator() => new Evaluator(bins, minimum, maximum);

    public override void Write(BinaryWriter writer)
    {
        writer.Write(bins);
        ModelContent.WriteFloats(writer, minimum);
        ModelContent.WriteFloats(writer, maximum);
    }

    /// <summary>One range for all tensors: the options', or what is learned.</summary>
    public static HistogramFeatures ForAll(VectorizeWeightsEstimator.Options.HistogramOptions options, Func<(float Low, float High)> learnRange)
    {
        (float low, float high) = options is { Minimum: { } least, Maximum: { } most } ? (least, most) : learnRange();
        return new HistogramFeatures(options.Bins, [low], [high]);
    }

    /// <summary>Reads what <see cref="Write"/> wrote; a range for each of so many tensors.</summary>
    public static HistogramFeatures Read(BinaryReader reader, int tensors)
    {
        int bins = ModelContent.ReadCount(reader, "histogram bins", 1, VectorizeWeightsEstimator.Options.HistogramOptions.MaxBins);
        float[] minimum = ModelContent.ReadFloats(reader, "histogram minimum", tensors);
        float[] maximum = ModelContent.ReadFloats(reader, "histogram maximum", tensors);
        if (minimum.Length != tensors || maximum.Length != tensors)
            throw new InvalidDataException($"There are {minimum.Length} and {maximum.Length} ends of histogram ranges; expected {tensors} of each.");
        for (int i = 0; i < tensors; i++)
        {
            if (minimum[i] > maximum[i])
                throw new InvalidDataException($"Histogram range {i} is {minimum[i]} to {maximum[i]}.");
        }

        return new HistogramFeatures(bins, minimum, maximum);
    }

    private sealed class Evaluator(int bins, float[] minimum, float[] maximum) : LayerEvaluator
    {
        private readonly int[] _counts = new int[bins];

        public override void Evaluate(int position, TensorLayout tensor, ReadOnlySpan<float> values, Span<float> destination)
        {
            // Spans of a float range may overflow a float: 2·3.4e38.
            double start = minimum[position];
            double width = maximum[position] - start;
            _counts.AsSpan().Clear();
            if (width > 0)
                Count(values, (float)start, (float)(bins / width));
            else
                CountAround(values, (float)start);
            float share = 1f / values.Length;
            for (int i = 0; i < bins; i++)
                destination[i] = _counts[i] * share;
        }

        private void Count(ReadOnlySpan<float> values, float start, float perUnit)
        {
            int last = bins - 1;
            int[] counts = _counts;
            foreach (float value in values)
                counts[(int)Math.Clamp((value - start) * perUnit, 0f, last)]++;
        }

        private void CountAround(ReadOnlySpan<float> values, float point)
        {
            foreach (float value in values)
                _counts[value < point ? 0 : value > point ? bins - 1 : bins / 2]++;
        }
    }
}

/// <summary>Learns the range of each tensor's histogram: the least and the largest value of the training models.</summary>
internal sealed class HistogramLearner : FeatureLearner
{
    private readonly WeightLayout _layout;
    private readonly int[] _tensors;
    private readonly int _bins;
    private readonly float[] _minimum;
    private readonly float[] _maximum;

    private HistogramLearner(WeightLayout layout, int[] tensors, int bins)
    {
        _layout = layout;
        _tensors = tensors;
        _bins = bins;
        _minimum = new float[tensors.Length];
        _maximum = new float[tensors.Length];
        Array.Fill(_minimum, float.PositiveInfinity);
        Array.Fill(_maximum, float.NegativeInfinity);
    }

    public override bool NeedsModels => true;

    /// <summary>Learns ranges where the options say none.</summary>
    public static FeatureLearner Start(WeightLayout layout, int[] tensors, VectorizeWeightsEstimator.Options.HistogramOptions options)
    {
        if (options is not { Minimum: { } low, Maximum: { } high })
            return new HistogramLearner(layout, tensors, options.Bins);
        float[] minimum = new float[tensors.Length], maximum = new float[tensors.Length];
        Array.Fill(minimum, low);
        Array.Fill(maximum, high);
        return new FittedLearner(new LayerBlock(layout, tensors, new HistogramFeatures(options.Bins, minimum, maximum)));
    }

    public override void Accept(ReadOnlySpan<float> weights, WeightLayout layout)
    {
        for (int i = 0; i < _tensors.Length; i++)
        {
            ReadOnlySpan<float> values = _layout.Slice(weights, _tensors[i]);
            _minimum[i] = Math.Min(_minimum[i], TensorPrimitives.Min(values));
            _maximum[i] = Math.Max(_maximum[i], TensorPrimitives.Max(values));
        }
    }

    public override FeatureBlock Finish() => new LayerBlock(_layout, _tensors, new HistogramFeatures(_bins, _minimum, _maximum));
}
