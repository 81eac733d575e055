using System.Runtime.InteropServices;
using System.Text.Json;

namespace MLNetModelSpace.Tests.Features;

// Reaches internals: WeightWatcher has figures of one matrix that are no features here.
/// <summary>Spectral shapes against WeightWatcher's figures for the same matrices.</summary>
public class SpectralConformanceTests
{
    private const string File = "weightwatcher/spectral.json";
    private const double Tolerance = 1e-6;
    private const double BulkTolerance = 1e-4;

    /// <summary>Eigenvalues below the rank are rounding noise: they are compared with the largest, not with themselves.</summary>
    private const double NoiseTolerance = 1e-12;

    [ReferenceFact(File)]
    public void EigenvaluesAgree() => ForEach((name, summary, eigenvalues, item) =>
    {
        double[] expected = [.. item.GetProperty("eigenvalues").EnumerateArray().Select(value => value.GetDouble())];
        Assert.Equal(expected.Length, eigenvalues.Length);
        int noise = expected.Length - item.GetProperty("metrics").GetProperty("matrix_rank").GetInt32();
        for (int i = 0; i < expected.Length; i++)
            Near(name, $"eigenvalue {i}", expected[i], eigenvalues[i], i < noise ? NoiseTolerance * expected[^1] : Tolerance * expected[i]);
    });

    [ReferenceFact(File)]
    public void NormsRanksAndEntropyAgree() => ForEach((name, summary, _, item) => Compare(name, item, Tolerance, new()
    {
        ["num_evals"] = summary.Count,
        ["M"] = summary.Count,
        ["Q"] = summary.Aspect,
        ["norm"] = summary.Norm,
        ["log_norm"] = summary.LogNorm,
        ["spectral_norm"] = summary.SpectralNorm,
        ["lambda_max"] = summary.SpectralNorm,
        ["xmax"] = summary.SpectralNorm,
        ["log_spectral_norm"] = summary.LogSpectralNorm,
        ["stable_rank"] = summary.StableRank,
        ["matrix_rank"] = summary.MatrixRank,
        ["rank_loss"] = summary.RankLoss,
        ["weak_rank_loss"] = summary.WeakRankLoss,
        ["entropy"] = summary.Entropy,
        ["sv_max"] = Math.Sqrt(summary.SpectralNorm),
        ["W_scale"] = summary.Scale,
    }));

    [ReferenceFact(File)]
    public void PowerLawsAgree() => ForEach((name, summary, _, item) => Compare(name, item, Tolerance, new()
    {
        ["alpha"] = summary.PowerLaw.Alpha,
        ["xmin"] = summary.PowerLaw.XMin,
        ["D"] = summary.PowerLaw.Distance,
        ["sigma"] = summary.PowerLaw.Sigma,
        ["num_pl_spikes"] = summary.PowerLawSpikes,
        ["alpha_weighted"] = summary.AlphaWeighted,
        ["log_alpha_norm"] = summary.LogAlphaNorm,
    }));

    [ReferenceFact(File)]
    public void MarchenkoPasturFitsAgree() => ForEach((name, summary, _, item) =>
    {
        // A penalised fit means nothing, in the reference as here.
        if (item.GetProperty("conditioning").GetProperty("penalised").GetBoolean())
            return;
        Compare(name, item, BulkTolerance, new()
        {
            ["sigma_mp"] = summary.BulkSigma,
            ["bulk_max"] = summary.BulkMax,
            ["bulk_min"] = summary.BulkMin,
            ["mp_softrank"] = summary.SoftRank,
            ["num_spikes"] = summary.Spikes,
        });
    });

    private static void ForEach(Action<string, SpectralSummary, double[], JsonElement> check)
    {
        using JsonDocument document = ReferenceFiles.Open(File);
        var analyzer = new SpectralAnalyzer(fewest: 2, fitBulk: true);
        int cases = 0;
        foreach (JsonElement item in document.RootElement.GetProperty("cases").EnumerateArray())
        {
            int[] shape = [.. item.GetProperty("shape").EnumerateArray().Select(value => value.GetInt32())];
            float[] matrix = MemoryMarshal.Cast<byte, float>(item.GetProperty("float32_base64").GetBytesFromBase64()).ToArray();
            SpectralSummary summary = analyzer.Analyze(matrix, shape[0], shape[1]);
            check(item.GetProperty("name").GetString()!, summary, analyzer.Eigenvalues.ToArray(), item);
            cases++;
        }

        Assert.True(cases > 0, $"{File} has no cases");
    }

    private static void Compare(string name, JsonElement item, double relative, Dictionary<string, double> actual)
    {
        JsonElement metrics = item.GetProperty("metrics");
        foreach ((string metric, double value) in actual)
        {
            double expected = metrics.GetProperty(metric).GetDouble();
            // Numbers like bulk_min at Q = 1 are zero: those are compared with 1.
            Near(name, metric, expected, value, relative * (expected == 0 ? 1 : Math.Abs(expected)));
        }
    }

    private static void Near(string name, string metric, double expected, double actual, double tolerance) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance, $"{name}, {metric}: expected {expected:R}, got {actual:R}, difference {actual - expected:E2}");
}
