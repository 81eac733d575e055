using System.Numerics.Tensors;
using Microsoft.ML;

namespace MLNetModelSpace.Features;

/// <summary>Starts, fits and reads families that are pooled over layers.</summary>
internal static class PooledFamilies
{
    /// <summary>The families that can be pooled: those that go tensor by tensor.</summary>
    public const WeightFeatures Known =
        WeightFeatures.SingularValues | WeightFeatures.Histogram | WeightFeatures.LayerStatistics | WeightFeatures.SpectralShape;

    private const int MostFamilies = 4;

    /// <summary>Fits, with a pass over the models where a histogram has to learn its range.</summary>
    public static PooledVectorization Fit(IDataView input, WeightsInput source, VectorizeWeightsEstimator.Options options)
    {
        var families = new List<LayerFeatures>();
        if (options.Features.HasFlag(WeightFeatures.SingularValues))
            families.Add(new SpectrumFeatures());
        if (options.Features.HasFlag(WeightFeatures.Histogram))
        {
            (float low, float high) = options is { HistogramMinimum: { } least, HistogramMaximum: { } most } ? (least, most) : LearnRange(input, source);
            families.Add(new HistogramFeatures(options.HistogramBins, [low], [high]));
        }

        if (options.Features.HasFlag(WeightFeatures.LayerStatistics))
            families.Add(new LayerStatisticsFeatures(options.TailQuantiles));
        if (options.Features.HasFlag(WeightFeatures.SpectralShape))
            families.Add(new SpectralShapeFeatures(options.FewestEigenvalues, options.FitBulk));
        return new PooledVectorization(options.IncludeBiases, families);
    }

    /// <summary>Reads what <see cref="Vectorization.Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The content makes no sense.</exception>
    public static PooledVectorization Read(BinaryReader reader)
    {
        bool includeBiases = reader.ReadBoolean();
        var families = new LayerFeatures[ModelContent.ReadCount(reader, "number of families", 1, MostFamilies)];
        for (int i = 0; i < families.Length; i++)
        {
            int mark = reader.ReadInt32();
            families[i] = (WeightFeatures)mark switch
            {
                WeightFeatures.SingularValues => new SpectrumFeatures(),
                WeightFeatures.Histogram => HistogramFeatures.Read(reader, 1),
                WeightFeatures.LayerStatistics => LayerStatisticsFeatures.Read(reader),
                WeightFeatures.SpectralShape => SpectralShapeFeatures.Read(reader),
                _ => throw new InvalidDataException($"There is no pooled family of features with the mark {mark}."),
            };
        }

        return new PooledVectorization(includeBiases, families);
    }

    /// <summary>The least and the largest weight of all models and layers.</summary>
    private static (float Low, float High) LearnRange(IDataView input, WeightsInput source)
    {
        using DataViewRowCursor cursor = input.GetRowCursor(source.Columns);
        WeightsReader reader = source.CreateReader(cursor);
        float low = float.PositiveInfinity, high = float.NegativeInfinity;
        while (cursor.MoveNext())
        {
            ReadOnlySpan<float> weights = reader.Read(out _);
            if (weights.IsEmpty)
                continue;
            low = Math.Min(low, TensorPrimitives.Min(weights));
            high = Math.Max(high, TensorPrimitives.Max(weights));
        }

        return low <= high ? (low, high) : throw source.NoRows();
    }
}
