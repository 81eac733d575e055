using System.Globalization;

namespace Examples.ModelSearch;

/// <summary>What all queries found, as a table and as bars, with 95% intervals over queries.</summary>
internal static class SearchReport
{
    private static readonly (string Name, Func<QueryResult, double> Error)[] s_ways =
    [
        ("one model trained, nearest place", result => result.TrainedNearest.Error),
        ("one model trained, least error expected", result => result.TrainedBest.Error),
        ("images placed, nearest place", result => result.PlacedNearest.Error),
        ("images placed, least error expected", result => result.PlacedBest.Error),
        ("a random model", result => result.RandomError),
        ("the best model there is", result => result.BestError),
    ];

    /// <param name="results">One a query.</param>
    /// <param name="models">In the zoo.</param>
    /// <param name="near">How near to the best model of the zoo an answer counts as right.</param>
    /// <param name="seed">Of the intervals.</param>
    public static ReportTable Table(IReadOnlyList<QueryResult> results, int models, double near, int seed)
    {
        var table = new ReportTable(
            $"{results.Count} queries of unseen mixtures against {models} models: reconstruction error of the first found on held-out images, its mean with a 95% "
            + "interval, and how often it is within 5% of the best",
            new("search", Left: true), new("mean", "error"), new("95%", "error"), new("within 5%"));
        foreach ((string name, Func<QueryResult, double> error) in s_ways)
        {
            Estimate mean = BootstrapIntervals.Mean([.. results.Select(error)], seed);
            table.Row(
                name, Format(mean.Value), $"{Format(mean.Lower)}–{Format(mean.Upper)}",
                FormattableString.Invariant($"{results.Average(result => error(result) <= near * result.BestError ? 100.0 : 0):F0}%"));
        }

        return table;
    }

    public static Picture Draw(IReadOnlyList<QueryResult> results, int seed)
    {
        string[] names = [.. s_ways.Select(way => way.Name)];
        Estimate[] means = [.. s_ways.Select(way => BootstrapIntervals.Mean([.. results.Select(way.Error)], seed))];
        var picture = new Picture("Reconstruction error of the model found, a mean over queries with its 95% interval", 1, 760, BarPlots.Height(names.Length, 1));
        picture.Add(BarPlots.Create("", names, [means], "mean squared error a pixel", 0, 1.05 * means.Max(mean => mean.Upper)));
        return picture;
    }

    private static string Format(double value) => value.ToString("F5", CultureInfo.InvariantCulture);
}
