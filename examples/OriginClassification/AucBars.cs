namespace Examples.OriginClassification;

/// <summary>Draws how well each classifier does on each vectorization, a panel for each architecture, with 95% intervals.</summary>
internal static class AucBars
{
    public static Picture Draw(IReadOnlyList<OriginResult> results, bool allPairs, int seed)
    {
        var architectures = results.GroupBy(result => result.Architecture).ToArray();
        string[] names = [.. results.Select(result => result.Vectorization).Distinct()];
        string[] trainers = [.. OriginClassifiers.Names.Where(name => results.Any(result => result.Trainer == name))];
        int height = BarPlots.Height(names.Length, trainers.Length);
        OriginResult first = results[0];
        var picture = new Picture(
            allPairs
                ? $"{first.Dataset}: mean AUC over all pairs of classes, 95% intervals over pairs"
                : $"{first.Dataset}, {first.Classes[0]} or {first.Classes[1]}: AUC, 95% intervals over test models",
            Math.Min(2, architectures.Length), architectures.Length == 1 ? 720 : 480, height);
        picture.Explain(trainers.Select((name, i) => PictureStyle.Key(OriginClassifiers.Short(name), PictureStyle.Palette[i])));
        picture.Explain(PictureStyle.Key("chance", ScottPlot.LinePattern.Dashed, PictureStyle.Ink));
        foreach (var architecture in architectures)
        {
            var series = trainers.Select(trainer => names.Select(name =>
                Of([.. architecture.Where(result => result.Vectorization == name && result.Trainer == trainer)], seed)).ToArray()).ToArray();
            ScottPlot.Plot plot = BarPlots.Create(architecture.Key, names, series, "AUC", 0, 1.02);
            BarPlots.Mark(plot, 0.5, PictureStyle.Ink);
            picture.Add(plot);
        }

        return picture;
    }

    private static Estimate Of(OriginResult[] results, int seed) => results is [{ AucInterval: [var lower, var upper] } one]
        ? new Estimate(one.Auc, lower, upper)
        : BootstrapIntervals.Mean([.. results.Select(result => result.Auc)], seed);
}
