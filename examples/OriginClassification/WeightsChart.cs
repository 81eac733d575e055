using Microsoft.ML;
using MLNetModelSpace;
using ScottPlot;

namespace Examples.OriginClassification;

/// <summary>Draws what the two classes' weights look like: mean spectrum and histogram of each weight tensor, with bands of one standard deviation.</summary>
internal static class WeightsChart
{
    public static Picture Draw(MLContext ml, IDataView models, OriginResult result)
    {
        VectorizeWeightsTransformer vectorizer = ml.ModelSpace().VectorizeWeights(new VectorizeWeightsEstimator.Options
        {
            Features = WeightFeatures.SingularValues | WeightFeatures.Histogram,
            IncludeBiases = false,
            Histogram = { Bins = 48 },
        }).Fit(models);
        IDataView vectors = vectorizer.Transform(models);
        OriginRow[] rows = OriginRow.Pair(OriginRow.Read(vectors), 1, 2);
        var picture = new Picture($"Weights of {result.Architecture} autoencoders ({result.Dataset}): mean and band of one standard deviation", 2, 450, 260);
        picture.Explain(result.Classes.Select((name, i) => PictureStyle.Key(name, PictureStyle.Palette[i])));
        foreach (Panel panel in Panels(FeatureImportance.SlotNames(vectors)))
            picture.Add(Draw(panel, rows));
        return picture;
    }

    /// <summary>The slots of each tensor's spectrum, and of each tensor's histogram beside it.</summary>
    private static IEnumerable<Panel> Panels(string[] slots)
    {
        var spectra = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        var histograms = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (int i = 0; i < slots.Length; i++)
        {
            int space = slots[i].LastIndexOf(' ');
            var kind = slots[i][space + 1] == 'σ' ? spectra : histograms;
            if (!kind.TryGetValue(slots[i][..space], out List<int>? indices))
                kind.Add(slots[i][..space], indices = []);
            indices.Add(i);
        }

        return spectra.SelectMany(pair => new[]
        {
            new Panel(pair.Key, "rank of the singular value", "singular value", pair.Value),
            new Panel(pair.Key, "bin of values", "share of values", histograms[pair.Key]),
        });
    }

    private static Plot Draw(Panel panel, OriginRow[] rows)
    {
        Plot plot = PictureStyle.NewPlot(panel.Tensor);
        double[] xs = [.. Enumerable.Range(1, panel.Slots.Count).Select(i => (double)i)];
        for (int label = 0; label < 2; label++)
        {
            (double[] mean, double[] deviation) = Moments(rows, panel, label == 0);
            Color colour = PictureStyle.Palette[label];
            var band = plot.Add.FillY(xs, [.. mean.Zip(deviation, (m, d) => Math.Max(0, m - d))], [.. mean.Zip(deviation, (m, d) => m + d)]);
            (band.FillColor, band.LineWidth) = (colour.WithAlpha(0.2), 0);
            var line = plot.Add.ScatterLine(xs, mean, colour);
            line.LineWidth = 2;
            line.LinePattern = label == 0 ? LinePattern.Solid : LinePattern.DenselyDashed;
            // A spectrum of one value is a point.
            line.MarkerSize = xs.Length == 1 ? 8 : 0;
        }

        plot.XLabel(panel.Axis, 12);
        plot.YLabel(panel.Value, 12);
        plot.Axes.AutoScale();
        plot.Axes.SetLimitsX(0.5, xs.Length + 0.5);
        plot.Axes.SetLimitsY(0, Math.Max(1e-12, plot.Axes.GetLimits().Top));
        return plot;
    }

    private static (double[] Mean, double[] Deviation) Moments(OriginRow[] rows, Panel panel, bool label)
    {
        OriginRow[] members = [.. rows.Where(row => row.Origin == label)];
        double[] mean = new double[panel.Slots.Count];
        double[] deviation = new double[panel.Slots.Count];
        for (int i = 0; i < mean.Length; i++)
        {
            mean[i] = members.Average(row => row.Features[panel.Slots[i]]);
            deviation[i] = Math.Sqrt(members.Average(row => Math.Pow(row.Features[panel.Slots[i]] - mean[i], 2)));
        }

        return (mean, deviation);
    }

    private sealed record Panel(string Tensor, string Axis, string Value, List<int> Slots);
}
