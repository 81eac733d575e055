using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A transformer that adds the predictions of a trained model.</summary>
public abstract class PredictionTransformerBase<TModel> : IPredictionTransformer<TModel>, IDisposable
    where TModel : class
{
    private protected readonly IHost Host;
    private bool _disposed;

    private protected PredictionTransformerBase(IHost host, TModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Host = host;
        Model = model;
    }

    public TModel Model { get; }

    bool ITransformer.IsRowToRowMapper => true;

    public abstract DataViewSchema GetOutputSchema(DataViewSchema inputSchema);

    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new RowMapperView(input, MakeRowMapper(input.Schema));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new RowToRowMapper(MakeRowMapper(inputSchema));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => SaveModel(ctx);

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        (Model as IDisposable)?.Dispose();
    }

    private protected abstract RowMapper MakeRowMapper(DataViewSchema schema);

    private protected abstract void SaveModel(ModelSaveContext ctx);
}

/// <summary>A prediction transformer whose model reads one vector of features.</summary>
public abstract class SingleFeaturePredictionTransformerBase<TModel> : PredictionTransformerBase<TModel>, ISingleFeaturePredictionTransformer<TModel>
    where TModel : class
{
    private protected SingleFeaturePredictionTransformerBase(IHost host, TModel model, string featureColumn, DataViewType featureType) : base(host, model)
    {
        FeatureColumnName = featureColumn;
        FeatureColumnType = featureType;
    }

    public string FeatureColumnName { get; }

    public DataViewType FeatureColumnType { get; }

    public override DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        if (FeatureColumnName is not null)
        {
            var column = inputSchema.GetColumnOrNull(FeatureColumnName) ?? throw Errors.ColumnNotFound(nameof(inputSchema), "feature", FeatureColumnName);
            if (!column.Type.Equals(FeatureColumnType))
                throw Errors.SchemaMismatch(nameof(inputSchema), "feature", FeatureColumnName, FeatureColumnType.ToString(), column.Type.ToString());
        }
        return new RowToRowMapper(MakeRowMapper(inputSchema)).OutputSchema;
    }

    /// <summary>The feature column of data to score, checked against the one trained on.</summary>
    private protected DataViewSchema.Column FindFeatures(DataViewSchema schema)
    {
        var column = schema.GetColumnOrNull(FeatureColumnName)
            ?? throw new ArgumentOutOfRangeException(nameof(schema), $"{FeatureColumnName} column 'Feature' not found");
        if (!column.Type.Equals(FeatureColumnType) && !(column.Type is VectorDataViewType vector && vector.ItemType.Equals(NumberDataViewType.Single) && vector.Size == FeatureColumnType.ValueCount()))
            throw new InvalidOperationException($"Incompatible features column type: '{column.Type}' vs '{FeatureColumnType}'");
        return column;
    }

    private protected void SaveFeatures(ModelSaveContext ctx)
    {
        ctx.SaveString(FeatureColumnName);
        ctx.Writer.Write(FeatureColumnType.ValueCount());
        ctx.SaveModel(Model, "Model");
    }

    private protected static DataViewType FeatureTypeOf(DataViewSchema schema, string featureColumn) =>
        (schema.GetColumnOrNull(featureColumn) ?? throw Errors.ColumnNotFound(nameof(schema), "feature", featureColumn)).Type;
}
