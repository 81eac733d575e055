namespace MLNetModelSpace.Features;

/// <summary>
/// Moments, norms and quantiles of every tensor's values (Unterthiner et al., "Predicting Neural Network Accuracy from Weights",
/// 2020, section 3: mean, variance and quantiles 0, 25, 50, 75, 100). Skewness and excess kurtosis of a constant tensor are 0.
/// </summary>
internal sealed class LayerStatisticsFeatures : LayerFeatures
{
    private static readonly string[] s_moments = ["mean", "variance", "skewness", "kurtosis", "L1 norm", "L2 norm"];

    private readonly bool _tails;
    private readonly int[] _percents;

    /// <summary>Makes the family.</summary>
    /// <param name="tails">Whether quantiles 1, 5, 95 and 99 come too.</param>
    public LayerStatisticsFeatures(bool tails)
    {
        _tails = tails;
        _percents = tails ? [0, 1, 5, 25, 50, 75, 95, 99, 100] : [0, 25, 50, 75, 100];
    }

    public override WeightFeatures Family => WeightFeatures.LayerStatistics;

    public override int CountOf(TensorLayout tensor) => tensor.Length == 0 ? 0 : s_moments.Length + _percents.Length;

    public override string NameOf(int index) => index < s_moments.Length ? s_moments[index] : $"q{_percents[index - s_moments.Length]}";

    public override LayerEvaluator CreateEvaluator() => new Evaluator(_percents);

    public override void Write(BinaryWriter writer) => writer.Write(_tails);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static LayerStatisticsFeatures Read(BinaryReader reader) => new(reader.ReadBoolean());

    private sealed class Evaluator(int[] percents) : LayerEvaluator
    {
        private float[] _sorted = [];

        public override void Evaluate(int position, TensorLayout tensor, ReadOnlySpan<float> values, Span<float> destination)
        {
            Moments moments = Moments.Of(values);
            ReadOnlySpan<double> numbers = [moments.Mean, moments.Variance, moments.Skewness, moments.Kurtosis, moments.L1, moments.L2];
            FeatureColumns.Narrow(numbers, destination);
            if (_sorted.Length < values.Length)
                _sorted = new float[values.Length];
            Span<float> sorted = _sorted.AsSpan(0, values.Length);
            values.CopyTo(sorted);
            sorted.Sort();
            for (int i = 0; i < percents.Length; i++)
                destination[numbers.Length + i] = (float)Quantiles.OfSorted<float>(sorted, percents[i] * (sorted.Length - 1) / 100.0);
        }
    }
}
