using System.Globalization;
using MLNetModelSpace;
using MLNetModelSpace.Theory;

namespace Examples.InformationLoss;

/// <summary>The results as a table, in bits.</summary>
internal static class LossTable
{
    public static ReportTable Of(IReadOnlyList<LossResult> results)
    {
        LossResult first = results[0];
        var table = new ReportTable(
            $"{first.Dataset}, {first.Classes[0]} or {first.Classes[1]}: what {first.Report.Label.Samples} models know of the class they were trained on, in bits, "
            + "with 95% intervals",
            new("what is known", Left: true), new("bits", "bound"), new("95%", "bound"), new("kept", "bound"), new("bits", "neighbours"), new("95%", "neighbours"),
            new("bits", "prediction"), new("95%", "prediction"));
        foreach (LossResult result in results)
        {
            InformationReport report = result.Report;
            table.Section($"{result.Architecture} (weights: by {LossResult.Short(report.Best)})");
            table.Row("label of the sample", Format(report.Label.Bits), "", "", "", "", "", "");
            table.Row("weights", Format(report.Weights.Bits), Interval(report.Weights), "100%", "", "", "", "");
            foreach (FeatureInformation feature in report.Features)
            {
                table.Row(
                    LossResult.Short(feature.Name), Format(feature.Bound.Bits), Interval(feature.Bound), FormattableString.Invariant($"{100 * report.ShareKept(feature.Name):F0}%"),
                    Format(feature.Neighbors.Bits), Interval(feature.Neighbors), Format(feature.Prediction.Bits), Interval(feature.Prediction));
            }
        }

        return table;
    }

    private static string Format(double bits) => bits.ToString("F2", CultureInfo.InvariantCulture);

    private static string Interval(InformationEstimate estimate) => $"{Format(estimate.LowerBits)}–{Format(estimate.UpperBits)}";
}
