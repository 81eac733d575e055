using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;

namespace Examples.ImportedModels;

/// <summary>A family of features that the command line names.</summary>
/// <param name="Name">On the command line.</param>
/// <param name="Create">Makes what computes it.</param>
internal sealed record FeatureVectors(string Name, Func<MLContext, IDataView, ITransformer> Create)
{
    private static readonly FeatureVectors[] s_known =
    [
        Weights("singular-values", WeightFeatures.SingularValues),
        Weights("histogram", WeightFeatures.Histogram),
        Weights("layer-statistics", WeightFeatures.LayerStatistics),
        Weights("spectral-shape", WeightFeatures.SpectralShape),
        Weights("composed-map", WeightFeatures.ComposedMap),
        Weights("composed-cosines", WeightFeatures.ComposedCosines),
        Weights("unit-gram", WeightFeatures.UnitGram),
        Weights("sorted-units", WeightFeatures.SortedUnits),
        Weights("singular-vectors", WeightFeatures.SingularVectors),
        new("graph", (ml, view) => ml.ModelSpace().Transforms.DescribeGraphs(ZooColumns.Features, ZooColumns.Weights).Fit(view)),
    ];

    /// <summary>The names of all families.</summary>
    public static IEnumerable<string> Names => s_known.Select(known => known.Name);

    /// <summary>The families of these names, with commas between; none for an empty text.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static IReadOnlyList<FeatureVectors> Parse(string text) =>
    [
        .. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct().Select(name => Array.Find(s_known, known => known.Name == name)
            ?? throw new ArgumentException($"'{name}' is no family of features; known are {string.Join(", ", Names)}.")),
    ];

    /// <summary>The vectors of models of one layout, with the names of their slots; or why there are none.</summary>
    public (float[][] Rows, string[] Slots, string? Refusal) Compute(MLContext ml, IDataView models)
    {
        try
        {
            IDataView view = Create(ml, models).Transform(models);
            float[][] rows = [.. view.GetColumn<float[]>(ZooColumns.Features)];
            VBuffer<ReadOnlyMemory<char>> names = default;
            view.Schema[ZooColumns.Features].GetSlotNames(ref names);
            return (rows, [.. names.DenseValues().Select(name => name.ToString())], null);
        }
        catch (Exception error) when (error.GetBaseException() is InvalidOperationException or InvalidDataException or ArgumentException)
        {
            return ([], [], error.GetBaseException().Message);
        }
    }

    private static FeatureVectors Weights(string name, WeightFeatures features) =>
        new(name, (ml, view) => ml.ModelSpace().Transforms.VectorizeWeights(ZooColumns.Features, ZooColumns.Weights, features).Fit(view));
}
