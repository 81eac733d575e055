using System.Globalization;
using Spectre.Console;

namespace Examples.OriginClassification;

/// <summary>The results as a table on the console, the paper's figures beside them.</summary>
internal static class ResultTable
{
    private const int Width = 220;

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
        Table table = New(
            "Architecture", "Vectorization", "Kind", "Classifier", "Precision", "worst", "median", "Recall", "worst", "median", "AUC", "worst", "median", "Shuffled AUC");
        foreach (var group in results.GroupBy(result => (result.Architecture, result.Vectorization, result.Kind, result.Trainer)))
        {
            OriginResult[] rows = [.. group];
            Add(
                table,
                [
                    group.Key.Architecture, group.Key.Vectorization, group.Key.Kind, group.Key.Trainer,
                    .. Spread(rows, r => double.IsNaN(r.Precision) ? 0 : r.Precision), .. Spread(rows, r => r.Recall), .. Spread(rows, r => r.Auc),
                    Format(rows.Average(r => r.ShuffledAuc)),
                ]);
        }

        table.Title = new TableTitle(Markup.Escape(
            $"{results[0].Dataset}: mean, worst and median of all {results.Select(r => string.Join('|', r.Classes)).Distinct().Count()} pairs; "
            + $"{results[0].TrainModels} training and {results[0].TestModels} test models each"));
        AnsiConsole.Write(table);
    }

    private static string[] Spread(OriginResult[] rows, Func<OriginResult, double> of)
    {
        double[] values = Array.ConvertAll(rows, row => of(row));
        return [Precise(values.Average()), Format(values.Min()), Format(Median(values))];
    }

    /// <summary>All classes told apart at once.</summary>
    public static void Print(IReadOnlyList<TenWayResult> results)
    {
        if (results.Count == 0)
            return;
        int[] counts = [.. results.Select(r => r.TrainModelsPerClass).Distinct()];
        Table table = New(["Architecture", "Vectorization", "Kind", .. counts.Select(count => $"{count} models")]);
        foreach (var group in results.GroupBy(r => (r.Architecture, r.Vectorization, r.Kind)))
        {
            Add(table, [
                group.Key.Architecture, group.Key.Vectorization, group.Key.Kind,
                .. counts.Select(count => Precise(group.First(r => r.TrainModelsPerClass == count).MacroAccuracy)),
            ]);
        }

        table.Title = new TableTitle(Markup.Escape($"{results[0].Dataset}: macro-accuracy of telling all classes apart ({results[0].Trainer}), by training models of each class"));
        AnsiConsole.Write(table);
    }

    /// <summary>Classifiers on models that came about otherwise.</summary>
    public static void Print(IReadOnlyList<RobustnessResult> results)
    {
        if (results.Count == 0)
            return;
        string[] conditions = [.. results.Select(r => r.Models).Distinct()];
        Table table = New(["Architecture", "Vectorization", "Classifier", .. conditions]);
        foreach (var group in results.GroupBy(r => (r.Architecture, r.Vectorization, r.Trainer)))
        {
            Add(table, [
                group.Key.Architecture, group.Key.Vectorization, group.Key.Trainer == OriginClassifiers.Trees ? "trees" : "regression",
                .. conditions.Select(name => group.FirstOrDefault(r => r.Models == name) is { } r ? $"{Short(r.Precision)}/{Short(r.Recall)}" : "-"),
            ]);
        }

        table.Title = new TableTitle(Markup.Escape($"{results[0].Dataset}: mean precision/recall on models trained or stored otherwise"));
        AnsiConsole.Write(table);
    }

    /// <summary>What the trees of each architecture's best vectorizations split by.</summary>
    public static void Print(IReadOnlyList<FeatureImportance> importances)
    {
        foreach (FeatureImportance best in importances.GroupBy(one => (one.Architecture, one.Kind)).Select(group => group.MaxBy(one => one.Auc)!))
        {
            AnsiConsole.WriteLine(
                $"{best.Architecture}, {best.Vectorization} ({best.Kind}), trees split by: "
                + string.Join("; ", best.Top.Select(slot => $"{slot.Slot} {(100 * slot.Share).ToString("F1", CultureInfo.InvariantCulture)}%")));
        }
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

    private static string Precise(double value) => value.ToString("F3", CultureInfo.InvariantCulture);

    private static string Short(double value) => value.ToString("F2", CultureInfo.InvariantCulture);

    private static string Format(double value) => double.IsNaN(value) ? "-" : value.ToString("F2", CultureInfo.InvariantCulture);
}
