namespace Microsoft.ML.Data;

/// <summary>Adds prediction columns computed from one feature column; a row is predicted once, whichever of them are read.</summary>
internal abstract class ScoreMapper(DataViewSchema schema, DataViewSchema.Column features) : RowMapper(schema)
{
    /// <summary>The identity of this set of score columns: one more than the highest in the input.</summary>
    protected uint SetId { get; } = NextSetId(schema);

    public override void AddDependencies(ReadOnlySpan<bool> activeOutputs, Span<bool> inputs) => inputs[features.Index] |= activeOutputs.Contains(true);

    /// <summary>The annotations common to score columns, in the official order for the kind.</summary>
    protected void AddScoreAnnotations(DataViewSchema.Annotations.Builder builder, string kind, string value, bool normalized = false)
    {
        builder.AddText(AnnotationKinds.ScoreColumnKind, kind);
        builder.AddPrimitiveValue(AnnotationKinds.ScoreColumnSetId, AnnotationKinds.ScoreColumnSetIdType, SetId);
        if (normalized)
            builder.AddPrimitiveValue(AnnotationKinds.IsNormalized, BooleanDataViewType.Instance, true);
        builder.AddText(AnnotationKinds.ScoreValueKind, value);
    }

    /// <summary>The features of the row, checked for their length.</summary>
    protected ValueGetter<VBuffer<float>> FeatureGetter(DataViewRow input, int expected)
    {
        var get = input.GetGetter<VBuffer<float>>(input.Schema[features.Index]);
        return (ref VBuffer<float> value) =>
        {
            get(ref value);
            if (expected > 0 && value.Length != expected)
                throw new InvalidOperationException($"Input is of length {value.Length}, but predictor expected length {expected}");
        };
    }

    private static uint NextSetId(DataViewSchema schema)
    {
        uint max = 0;
        foreach (var column in schema)
        {
            if (!column.Annotations.Has(AnnotationKinds.ScoreColumnSetId, AnnotationKinds.ScoreColumnSetIdType))
                continue;
            uint id = 0;
            column.Annotations.GetValue(AnnotationKinds.ScoreColumnSetId, ref id);
            max = Math.Max(max, id);
        }
        return max + 1;
    }
}
