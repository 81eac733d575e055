using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Computes added columns from a row, for one input schema.</summary>
internal abstract class RowMapper(DataViewSchema inputSchema)
{
    private DataViewSchema.DetachedColumn[] _outputs;

    public DataViewSchema InputSchema { get; } = inputSchema;

    /// <summary>The columns that come after those of the input.</summary>
    public DataViewSchema.DetachedColumn[] Outputs => _outputs ??= MakeOutputs();

    protected abstract DataViewSchema.DetachedColumn[] MakeOutputs();

    /// <summary>Flags the input columns that are read for the active outputs.</summary>
    public abstract void AddDependencies(ReadOnlySpan<bool> activeOutputs, Span<bool> inputs);

    /// <summary>A getter for each active output, and null for the others. Getters belong to one row and one thread.</summary>
    public abstract Delegate[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> activeOutputs);
}

/// <summary>A mapper with its schema: an added column stands right after the one of its name that it hides, else at the end.</summary>
internal sealed class RowToRowMapper : IRowToRowMapper
{
    private readonly RowMapper _mapper;

    // For each column of the output schema: an input column, or the complement of an added one.
    private readonly int[] _sources;

    public RowToRowMapper(RowMapper mapper)
    {
        _mapper = mapper;
        var outputs = mapper.Outputs;
        var sources = new List<int>();
        var builder = new DataViewSchema.Builder();
        void AddOutput(int index)
        {
            sources.Add(~index);
            builder.AddColumns([outputs[index]]);
        }
        foreach (var column in mapper.InputSchema)
        {
            sources.Add(column.Index);
            builder.AddColumns([column]);
            for (int i = 0; i < outputs.Length; i++)
                if (!column.IsHidden && outputs[i].Name == column.Name)
                    AddOutput(i);
        }
        for (int i = 0; i < outputs.Length; i++)
            if (mapper.InputSchema.GetColumnOrNull(outputs[i].Name) is null)
                AddOutput(i);
        _sources = [.. sources];
        OutputSchema = builder.ToSchema();
    }

    public DataViewSchema InputSchema => _mapper.InputSchema;

    public DataViewSchema OutputSchema { get; }

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        Columns.Where(InputSchema, Dependencies(Columns.Flags(OutputSchema, dependingColumns)));

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new Row(this, input, Columns.Flags(OutputSchema, activeColumns));
    }

    /// <summary>The input columns behind active output columns.</summary>
    public bool[] Dependencies(bool[] active)
    {
        var inputs = new bool[InputSchema.Count];
        for (int i = 0; i < active.Length; i++)
            if (_sources[i] >= 0)
                inputs[_sources[i]] = active[i];
        _mapper.AddDependencies(ActiveOutputs(active), inputs);
        return inputs;
    }

    public DataViewRowCursor CursorOver(DataViewRowCursor input, bool[] active) => new Cursor(this, input, active);

    private Delegate[] GettersOver(DataViewRow input, bool[] active) => _mapper.CreateGetters(input, ActiveOutputs(active));

    private bool[] ActiveOutputs(bool[] active)
    {
        var outputs = new bool[_mapper.Outputs.Length];
        for (int i = 0; i < active.Length; i++)
            if (_sources[i] < 0)
                outputs[~_sources[i]] = active[i];
        return outputs;
    }

    private sealed class Cursor(RowToRowMapper mapper, DataViewRowCursor input, bool[] active) : SynchronizedCursor(input, mapper.OutputSchema, active)
    {
        private readonly Delegate[] _getters = mapper.GettersOver(input, active);

        protected override Exception InactiveColumn() => Errors.NotActiveInState();

        protected override Delegate GetterOf(int column)
        {
            int source = mapper._sources[column];
            return source >= 0 ? Input.GetGetter(mapper.InputSchema[source]) : _getters[~source];
        }
    }

    private sealed class Row(RowToRowMapper mapper, DataViewRow input, bool[] active) : DataViewRow
    {
        private readonly Delegate[] _getters = mapper.GettersOver(input, active);

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override DataViewSchema Schema => mapper.OutputSchema;

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => CursorBase.IsActive(active, column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!IsColumnActive(column))
                throw Errors.ColumnNotActive();
            int source = mapper._sources[column.Index];
            return source >= 0 ? input.GetGetter<TValue>(mapper.InputSchema[source]) : Columns.Typed<TValue>(_getters[~source], column);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                input.Dispose();
            base.Dispose(disposing);
        }
    }
}

/// <summary>A table with columns added row by row.</summary>
internal sealed class RowMapperView(IDataView input, RowMapper mapper) : IDataView
{
    private readonly RowToRowMapper _mapper = new(mapper);

    public bool CanShuffle => input.CanShuffle;

    public DataViewSchema Schema => _mapper.OutputSchema;

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var active = Columns.Flags(Schema, columnsNeeded);
        return _mapper.CursorOver(input.GetRowCursor(Columns.Where(input.Schema, _mapper.Dependencies(active)), rand), active);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        var active = Columns.Flags(Schema, columnsNeeded);
        var inputs = input.GetRowCursorSet(Columns.Where(input.Schema, _mapper.Dependencies(active)), n, rand);
        return Array.ConvertAll(inputs, cursor => _mapper.CursorOver(cursor, active));
    }
}
