using System.Globalization;
using Spectre.Console;

namespace Examples.OriginClassification;

/// <summary>The results as a table on the console, the paper's figures beside them.</summary>
internal static class ResultTable
{
    private const int Width = 150;

    public static void Print(IReadOnlyList<OriginResult> results, bool allPairs)
    {
        // Where output goes to a file there is no width to keep to; 80, the usual guess, would fold every cell.
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = Width;
        if (allPairs)
            PrintPairs(results);
        else
            PrintRows(results);
    }

    private static void PrintRows(IReadOnlyList<OriginResult> results)
    {
        Table table = New("Architecture", "Vectorization", "Classifier", "Precision", "Recall", "AUC", "Majority", "Shuffled AUC");
        foreach (IGrouping<string, OriginResult> group in results.GroupBy(result => result.Architecture))
        {
            foreach (OriginResult r in group)
            {
                Add(table, r.Architecture, r.Vectorization, r.Trainer, Format(r.Precision), Format(r.Recall), Format(r.Auc), Format(r.Baseline), Format(r.ShuffledAuc));
            }

            (string row, double precision, double recall) = Architectures.Paper(group.Key);
            Add(table, row, "singular values, histogram", "-", Format(precision), Format(recall), "-", "-", "-");
            table.AddEmptyRow();
        }

        if (results.Count > 0)
        {
            OriginResult first = results[0];
            table.Title = new TableTitle(Markup.Escape(
                $"{first.Dataset}: {first.Classes[0]} or {first.Classes[1]}? {first.TrainModels} training models, {first.TestModels} test models that share no image and no seed with them"));
        }

        AnsiConsole.Write(table);
    }

    private static void PrintPairs(IReadOnlyList<OriginResult> results)
    {
        Table table = New("Architecture", "Vectorization", "Classifier", "", "Precision", "Recall", "AUC", "Shuffled AUC");
        foreach (var group in results.GroupBy(result => (result.Architecture, result.Vectorization, result.Trainer)))
        {
            OriginResult[] rows = [.. group];
            Add(group.Key, rows, "mean", values => values.Average());
            Add(group.Key, rows, "worst pair", values => values.Min());
            Add(group.Key, rows, "median pair", Median);
        }

        table.Title = new TableTitle(Markup.Escape($"{results[0].Dataset}: all {results.Select(r => string.Join('|', r.Classes)).Distinct().Count()} pairs"));
        AnsiConsole.Write(table);

        void Add((string Architecture, string Vectorization, string Trainer) key, OriginResult[] rows, string name, Func<double[], double> of) =>
            ResultTable.Add(
                table, key.Architecture, key.Vectorization, key.Trainer, name,
                Format(of([.. rows.Select(r => double.IsNaN(r.Precision) ? 0 : r.Precision)])), Format(of([.. rows.Select(r => r.Recall)])),
                Format(of([.. rows.Select(r => r.Auc)])), name == "mean" ? Format(of([.. rows.Select(r => r.ShuffledAuc)])) : "");
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        int middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    private static Table New(params string[] columns)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (string column in columns)
            table.AddColumn(new TableColumn(column).NoWrap());
        return table;
    }

    private static void Add(Table table, params string[] cells) => table.AddRow([.. cells.Select(Markup.Escape)]);

    private static string Format(double value) => double.IsNaN(value) ? "-" : value.ToString("F2", CultureInfo.InvariantCulture);
}
