using MLNetModelSpace;
using MLNetModelSpace.Theory;

namespace Examples.InformationLoss;

/// <summary>Draws a bar with its interval for the weights and each vectorization of every zoo, with the neighbours' and the prediction's estimates as marks.</summary>
internal static class LossChart
{
    private const double Left = 260;
    private const double Top = 96;
    private const double BarWidth = 560;
    private const double RowHeight = 22;
    private const double GroupGap = 34;

    public static string Draw(IReadOnlyList<LossResult> results)
    {
        double height = Top + results.Sum(result => ((result.Report.Features.Count + 1) * RowHeight) + GroupGap) + 20;
        var canvas = new SvgCanvas(Left + BarWidth + 60, height);
        double entropy = results.Max(result => result.Report.Label.Bits);
        double scale = BarWidth / (1.1 * entropy);
        LossResult first = results[0];
        canvas.Text(20, 28, $"What weights and their vectorizations know of {first.Classes[0]} or {first.Classes[1]} ({first.Dataset}), in bits", 17);
        Legend(canvas);
        double bottom = height - 20;
        for (int tick = 0; tick <= 4; tick++)
        {
            double x = Left + (scale * entropy * tick / 4);
            canvas.Line(x, Top - 8, x, bottom, "#ddd");
            canvas.Text(x, Top - 14, $"{entropy * tick / 4:F2}", 11, "middle");
        }

        double y = Top;
        for (int i = 0; i < results.Count; i++)
        {
            InformationReport report = results[i].Report;
            canvas.Text(20, y + 16, results[i].Architecture, 15);
            y += GroupGap - 12;
            Bar(canvas, y, $"weights (by {LossResult.Readable(report.Best)})", report.Weights, scale, "#555");
            y += RowHeight;
            foreach (FeatureInformation feature in report.Features)
            {
                Bar(canvas, y, LossResult.Readable(feature.Name), feature.Bound, scale, SvgCanvas.Palette[0]);
                canvas.Circle(Left + (scale * Math.Clamp(feature.Neighbors.Bits, 0, 1.1 * entropy)), y + 8, 4, SvgCanvas.Palette[1]);
                double prediction = Left + (scale * feature.Prediction.Bits);
                canvas.Rectangle(prediction - 3.5, y + 4.5, 7, 7, SvgCanvas.Palette[2]);
                y += RowHeight;
            }

            y += 12;
        }

        return canvas.ToString();
    }

    private static void Legend(SvgCanvas canvas)
    {
        canvas.Rectangle(20, 44, 18, 12, SvgCanvas.Palette[0], opacity: 0.75);
        canvas.Text(44, 54, "lower bound by a classifier, 95% interval");
        canvas.Circle(326, 50, 4, SvgCanvas.Palette[1]);
        canvas.Text(336, 54, "nearest neighbours (Ross)");
        canvas.Rectangle(505, 46.5, 7, 7, SvgCanvas.Palette[2]);
        canvas.Text(518, 54, "left in the predicted class");
    }

    private static void Bar(SvgCanvas canvas, double y, string name, InformationEstimate estimate, double scale, string colour)
    {
        canvas.Text(Left - 8, y + 12, name, 12, "end");
        canvas.Rectangle(Left, y + 2, scale * Math.Max(0, estimate.Bits), 12, colour, opacity: 0.75);
        double lower = Left + (scale * estimate.LowerBits), upper = Left + (scale * estimate.UpperBits);
        canvas.Line(lower, y + 8, upper, y + 8, "#000", 1.4);
        canvas.Line(lower, y + 4, lower, y + 12, "#000", 1.4);
        canvas.Line(upper, y + 4, upper, y + 12, "#000", 1.4);
    }
}
