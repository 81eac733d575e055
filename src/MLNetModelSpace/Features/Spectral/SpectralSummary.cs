namespace MLNetModelSpace.Features;

/// <summary>Computes the summary of a matrix's spectrum. Owns its buffers: one object a thread.</summary>
/// <param name="fewest">Matrices with fewer eigenvalues get no fits.</param>
/// <param name="fitBulk">Whether the Marchenko–Pastur law is fitted.</param>
internal sealed class SpectralAnalyzer(int fewest, bool fitBulk)
{
    private readonly SingularValues _solver = new();
    private readonly MarchenkoPasturFit? _bulk = fitBulk ? new MarchenkoPasturFit() : null;
    private double[] _buffer = [];
    private int _count;

    /// <summary>The eigenvalues of the last matrix, ascending.</summary>
    public ReadOnlySpan<double> Eigenvalues => _buffer.AsSpan(0, _count);

    /// <summary>Summarises the spectrum of a row-major matrix of finite numbers.</summary>
    public SpectralSummary Analyze(ReadOnlySpan<float> matrix, int rows, int columns)
    {
        _count = SingularValues.Count(rows, columns);
        if (_buffer.Length < 4 * _count)
            _buffer = new double[4 * _count];
        Span<double> values = _buffer.AsSpan(0, _count);
        _solver.Squares(matrix, rows, columns, values);
        values.Reverse();
        bool enough = _count >= fewest;
        return SpectralSummary.Of(values, Math.Max(rows, columns), enough, enough ? _bulk : null, _buffer.AsSpan(_count, 3 * _count));
    }
}

