using System.Numerics.Tensors;
using Microsoft.ML;

namespace MLNetModelSpace.Features;

/// <summary>Fits the families that options ask for to the models of a view.</summary>
internal static class VectorizationFitter
{
    /// <summary>Fits, with one pass over the models where a family needs it, and none otherwise.</summary>
    public static Vectorization Fit(IDataView input, VectorizeWeightsEstimator.Options options, RowReport? report = null)
    {
        WeightsInput source = WeightsInput.Resolve(input.Schema, options.InputColumnName, options.LayoutColumnName, options.Layout);
        if (options.PoolOverLayers)
        {
            var pooled = FeatureFamilies.Of(options.Features).Select(family => family.Pooled!.Fit(options, () => LearnRange(input, source, options.CancellationToken, report)));
            return FeatureFamilies.Checked(new PooledVectorization(options.IncludeBiases, pooled));
        }

        WeightLayout layout = source.Layout ?? ReadOneLayout(input, source, options.CancellationToken);
        int[] tensors = FeatureFamilies.SelectTensors(layout, options.IncludeBiases);
        FeatureLearner[] learners = [.. FeatureFamilies.Of(options.Features).Select(family => family.Start(layout, tensors, options))];
        FeatureLearner[] learning = [.. learners.Where(learner => learner.NeedsModels)];
        if (learning.Length > 0)
            ShowModels(input, source, layout, learning, options.CancellationToken, report);
        var fitted = new LayoutVectorization(layout, options.IncludeBiases, learners.Select(learner => learner.Finish()));
        if (fitted.Slots.Count == 0)
            throw new InvalidOperationException($"{options.Features} gives no features of {layout}: no tensor takes part.");
        return FeatureFamilies.Checked(fitted);
    }

    private static void ShowModels(IDataView input, WeightsInput source, WeightLayout layout, FeatureLearner[] learners, CancellationToken cancel, RowReport? report)
    {
        using DataViewRowCursor cursor = input.GetRowCursor(source.Columns);
        WeightsReader reader = source.CreateReader(cursor);
        long rows = 0;
        while (cursor.MoveNext())
        {
            cancel.ThrowIfCancellationRequested();
            ReadOnlySpan<float> weights = reader.Read(out WeightLayout rowLayout);
            RequireSame(source, cursor.Position, rowLayout, layout);
            foreach (FeatureLearner learner in learners)
                learner.Accept(weights, layout);
            rows++;
            report?.Report(rows);
        }

        report?.Finish();
        if (rows == 0)
            throw source.NoRows();
    }

    /// <summary>The least and the largest weight of all models and layers.</summary>
    private static (float Low, float High) LearnRange(IDataView input, WeightsInput source, CancellationToken cancel, RowReport? report)
    {
        using DataViewRowCursor cursor = input.GetRowCursor(source.Columns);
        WeightsReader reader = source.CreateReader(cursor);
        float low = float.PositiveInfinity, high = float.NegativeInfinity;
        for (long rows = 1; cursor.MoveNext(); rows++)
        {
            cancel.ThrowIfCancellationRequested();
            report?.Report(rows);
            ReadOnlySpan<float> weights = reader.Read(out WeightLayout layout);
            weights = weights[..layout.ParameterCount];
            if (weights.IsEmpty)
                continue;
            low = Math.Min(low, TensorPrimitives.Min(weights));
            high = Math.Max(high, TensorPrimitives.Max(weights));
        }

        report?.Finish();
        return low <= high ? (low, high) : throw source.NoRows();
    }

    /// <summary>The layout that all rows share; reads the column of layouts alone, so that no model is trained for it.</summary>
    private static WeightLayout ReadOneLayout(IDataView input, WeightsInput source, CancellationToken cancel)
    {
        using DataViewRowCursor cursor = input.GetRowCursor(source.LayoutColumns);
        WeightsReader reader = source.CreateLayoutReader(cursor);
        WeightLayout? first = null;
        while (cursor.MoveNext())
        {
            cancel.ThrowIfCancellationRequested();
            WeightLayout layout = reader.ReadLayout();
            first ??= layout;
            RequireSame(source, cursor.Position, layout, first);
        }

        return first ?? throw source.NoRows();
    }

    private static void RequireSame(WeightsInput source, long row, WeightLayout layout, WeightLayout first)
    {
        if (!WeightsInput.Matches(layout, first))
            throw new InvalidDataException($"Row {row} of column '{source.Weights.Name}' has weights of {layout}, earlier rows of {first}; features tensor by tensor need one layout. PoolOverLayers serves several.");
    }
}
