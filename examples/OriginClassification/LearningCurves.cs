using System.Globalization;
using ScottPlot;

namespace Examples.OriginClassification;

/// <summary>Draws how well all classes are told apart with ever more training models, a panel for each architecture.</summary>
internal static class LearningCurves
{
    // As many as colours and marks tell apart at a glance: those that come out best, a mean over architectures.
    private const int MostCurves = 6;

    public static Picture Draw(IReadOnlyList<TenWayResult> results, int classes)
    {
        string[] names =
        [
            .. results.GroupBy(result => result.Vectorization).OrderByDescending(Final).Take(MostCurves).Select(group => group.Key),
        ];
        var architectures = results.GroupBy(result => result.Architecture).ToArray();
        var picture = new Picture(
            $"{results[0].Dataset}: telling all {classes} classes apart, by training models of each class", Math.Min(2, architectures.Length), 450, 300);
        picture.Explain(names.Select((name, i) => PictureStyle.Key(name, PictureStyle.Shapes[i], PictureStyle.Palette[i])));
        picture.Explain(PictureStyle.Key("chance", LinePattern.Dashed, PictureStyle.Ink));
        foreach (var architecture in architectures)
            picture.Add(Draw(architecture.Key, [.. architecture], names, classes));
        return picture;
    }

    private static double Final(IEnumerable<TenWayResult> results) =>
        results.GroupBy(result => result.Architecture).Average(group => group.MaxBy(result => result.TrainModelsPerClass)!.MacroAccuracy);

    private static Plot Draw(string title, TenWayResult[] results, string[] names, int classes)
    {
        Plot plot = PictureStyle.NewPlot(title);
        plot.Add.HorizontalLine(1.0 / classes, 1.5f, PictureStyle.Ink, LinePattern.Dashed);
        for (int i = 0; i < names.Length; i++)
        {
            TenWayResult[] curve = [.. results.Where(result => result.Vectorization == names[i]).OrderBy(result => result.TrainModelsPerClass)];
            if (curve.Length == 0)
                continue;
            var line = plot.Add.Scatter(
                Array.ConvertAll(curve, result => Math.Log2(result.TrainModelsPerClass)), Array.ConvertAll(curve, result => result.MacroAccuracy), PictureStyle.Palette[i]);
            (line.LineWidth, line.MarkerShape, line.MarkerSize) = (2, PictureStyle.Shapes[i], 8);
        }

        int[] counts = [.. results.Select(result => result.TrainModelsPerClass).Distinct().Order()];
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericManual(
            [.. counts.Select(count => Math.Log2(count))], [.. counts.Select(count => count.ToString(CultureInfo.InvariantCulture))]);
        plot.XLabel("training models of each class", 12);
        plot.YLabel("macro-accuracy", 12);
        plot.Axes.SetLimits(Math.Log2(counts[0]) - 0.3, Math.Log2(counts[^1]) + 0.3, 0, 1.04);
        return plot;
    }
}
