using System.Globalization;
using MLNetModelSpace;
using MLNetModelSpace.Theory;
using Spectre.Console;

namespace Examples.InformationLoss;

/// <summary>The results as a table on the console, in bits.</summary>
internal static class LossTable
{
    private const int Width = 150;

    public static void Print(IReadOnlyList<LossResult> results)
    {
        // Where output goes to a file there is no width to keep to; 80, the usual guess, would fold every cell.
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = Width;
        var table = new Table { Border = TableBorder.Simple };
        foreach (string column in (string[])["Zoo", "What is known", "Bound, bit", "", "Kept", "Neighbours, bit", "", "Prediction, bit", ""])
            table.AddColumn(new TableColumn(column).NoWrap());
        foreach (LossResult result in results)
        {
            InformationReport report = result.Report;
            Add(table, result.Architecture, "label of the sample", Format(report.Label.Bits), "", "", "", "", "", "");
            Add(table, "", $"weights (by {LossResult.Readable(report.Best)})", Format(report.Weights.Bits), Interval(report.Weights), "100%", "", "", "", "");
            foreach (FeatureInformation feature in report.Features)
            {
                Add(
                    table, "", LossResult.Readable(feature.Name), Format(feature.Bound.Bits), Interval(feature.Bound),
                    FormattableString.Invariant($"{100 * report.ShareKept(feature.Name):F0}%"),
                    Format(feature.Neighbors.Bits), Interval(feature.Neighbors), Format(feature.Prediction.Bits), Interval(feature.Prediction));
            }

            table.AddEmptyRow();
        }

        LossResult first = results[0];
        table.Title = new TableTitle(Markup.Escape(
            $"{first.Dataset}, {first.Classes[0]} or {first.Classes[1]}: what {first.Report.Label.Samples} models know of the class they were trained on"));
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine("Bound: H(label) less the log-loss on models that share no image with those the classifier saw. Neighbours: Ross's estimate. Prediction: of the most probable class. 95% intervals.");
        foreach (LossResult result in results)
        {
            foreach (string breach in result.Report.OrderBreaches)
                AnsiConsole.WriteLine($"Order broken, {result.Architecture}: {breach}");
        }
    }

    private static void Add(Table table, params string[] cells) => table.AddRow([.. cells.Select(Markup.Escape)]);

    private static string Format(double bits) => bits.ToString("F2", CultureInfo.InvariantCulture);

    private static string Interval(InformationEstimate estimate) => $"{Format(estimate.LowerBits)} to {Format(estimate.UpperBits)}";
}
