using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Applies a model to one object at a time. An engine is used by one thread at a time.</summary>
public abstract class PredictionEngineBase<TSrc, TDst> : IDisposable
    where TSrc : class
    where TDst : class, new()
{
    private readonly ITransformer _transformer;
    private readonly bool _ownsTransformer;
    private bool _disposed;

    private protected PredictionEngineBase(
        ITransformer transformer, bool ignoreMissingColumns, SchemaDefinition inputSchemaDefinition, SchemaDefinition outputSchemaDefinition, bool ownsTransformer)
    {
        ArgumentNullException.ThrowIfNull(transformer);
        _transformer = transformer;
        _ownsTransformer = ownsTransformer;
        Input = new InputRow<TSrc>(inputSchemaDefinition);
        if (!transformer.IsRowToRowMapper)
            throw new ArgumentOutOfRangeException(nameof(transformer), "Must be a row to row mapper");
        var mapper = transformer.GetRowToRowMapper(Input.Schema);
        OutputSchema = mapper.OutputSchema;
        var filler = new RowFiller<TDst>(OutputSchema, ignoreMissingColumns, outputSchemaDefinition);
        Output = mapper.GetRow(Input, filler.Columns);
        Fill = filler.Over(Output);
    }

    public DataViewSchema OutputSchema { get; }

    private protected InputRow<TSrc> Input { get; }

    private protected DataViewRow Output { get; }

    private protected Action<TDst> Fill { get; }

    public TDst Predict(TSrc example)
    {
        var result = new TDst();
        Predict(example, ref result);
        return result;
    }

    public abstract void Predict(TSrc example, ref TDst prediction);

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Output.Dispose();
        if (_ownsTransformer)
            (_transformer as IDisposable)?.Dispose();
    }
}

public sealed class PredictionEngine<TSrc, TDst> : PredictionEngineBase<TSrc, TDst>
    where TSrc : class
    where TDst : class, new()
{
    internal PredictionEngine(
        ITransformer transformer, bool ignoreMissingColumns, SchemaDefinition inputSchemaDefinition, SchemaDefinition outputSchemaDefinition)
        : base(transformer, ignoreMissingColumns, inputSchemaDefinition, outputSchemaDefinition, ownsTransformer: true)
    {
    }

    public override void Predict(TSrc example, ref TDst prediction)
    {
        ArgumentNullException.ThrowIfNull(example);
        Input.Set(example);
        prediction ??= new TDst();
        Fill(prediction);
    }
}

/// <summary>One object as a row.</summary>
internal sealed class InputRow<TRow> : DataViewRow
    where TRow : class
{
    private readonly RowGetters<TRow>.Current _current = new();
    private readonly Delegate[] _getters;
    private long _position = -1;

    public InputRow(SchemaDefinition definition)
    {
        var view = new EnumerableView<TRow>([], definition);
        Schema = view.Schema;
        _getters = view.GettersOver(_current);
    }

    public override long Position => _position;

    public override long Batch => 0;

    public override DataViewSchema Schema { get; }

    /// <summary>Moves to the next row, this object.</summary>
    public void Set(TRow row)
    {
        _current.Row = row;
        _position++;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = new DataViewRowId((ulong)Math.Max(_position, 0), 0);

    public override bool IsColumnActive(DataViewSchema.Column column) => column.Index < _getters.Length;

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        IsColumnActive(column) ? Columns.Typed<TValue>(_getters[column.Index], column) : throw Errors.ColumnNotActive();
}
