using System.Text.Encodings.Web;
using System.Text.Json;
using MLNetModelSpace;
using MLNetModelSpace.Theory;

namespace Examples.InformationLoss;

/// <summary>What was measured of one zoo.</summary>
internal sealed record LossResult(string Dataset, string[] Classes, string Architecture, InformationReport Report)
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A feature column's name as one reads it.</summary>
    public static string Readable(string column) => column switch
    {
        nameof(VectorizedModel.SingularValues) => "singular values",
        nameof(VectorizedModel.Histogram) => "histogram",
        nameof(VectorizedModel.LayerStatistics) => "layer statistics",
        nameof(VectorizedModel.SpectralShape) => "spectral shape",
        nameof(VectorizedModel.ComposedMap) => "composed map",
        nameof(VectorizedModel.RawWeights) => "raw weights, principal components",
        InformationReport.Together => "all together",
        _ => column,
    };

    /// <summary>A feature column's name where there is little room.</summary>
    public static string Short(string column) => column == nameof(VectorizedModel.RawWeights) ? "raw weights (PCA)" : Readable(column);

    /// <summary>One object a zoo and feature column, in bits.</summary>
    public static string ToJson(IEnumerable<LossResult> results) => JsonSerializer.Serialize(
        results.SelectMany(result => result.Report.Features.Select(feature => new
        {
            result.Dataset,
            result.Classes,
            result.Architecture,
            Features = Readable(feature.Name),
            feature.Dimensions,
            LabelBits = result.Report.Label.Bits,
            Weights = Interval(result.Report.Weights),
            Bound = Interval(feature.Bound),
            Neighbors = Interval(feature.Neighbors),
            Prediction = Interval(feature.Prediction),
            ShareKept = result.Report.ShareKept(feature.Name),
            Models = feature.Bound.Samples,
            result.Report.OrderBreaches,
        })).ToArray(),
        s_json) + "\n";

    private static double[] Interval(InformationEstimate estimate) => [estimate.Bits, estimate.LowerBits, estimate.UpperBits];
}
