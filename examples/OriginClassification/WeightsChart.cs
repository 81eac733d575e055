using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;

namespace Examples.OriginClassification;

/// <summary>Draws what the two classes' weights look like on average: spectrum and histogram of each weight tensor.</summary>
internal static class WeightsChart
{
    private const double PanelWidth = 420;
    private const double PanelHeight = 220;
    private const double Margin = 56;
    private const double Top = 92;

    public static string Draw(MLContext ml, IDataView models, OriginResult result)
    {
        VectorizeWeightsTransformer vectorizer = ml.ModelSpace().Transforms.VectorizeWeights(new VectorizeWeightsEstimator.Options
        {
            Features = WeightFeatures.SingularValues | WeightFeatures.Histogram,
            IncludeBiases = false,
            Histogram = { Bins = 48 },
        }).Fit(models);
        IDataView vectors = vectorizer.Transform(models);
        VBuffer<ReadOnlyMemory<char>> names = default;
        vectors.Schema[ZooColumns.Features].GetSlotNames(ref names);
        Panel[] panels = Panels([.. names.DenseValues().Select(name => name.ToString())]);
        OriginRow[] rows = OriginRow.Pair(OriginRow.Read(vectors), 1, 2);

        int tensors = panels.Length / 2;
        var canvas = new SvgCanvas((2 * (PanelWidth + Margin)) + Margin, Top + (tensors * (PanelHeight + Margin)));
        canvas.Text(Margin, 28, $"Mean spectra and histograms of {result.Architecture} autoencoders' weights ({result.Dataset})", 17);
        for (int label = 0; label < 2; label++)
        {
            canvas.Rectangle(Margin + (label * 160), 40, 14, 14, SvgCanvas.Palette[label]);
            canvas.Text(Margin + 20 + (label * 160), 52, result.Classes[label]);
        }

        for (int i = 0; i < panels.Length; i++)
        {
            double x = Margin + (i % 2 * (PanelWidth + Margin));
            double y = Top + (i / 2 * (PanelHeight + Margin));
            DrawPanel(canvas, panels[i], rows, x, y);
        }

        return canvas.ToString();
    }

    /// <summary>The slots of each tensor's spectrum, and of each tensor's histogram beside it.</summary>
    private static Panel[] Panels(string[] slots)
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

        return [.. spectra.SelectMany(pair => new[]
        {
            new Panel($"{pair.Key}: singular values", pair.Value),
            new Panel($"{pair.Key}: share of values in each bin", histograms[pair.Key]),
        })];
    }

    private static void DrawPanel(SvgCanvas canvas, Panel panel, OriginRow[] rows, double x, double y)
    {
        (double[] Mean, double[] Deviation)[] groups = [Moments(rows, panel, true), Moments(rows, panel, false)];
        double top = Math.Max(1e-12, groups.Max(group => group.Mean.Zip(group.Deviation, (mean, deviation) => mean + deviation).Max()));
        double ToX(int i) => x + (PanelWidth * (panel.Slots.Count == 1 ? 0.5 : i / (panel.Slots.Count - 1.0)));
        double ToY(double value) => y + PanelHeight - (PanelHeight * Math.Max(0, value) / top);

        canvas.Text(x, y - 6, panel.Title, 13);
        canvas.Line(x, y + PanelHeight, x + PanelWidth, y + PanelHeight);
        canvas.Line(x, y, x, y + PanelHeight);
        canvas.Text(x - 6, y + 10, $"{top:G3}", 11, "end");
        canvas.Text(x - 6, y + PanelHeight, "0", 11, "end");
        for (int label = 0; label < 2; label++)
        {
            (double[] mean, double[] deviation) = groups[label];
            IEnumerable<(double, double)> upper = mean.Select((value, i) => (ToX(i), ToY(value + deviation[i])));
            IEnumerable<(double, double)> lower = mean.Select((value, i) => (ToX(i), ToY(value - deviation[i]))).Reverse();
            canvas.Area(upper.Concat(lower), SvgCanvas.Palette[label], 0.18);
            canvas.Polyline(mean.Select((value, i) => (ToX(i), ToY(value))), SvgCanvas.Palette[label]);
        }
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

    private sealed record Panel(string Title, List<int> Slots);
}
