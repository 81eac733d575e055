using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

internal enum NormalizerKind
{
    MinMax,
    MeanVariance,
    CumulativeDistribution,
}

/// <summary>Learns a scale, and an offset where zero need not stay zero, for each slot of numeric columns. Missing and infinite values are passed over.</summary>
public sealed class NormalizingEstimator : IEstimator<NormalizingTransformer>
{
    private readonly IHostEnvironment _env;
    private readonly NormalizerKind _kind;
    private readonly bool _fixZero;
    private readonly long _maximumExampleCount;
    private readonly (string Output, string Input)[] _columns;

    internal NormalizingEstimator(IHostEnvironment env, NormalizerKind kind, bool fixZero, long maximumExampleCount, params (string Output, string Input)[] columns)
    {
        if (maximumExampleCount <= 1)
            throw new ArgumentOutOfRangeException(nameof(maximumExampleCount), "Must be greater than 1");
        foreach (var (output, input) in columns)
        {
            Errors.CheckNonEmpty(output, "name");
            Errors.CheckNonEmpty(input, "inputColumnName");
        }
        _env = env;
        _kind = kind;
        _fixZero = fixZero;
        _maximumExampleCount = maximumExampleCount;
        _columns = columns;
    }

    public NormalizingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var data = input;
        var columns = Array.ConvertAll(_columns, pair => data.Schema.GetColumnOrNull(pair.Input) ?? throw Errors.ColumnNotFound(nameof(data), "input", pair.Input));
        foreach (var column in columns)
            if (!IsNormalizable(column.Type))
                throw WrongType(column.Type);
        using var cursor = data.GetRowCursor(columns);
        var learners = Array.ConvertAll(columns, column => NormalizerLearner.Make(cursor, column, _kind));
        for (long rows = 0; rows < _maximumExampleCount && cursor.MoveNext(); rows++)
            foreach (var learner in learners)
                learner.Learn();
        return new NormalizingTransformer(_env, _columns, Array.ConvertAll(learners, learner => learner.Finish(_kind, _fixZero)));
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var outputs = new SchemaShape.Column[_columns.Length];
        for (int i = 0; i < outputs.Length; i++)
        {
            var (output, input) = _columns[i];
            if (!inputSchema.TryFindColumn(input, out var column))
                throw Errors.ColumnNotFound(nameof(inputSchema), "input", input);
            if (column.Kind == SchemaShape.Column.VectorKind.VariableVector)
                throw Errors.SchemaMismatch(nameof(inputSchema), "input", input, "known-size vector or scalar", column.GetTypeString());
            if (column.IsKey || (column.ItemType != NumberDataViewType.Single && column.ItemType != NumberDataViewType.Double))
                throw Errors.SchemaMismatch(nameof(inputSchema), "input", input, "vector or scalar of Single or Double", column.GetTypeString());
            outputs[i] = new SchemaShape.Column(output, column.Kind, column.ItemType, false, NormalizedShape(column));
        }
        return inputSchema.With(outputs);
    }

    internal static SchemaShape NormalizedShape(SchemaShape.Column column)
    {
        var normalized = new SchemaShape.Column(AnnotationKinds.IsNormalized, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, false);
        return new SchemaShape(column.Annotations.TryFindColumn(AnnotationKinds.SlotNames, out var slots) ? [normalized, slots] : [normalized]);
    }

    internal static bool IsNormalizable(DataViewType type) => type.ValueCount() > 0 && IsNumber(type);

    internal static bool IsNumber(DataViewType type) => type.ItemType() == NumberDataViewType.Single || type.ItemType() == NumberDataViewType.Double;

    internal static ArgumentOutOfRangeException WrongType(DataViewType srcType) =>
        new(nameof(srcType), $"Wrong column type for input column. Expected: Single, Double, Vector of Single or Vector of Double. Got: {srcType}.");
}