/// <summary>
/// The shape of the spectrum of one weight matrix W: figures of the WeightWatcher family (Martin and Mahoney, 2018; Martin, Peng
/// and Mahoney, 2021) on the eigenvalues of WᵀW, not divided by anything, the smaller dimension M of them. A zero matrix has the
/// documented values of <see cref="IsZero"/>.
/// </summary>
internal readonly record struct SpectralSummary
{
    /// <summary>What a logarithm is where its argument is zero.</summary>
    public const double LogOfZero = -30;

    private const double FewSpikes = 0.1;
    private const double HeaviestTail = 4;

    /// <summary>Whether all eigenvalues are zero: then norms, ranks, entropy and fits are 0 and logarithms <see cref="LogOfZero"/>.</summary>
    public bool IsZero => Norm == 0;

    /// <summary>M, the number of eigenvalues.</summary>
    public int Count { get; private init; }

    /// <summary>Q = N/M ≥ 1.</summary>
    public double Aspect { get; private init; }

    /// <summary>The sum of the eigenvalues, ‖W‖²_F.</summary>
    public double Norm { get; private init; }

    /// <summary>The largest eigenvalue, ‖W‖²₂.</summary>
    public double SpectralNorm { get; private init; }

    /// <summary>log₁₀ of <see cref="Norm"/>.</summary>
    public double LogNorm => Log10(Norm);

    /// <summary>log₁₀ of <see cref="SpectralNorm"/>.</summary>
    public double LogSpectralNorm => Log10(SpectralNorm);

    /// <summary>‖W‖²_F/‖W‖²₂, 1 to M.</summary>
    public double StableRank => IsZero ? 0 : Norm / SpectralNorm;

    /// <summary>Singular values above s_max·N·2⁻⁵².</summary>
    public int MatrixRank { get; private init; }

    /// <summary>M less <see cref="MatrixRank"/>.</summary>
    public int RankLoss => Count - MatrixRank;

    /// <summary>Eigenvalues below 1e-6.</summary>
    public int WeakRankLoss { get; private init; }

    /// <summary>−Σ p ln p / ln rank of the eigenvalues' shares p, each with 1e-10 added; 0 at rank 1, where one value has all (WeightWatcher divides by ln(1 + 1e-10) there).</summary>
    public double Entropy { get; private init; }

    /// <summary>The power law of the tail.</summary>
    public PowerLawFit PowerLaw { get; private init; }

    /// <summary>Eigenvalues of at least xmin.</summary>
    public int PowerLawSpikes { get; private init; }

    /// <summary>α-hat, α·log₁₀ λ_max.</summary>
    public double AlphaWeighted => PowerLaw.Alpha * LogSpectralNorm;

    /// <summary>log₁₀ Σ λ^α.</summary>
    public double LogAlphaNorm { get; private init; }

    /// <summary>√(M/‖W‖²_F): what the square roots of eigenvalues are multiplied by before the Marchenko–Pastur fit.</summary>
    public double Scale { get; private init; }

    /// <summary>σ of the Marchenko–Pastur fit; 0 where it was not done.</summary>
    public double BulkSigma { get; private init; }

    /// <summary>Where the fitted bulk ends.</summary>
    public double BulkMax => Bulk(upper: true);

    /// <summary>Where the fitted bulk begins.</summary>
    public double BulkMin => Bulk(upper: false);

    /// <summary>The bulk's end by the largest eigenvalue.</summary>
    public double SoftRank => IsZero ? 0 : BulkMax / SpectralNorm;

    /// <summary>Eigenvalues further beyond the bulk than the square root of the Tracy–Widom width.</summary>
    public int Spikes { get; private init; }

    /// <summary>Which phase it is; the rules stand in the order rank, edge, spikes, tail.</summary>
    public SpectralPhase Phase
    {
        get
        {
            if (BulkSigma == 0)
                return IsZero ? SpectralPhase.RankCollapsed : SpectralPhase.Unknown;
            if (RankLoss > 0)
                return SpectralPhase.RankCollapsed;
            if (SpectralNorm <= BulkMax)
                return SpectralPhase.RandomLike;
            if (Spikes == 0)
                return SpectralPhase.BleedingOut;
            if (Spikes <= FewSpikes * Count)
                return SpectralPhase.BulkAndSpikes;
            return PowerLaw.IsFitted && PowerLaw.Alpha <= HeaviestTail ? SpectralPhase.HeavyTailed : SpectralPhase.BulkDecay;
        }
    }

    /// <summary>Summarises a spectrum.</summary>
    /// <param name="eigenvalues">The eigenvalues of WᵀW, ascending, none negative.</param>
    /// <param name="larger">N, the larger dimension.</param>
    /// <param name="fitPowerLaw">Whether to fit a power law.</param>
    /// <param name="bulk">Fits the Marchenko–Pastur law; null to leave it.</param>
    /// <param name="work">Three times as many numbers as there are eigenvalues.</param>
    public static SpectralSummary Of(
        ReadOnlySpan<double> eigenvalues, int larger, bool fitPowerLaw, MarchenkoPasturFit? bulk, Span<double> work)
    {
        int m = eigenvalues.Length;
        double norm = 0;
        foreach (double value in eigenvalues)
            norm += value;
        var summary = new SpectralSummary { Count = m, Aspect = m == 0 ? 1 : (double)larger / m };
        if (norm == 0)
            return summary with { WeakRankLoss = m, LogAlphaNorm = LogOfZero, PowerLaw = new PowerLawFit(0, 0, 1, 0) };
        summary = summary with
        {
            Norm = norm,
            SpectralNorm = eigenvalues[^1],
            MatrixRank = RankOf(eigenvalues, larger),
            WeakRankLoss = CountBelow(eigenvalues, 1e-6),
            Scale = Math.Sqrt(m / norm),
            PowerLaw = fitPowerLaw ? PowerLawFit.Fit(eigenvalues, work) : new PowerLawFit(0, 0, 1, 0),
        };
        summary = summary with
        {
            Entropy = EntropyOf(eigenvalues, norm, summary.MatrixRank),
            PowerLawSpikes = summary.PowerLaw.IsFitted ? m - CountBelow(eigenvalues, summary.PowerLaw.XMin) : 0,
            LogAlphaNorm = LogSumOfPowers(eigenvalues, summary.PowerLaw.Alpha),
        };
        return bulk is null ? summary : summary.WithBulk(eigenvalues, bulk, work);
    }

    private SpectralSummary WithBulk(ReadOnlySpan<double> eigenvalues, MarchenkoPasturFit bulk, Span<double> work)
    {
        Span<double> scaled = work[..eigenvalues.Length];
        for (int i = 0; i < scaled.Length; i++)
            scaled[i] = Scale * Scale * eigenvalues[i];
        double sigma = bulk.Fit(scaled, Aspect);
        double edge = MarchenkoPasturFit.Edge(sigma, Aspect, upper: true);
        double width = Math.Pow(edge, 2.0 / 3) * Math.Pow(Count, -2.0 / 3) / Math.Sqrt(Aspect);
        double limit = edge + Math.Sqrt(width);
        int spikes = 0;
        for (int i = scaled.Length - 1; i >= 0 && scaled[i] > limit; i--)
            spikes++;
        return this with { BulkSigma = sigma, Spikes = spikes };
    }

    private double Bulk(bool upper) => IsZero ? 0 : MarchenkoPasturFit.Edge(BulkSigma, Aspect, upper) / (Scale * Scale);

    private static int RankOf(ReadOnlySpan<double> ascending, int larger)
    {
        double limit = Math.Sqrt(ascending[^1]) * larger * Math.Pow(2, -52);
        int rank = 0;
        foreach (double value in ascending)
        {
            if (Math.Sqrt(value) > limit)
                rank++;
        }

        return rank;
    }

    private static int CountBelow(ReadOnlySpan<double> ascending, double limit)
    {
        int count = 0;
        while (count < ascending.Length && ascending[count] < limit)
            count++;
        return count;
    }

    private static double EntropyOf(ReadOnlySpan<double> eigenvalues, double norm, int rank)
    {
        // Divided by the logarithm of one and a trifle, what the trifles below sum to would come out as large as the matrix.
        if (rank <= 1)
            return 0;
        double sum = 0;
        foreach (double value in eigenvalues)
        {
            double share = (value / norm) + 1e-10;
            sum -= share * Math.Log(share);
        }

        return sum / Math.Log(rank + 1e-10);
    }

    /// <summary>log₁₀ Σ λ^α, by way of the largest term, which may be beyond any double.</summary>
    private static double LogSumOfPowers(ReadOnlySpan<double> ascending, double alpha)
    {
        double largest = ascending[^1];
        double sum = 0;
        foreach (double value in ascending)
            sum += Math.Pow(value / largest, alpha);
        return (alpha * Math.Log10(largest)) + Math.Log10(sum);
    }

    private static double Log10(double value) => value > 0 ? Math.Max(LogOfZero, Math.Log10(value)) : LogOfZero;
}

/// <summary>
/// The phase of a layer's spectrum, after Martin and Mahoney (2018), section 6, "5+1 phases of training". The paper tells them by
/// eye; the rules here are this library's, tried in the order in which they stand in <see cref="SpectralSummary"/>.
/// </summary>
internal enum SpectralPhase
{
    /// <summary>Nothing was fitted: too few eigenvalues.</summary>
    Unknown = 0,

    /// <summary>All eigenvalues lie within the Marchenko–Pastur bulk.</summary>
    RandomLike = 1,

    /// <summary>Some lie beyond its edge, none further than chance allows.</summary>
    BleedingOut = 2,

    /// <summary>Up to a tenth lie well beyond it.</summary>
    BulkAndSpikes = 3,

    /// <summary>More do, in a tail that falls faster than a power of 4.</summary>
    BulkDecay = 4,

    /// <summary>More do, in a tail that falls as a power of at most 4.</summary>
    HeavyTailed = 5,

    /// <summary>Eigenvalues are zero: the rank is below the smaller dimension.</summary>
    RankCollapsed = 6,
}
