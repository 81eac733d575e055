using MLNetModelSpace;
using MLNetModelSpace.Theory;
using ScottPlot;

namespace Examples.InformationLoss;

/// <summary>Draws a bar with its interval for the weights and each vectorization of every zoo, with the neighbours' and the prediction's estimates as marks.</summary>
internal static class LossChart
{
    public static Picture Draw(IReadOnlyList<LossResult> results)
    {
        double to = 1.08 * results.Max(result => result.Report.Label.Bits);
        LossResult first = results[0];
        int columns = Math.Min(2, results.Count);
        var picture = new Picture(
            $"What weights and their vectorizations know of {first.Classes[0]} or {first.Classes[1]} ({first.Dataset})", columns, columns == 1 ? 780 : 520,
            BarPlots.Height(first.Report.Features.Count + 1, 1) + 30);
        picture.Explain(
            PictureStyle.Key("lower bound by a classifier, 95% interval", PictureStyle.Palette[0]),
            PictureStyle.Key("nearest neighbours (Ross)", MarkerShape.FilledCircle, PictureStyle.Palette[1]),
            PictureStyle.Key("left in the predicted class", MarkerShape.FilledSquare, PictureStyle.Palette[2]));
        foreach (LossResult result in results)
            picture.Add(Draw(result.Architecture, result.Report, to));
        return picture;
    }

    private static Plot Draw(string title, InformationReport report, double to)
    {
        string[] names = ["weights", .. report.Features.Select(feature => LossResult.Short(feature.Name))];
        Estimate[] bars = [Of(report.Weights), .. report.Features.Select(feature => Of(feature.Bound))];
        Plot plot = BarPlots.Create(title, names, [bars], "bits", 0, to);
        // Marks at zero are whole.
        plot.Axes.SetLimitsX(-0.02 * to, to);
        for (int i = 0; i < report.Features.Count; i++)
        {
            // Marks lie beside the whisker, not on it.
            double y = BarPlots.Position(i + 1, 0, 1);
            plot.Add.Marker(Math.Clamp(report.Features[i].Neighbors.Bits, 0, to), y + 0.2, MarkerShape.FilledCircle, 8, PictureStyle.Palette[1]);
            plot.Add.Marker(Math.Clamp(report.Features[i].Prediction.Bits, 0, to), y - 0.2, MarkerShape.FilledSquare, 7, PictureStyle.Palette[2]);
        }

        return plot;
    }

    private static Estimate Of(InformationEstimate estimate) => new(estimate.Bits, estimate.LowerBits, estimate.UpperBits);
}
