namespace Examples.DatasetSpace;

/// <summary>Draws the mean angle of each variant, a panel for each architecture, with 95% intervals over test models.</summary>
internal static class AngleBars
{
    public static Picture Draw(IReadOnlyList<SpaceResult> results, IReadOnlyList<double[]> angles, int seed)
    {
        string[] names = [.. results.Select(SpaceTable.Name).Distinct()];
        var architectures = results.Zip(angles).GroupBy(pair => pair.First.Architecture).ToArray();
        SpaceResult first = results[0];
        var picture = new Picture(
            $"{first.Dataset}: angle between a model's place and its dataset, means over {first.TestModels} test models with 95% intervals", Math.Min(2, architectures.Length),
            architectures.Length == 1 ? 760 : 500, BarPlots.Height(names.Length, 1));
        picture.Explain(
            PictureStyle.Key("from weights", PictureStyle.Palette[0]), PictureStyle.Key("the mean vector for all", ScottPlot.LinePattern.Dashed, PictureStyle.Palette[1]));
        Estimate[][] bars =
        [
            .. architectures.Select(architecture => names.Select(name =>
                BootstrapIntervals.Mean([.. architecture.Where(pair => SpaceTable.Name(pair.First) == name).SelectMany(pair => pair.Second)], seed)).ToArray()),
        ];
        double to = 1.05 * Math.Max(results.Max(result => result.BaselineAngle), bars.Max(some => some.Max(bar => bar.Upper)));
        for (int i = 0; i < architectures.Length; i++)
        {
            ScottPlot.Plot plot = BarPlots.Create(architectures[i].Key, names, [bars[i]], "mean angle, degrees", 0, to);
            BarPlots.Mark(plot, architectures[i].First().First.BaselineAngle, PictureStyle.Palette[1]);
            picture.Add(plot);
        }

        return picture;
    }
}
