using System.Globalization;
using Spectre.Console;

namespace Examples.DatasetSpace;

/// <summary>The results as a table on the console.</summary>
internal static class SpaceTable
{
    private const int Width = 180;

    public static void Print(IReadOnlyList<SpaceResult> results)
    {
        // Where output goes to a file there is no width to keep to; 80, the usual guess, would fold every cell.
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = Width;
        var table = new Table().Border(TableBorder.Simple);
        foreach (string column in (string[])["Architecture", "Space", "Loss", "Angle", "Median", "Mean vector", "Shuffled", "R²", "Spearman", "Kendall", "Recall@1/5/10", "Rank", "Mixture", "Seconds"])
            table.AddColumn(new TableColumn(column).NoWrap());
        foreach (SpaceResult r in results)
        {
            table.AddRow(
                [
                    r.Architecture, r.Space, r.Loss, Degrees(r.MeanAngle), Degrees(r.MedianAngle), Degrees(r.BaselineAngle), Degrees(r.ShuffledAngle),
                    Number(r.R2), Number(r.DistanceSpearman), Number(r.DistanceKendall), $"{Number(r.Recall1)}/{Number(r.Recall5)}/{Number(r.Recall10)}",
                    r.MedianRank.ToString("0.#", CultureInfo.InvariantCulture), Degrees(r.MixtureAngle), r.Seconds.ToString("0.0", CultureInfo.InvariantCulture),
                ]);
        }

        if (results.Count > 0)
        {
            SpaceResult first = results[0];
            table.Title = new TableTitle(Markup.Escape(
                $"{first.Dataset}: {string.Join(", ", first.Classes)}; {first.TrainModels} models for training, {first.TestModels} for testing, from weights only"));
        }

        AnsiConsole.Write(table);
        AnsiConsole.WriteLine("The paper names this experiment (section 4.2) and gives no figures for it.");
    }

    private static string Degrees(double value) => value.ToString("0.00°", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
