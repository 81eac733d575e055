using System.Globalization;

namespace Examples.DatasetSpace;

/// <summary>The results as tables: how far off places are, and what distances between them are worth.</summary>
internal static class SpaceTable
{
    public static IEnumerable<ReportTable> All(IReadOnlyList<SpaceResult> results)
    {
        SpaceResult first = results[0];
        var angles = new ReportTable(
            $"{first.Dataset}: {string.Join(", ", first.Classes)}; {first.TrainModels} models for training, {first.TestModels} for testing, from weights only; the baselines are the mean vector, and training on shuffled targets",
            new("space, loss", Left: true), new("mean", "angle"), new("median", "angle"), new("mean", "baseline"), new("shuffled", "baseline"), new("R²"), new("mixtures"), new("seconds"));
        var distances = new ReportTable(
            "Distances between places beside those between datasets; whether the nearest places are the nearest datasets",
            new("space, loss", Left: true), new("Spearman", "correlation"), new("Kendall", "correlation"), new("@1", "recall"), new("@5", "recall"), new("@10", "recall"), new("rank", "median"));
        foreach (var architecture in results.GroupBy(result => result.Architecture))
        {
            angles.Section(architecture.Key);
            distances.Section(architecture.Key);
            foreach (SpaceResult r in architecture)
            {
                angles.Row(
                    Name(r), Degrees(r.MeanAngle), Degrees(r.MedianAngle), Degrees(r.BaselineAngle), Degrees(r.ShuffledAngle), Number(r.R2), Degrees(r.MixtureAngle),
                    r.Seconds.ToString("0.0", CultureInfo.InvariantCulture));
                distances.Row(
                    Name(r), Number(r.DistanceSpearman), Number(r.DistanceKendall), Number(r.Recall1), Number(r.Recall5), Number(r.Recall10),
                    r.MedianRank.ToString("0.#", CultureInfo.InvariantCulture));
            }
        }

        return [angles, distances];
    }

    /// <summary>A variant's name.</summary>
    public static string Name(SpaceResult result) => $"{result.Space}, {result.Loss}";

    private static string Degrees(double value) => value.ToString("0.0°", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
