namespace MLNetModelSpace.Features;

/// <summary>
/// The shape of every matrix's spectrum (<see cref="SpectralSummary"/>); tensors of fewer than two dimensions have none. Where
/// there are fewer eigenvalues than asked for, the fits are 0 (the distance 1), and <c>fitted</c> is 0.
/// </summary>
internal sealed class SpectralShapeFeatures(int fewest, bool fitBulk) : LayerFeatures
{
    private static readonly string[] s_names =
    [
        "log norm", "log spectral norm", "stable rank", "rank", "entropy", "fitted", "alpha", "alpha sigma", "log xmin", "KS distance",
        "tail", "alpha-hat", "log alpha norm", "MP sigma", "log bulk max", "log bulk min", "soft rank", "spikes", "phase",
    ];

    private const int WithoutBulk = 13;

    public override WeightFeatures Family => WeightFeatures.SpectralShape;

    public override int CountOf(TensorLayout tensor) => tensor.Rank < 2 || tensor.Length == 0 ? 0 : fitBulk ? s_names.Length : WithoutBulk;

    public override string NameOf(int index) => s_names[index];

    public override LayerEvaluator CreateEvaluator() => new Evaluator(fewest, fitBulk);

    public override void Write(BinaryWriter writer)
    {
        writer.Write(fewest);
        writer.Write(fitBulk);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static SpectralShapeFeatures Read(BinaryReader reader) =>
        new(ModelContent.ReadCount(reader, "fewest eigenvalues", 2, int.MaxValue), reader.ReadBoolean());

    private sealed class Evaluator(int fewest, bool fitBulk) : LayerEvaluator
    {
        private readonly SpectralAnalyzer _analyzer = new(fewest, fitBulk);

        public override void Evaluate(int position, TensorLayout tensor, ReadOnlySpan<float> values, Span<float> destination)
        {
            (int rows, int columns) = tensor.AsMatrix;
            SpectralSummary s = _analyzer.Analyze(values, rows, columns);
            PowerLawFit law = s.PowerLaw;
            ReadOnlySpan<double> numbers =
            [
                s.LogNorm, s.LogSpectralNorm, s.StableRank, s.MatrixRank, s.Entropy, law.IsFitted ? 1 : 0, law.Alpha, law.Sigma,
                law.IsFitted ? Math.Log10(law.XMin) : 0, law.Distance, s.PowerLawSpikes, s.AlphaWeighted,
                law.IsFitted ? s.LogAlphaNorm : 0, s.BulkSigma, Log(s.BulkMax), Log(s.BulkMin), s.SoftRank, s.Spikes, (int)s.Phase,
            ];
            FeatureColumns.Narrow(numbers[..destination.Length], destination);
        }

        private static double Log(double value) => value > 0 ? Math.Log10(value) : SpectralSummary.LogOfZero;
    }
}
