using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;

namespace Examples.OriginClassification;

/// <summary>A vectorized model with the class it was trained on.</summary>
internal sealed record OriginRow
{
    public float[] Features { get; set; } = [];

    /// <summary>The label of a pair: true for the class named first.</summary>
    public bool Origin { get; set; }

    /// <summary>The class, from 1.</summary>
    public uint OriginClass { get; set; }

    /// <summary>Takes features and classes out of a view.</summary>
    public static OriginRow[] Read(IDataView view) =>
    [
        .. view.GetColumn<float[]>(ZooColumns.Features)
            .Zip(view.GetColumn<uint>(ZooColumns.OriginClass), (features, key) => new OriginRow { Features = features, OriginClass = key }),
    ];

    /// <summary>The rows of two classes, labelled.</summary>
    public static OriginRow[] Pair(IEnumerable<OriginRow> rows, uint positive, uint negative) =>
        [.. rows.Where(row => row.OriginClass == positive || row.OriginClass == negative).Select(row => row with { Origin = row.OriginClass == positive })];

    /// <summary>The first models of each class, one in so many.</summary>
    public static OriginRow[] Fewer(IEnumerable<OriginRow> rows, int divisor) =>
        [.. rows.GroupBy(row => row.OriginClass).SelectMany(group => group.Take(Math.Max(1, group.Count() / divisor)))];
}
