using System.Globalization;

namespace Examples.OriginClassification;

/// <summary>The results as tables, the paper's figures beside them.</summary>
internal static class ResultTable
{
    /// <summary>Every table that there are results for.</summary>
    public static IEnumerable<ReportTable> All(
        IReadOnlyList<OriginResult> results, bool allPairs, IReadOnlyList<TenWayResult> tenWay, IReadOnlyList<RobustnessResult> robustness,
        IReadOnlyList<FeatureImportance> importances)
    {
        yield return allPairs ? Pairs(results) : OnePair(results);
        if (tenWay.Count > 0)
            yield return TenWay(tenWay);
        if (robustness.Count > 0)
            yield return Robustness(robustness);
        if (importances.Count > 0)
            yield return Importances(importances);
    }

    private static ReportTable OnePair(IReadOnlyList<OriginResult> results)
    {
        OriginResult first = results[0];
        var table = new ReportTable(
            $"{first.Dataset}: {first.Classes[0]} or {first.Classes[1]}? {first.TrainModels} training models, {first.TestModels} test models that share no image and "
            + $"no seed with them; the majority has {Format(first.Baseline)}; AUC has its 95% interval, and its mean where training labels were shuffled",
            new("vectorization", Left: true), new("trainer", Left: true), new("precision"), new("recall"), new("AUC"), new("95%"), new("shuffled"));
        foreach (IGrouping<string, OriginResult> group in results.GroupBy(result => result.Architecture))
        {
            table.Section(group.Key);
            foreach (OriginResult r in group)
            {
                table.Row(
                    r.Vectorization, OriginClassifiers.Short(r.Trainer), Format(r.Precision), Format(r.Recall), Format(r.Auc),
                    r.AucInterval is [var lower, var upper] ? $"{Format(lower)}–{Format(upper)}" : "", Format(r.ShuffledAuc));
            }

            (string row, double precision, double recall) = Architectures.Paper(group.Key);
            table.Row(row, "", Format(precision), Format(recall), "", "", "");
        }

        return table;
    }

    private static ReportTable Pairs(IReadOnlyList<OriginResult> results)
    {
        var table = new ReportTable(
            $"{results[0].Dataset}: mean, worst and median of all {results.Select(r => string.Join('|', r.Classes)).Distinct().Count()} pairs; "
            + $"{results[0].TrainModels} training and {results[0].TestModels} test models each",
            [
                new("trainer", Left: true),
                .. new[] { "precision", "recall", "AUC" }.SelectMany(group => new[] { "mean", "worst", "median" }.Select(name => new ReportColumn(name, group))),
                new("AUC", "shuffled"),
            ]);
        foreach (var group in results.GroupBy(result => (result.Architecture, result.Vectorization, result.Kind)))
        {
            table.Section($"{group.Key.Architecture}, {group.Key.Vectorization} ({group.Key.Kind})");
            foreach (IGrouping<string, OriginResult> trainer in group.GroupBy(result => result.Trainer))
            {
                OriginResult[] rows = [.. trainer];
                table.Row(
                [
                    OriginClassifiers.Short(trainer.Key), .. Spread(rows, r => double.IsNaN(r.Precision) ? 0 : r.Precision), .. Spread(rows, r => r.Recall),
                    .. Spread(rows, r => r.Auc), Format(rows.Average(r => r.ShuffledAuc)),
                ]);
            }
        }

        return table;
    }

    /// <summary>All classes told apart at once.</summary>
    private static ReportTable TenWay(IReadOnlyList<TenWayResult> results)
    {
        int[] counts = [.. results.Select(r => r.TrainModelsPerClass).Distinct()];
        var table = new ReportTable(
            $"{results[0].Dataset}: macro-accuracy of telling all classes apart ({results[0].Trainer}), by training models of each class",
            [
                new("vectorization", Left: true), new("kind", Left: true),
                .. counts.Select(count => new ReportColumn(count.ToString(CultureInfo.InvariantCulture), "training models")),
            ]);
        foreach (var architecture in results.GroupBy(r => r.Architecture))
        {
            table.Section(architecture.Key);
            foreach (var group in architecture.GroupBy(r => (r.Vectorization, r.Kind)))
            {
                table.Row(
                [
                    group.Key.Vectorization, group.Key.Kind,
                    .. counts.Select(count => Precise(group.First(r => r.TrainModelsPerClass == count).MacroAccuracy)),
                ]);
            }
        }

        return table;
    }

    /// <summary>Classifiers on models that came about otherwise.</summary>
    private static ReportTable Robustness(IReadOnlyList<RobustnessResult> results)
    {
        string[] trainers = [.. results.Select(r => r.Trainer).Distinct()];
        var table = new ReportTable(
            $"{results[0].Dataset}: means over pairs on models that were trained or stored otherwise",
            [
                new("models", Left: true),
                .. trainers.SelectMany(trainer => new[] { "precision", "recall", "AUC" }.Select(name => new ReportColumn(name, OriginClassifiers.Short(trainer)))),
            ]);
        foreach (var group in results.GroupBy(r => (r.Architecture, r.Vectorization, r.Kind)))
        {
            table.Section($"{group.Key.Architecture}, {group.Key.Vectorization} ({group.Key.Kind})");
            foreach (var models in group.GroupBy(r => r.Models))
                table.Row([models.Key, .. trainers.Select(trainer => models.First(r => r.Trainer == trainer)).SelectMany(r => new[] { Format(r.Precision), Format(r.Recall), Format(r.Auc) })]);
        }

        return table;
    }

    /// <summary>What the trees of each architecture's best vectorizations split by.</summary>
    private static ReportTable Importances(IReadOnlyList<FeatureImportance> importances)
    {
        var table = new ReportTable("What trees split by: shares of what all splits gain", new("number", Left: true), new("share"));
        foreach (FeatureImportance best in importances.GroupBy(one => (one.Architecture, one.Kind)).Select(group => group.MaxBy(one => one.Auc)!))
        {
            table.Section($"{best.Architecture}, {best.Vectorization} ({best.Kind})");
            if (best.Top[0].Share == 0)
                table.Row("too few models to split", "");
            foreach ((string slot, double share) in best.Top.Where(slot => slot.Share > 0))
                table.Row(slot, $"{(100 * share).ToString("F1", CultureInfo.InvariantCulture)}%");
        }

        return table;
    }

    private static string[] Spread(OriginResult[] rows, Func<OriginResult, double> of)
    {
        double[] values = Array.ConvertAll(rows, row => of(row));
        return [Precise(values.Average()), Format(values.Min()), Format(Median(values))];
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        int middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    private static string Precise(double value) => value.ToString("F3", CultureInfo.InvariantCulture);

    private static string Format(double value) => double.IsNaN(value) ? "-" : value.ToString("F2", CultureInfo.InvariantCulture);
}
