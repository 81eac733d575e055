using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(ColumnSelectingTransformer), null, typeof(SignatureLoadModel), "Select columns", ColumnSelectingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Keeps the columns named, in that order, or drops them.</summary>
public sealed class ColumnSelectingEstimator : TrivialEstimator<ColumnSelectingTransformer>
{
    internal ColumnSelectingEstimator(IHostEnvironment env, string[] columnNames, bool drop, bool keepHidden)
        : base(env.Register(nameof(ColumnSelectingEstimator)), new ColumnSelectingTransformer(columnNames, drop, keepHidden))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        Transformer.Check(name => inputSchema.TryFindColumn(name, out _));
        return new SchemaShape(inputSchema.Where(column => Transformer.Keeps(column.Name)));
    }
}

/// <inheritdoc cref="ColumnSelectingEstimator"/>
public sealed class ColumnSelectingTransformer : ITransformer
{
    internal const string LoaderSignature = "SelectColumns";
    private readonly string[] _names;
    private readonly bool _drop;
    private readonly bool _keepHidden;

    internal ColumnSelectingTransformer(string[] columnNames, bool drop, bool keepHidden)
    {
        if (columnNames is not { Length: > 0 })
            throw new InvalidOperationException("Neither keepColumns and dropColumns is set. Exactly one must be specified.");
        _names = columnNames;
        _drop = drop;
        _keepHidden = keepHidden;
    }

    bool ITransformer.IsRowToRowMapper => true;

    private static VersionInfo Version => new("SELCOLST", 0x00010001, 0x00010001, 0x00010001, typeof(ColumnSelectingTransformer).Assembly.FullName, LoaderSignature);

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new Mapper(this, inputSchema).OutputSchema;
    }

    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new View(input, new Mapper(this, input.Schema));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new Mapper(this, inputSchema);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(Version);
        ctx.Writer.Write(_drop);
        ctx.Writer.Write(_keepHidden);
        ctx.Writer.Write(_names.Length);
        foreach (string name in _names)
            ctx.SaveNonEmptyString(name);
    }

    internal void Check(Predicate<string> exists)
    {
        string[] missing = [.. _names.Where(name => string.IsNullOrEmpty(name) || !exists(name))];
        if (missing.Length > 0)
            throw Errors.ColumnNotFound("inputSchema", "input", string.Join(',', missing));
    }

    internal bool Keeps(string name) => Array.IndexOf(_names, name) >= 0 != _drop;

    private static ColumnSelectingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        bool drop = ctx.Reader.ReadBoolean(), keepHidden = ctx.Reader.ReadBoolean();
        var names = new string[ctx.LoadCount()];
        for (int i = 0; i < names.Length; i++)
            names[i] = ctx.LoadNonEmptyString();
        return new ColumnSelectingTransformer(names, drop, keepHidden);
    }

    private IEnumerable<DataViewSchema.Column> Select(DataViewSchema schema)
    {
        var kept = schema.Where(column => !column.IsHidden || _keepHidden);
        return _drop
            ? kept.Where(column => Keeps(column.Name))
            : _names.SelectMany(name => kept.Where(column => column.Name == name));
    }

    /// <summary>Which input column each output column is.</summary>
    private sealed class Mapper : IRowToRowMapper
    {
        private readonly DataViewSchema.Column[] _sources;

        public Mapper(ColumnSelectingTransformer parent, DataViewSchema inputSchema)
        {
            parent.Check(name => inputSchema.GetColumnOrNull(name) is not null);
            InputSchema = inputSchema;
            _sources = [.. parent.Select(inputSchema)];
            var builder = new DataViewSchema.Builder();
            builder.AddColumns(_sources);
            OutputSchema = builder.ToSchema();
        }

        public DataViewSchema InputSchema { get; }

        public DataViewSchema OutputSchema { get; }

        public DataViewSchema.Column SourceOf(int column) => _sources[column];

        public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
            Sources(Columns.Flags(OutputSchema, dependingColumns));

        public IEnumerable<DataViewSchema.Column> Sources(bool[] active) => _sources.Where((_, i) => active[i]);

        public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) =>
            new Row(input, this, Columns.Flags(OutputSchema, activeColumns));
    }

    private sealed class View(IDataView input, Mapper mapper) : IDataView
    {
        public bool CanShuffle => input.CanShuffle;

        public DataViewSchema Schema => mapper.OutputSchema;

        public long? GetRowCount() => input.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        {
            var active = Columns.Flags(Schema, columnsNeeded);
            return new Cursor(input.GetRowCursor(mapper.Sources(active), rand), mapper, active);
        }

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        {
            var active = Columns.Flags(Schema, columnsNeeded);
            return Array.ConvertAll(input.GetRowCursorSet(mapper.Sources(active), n, rand), DataViewRowCursor (cursor) => new Cursor(cursor, mapper, active));
        }
    }

    private sealed class Cursor(DataViewRowCursor input, Mapper mapper, bool[] active) : SynchronizedCursor(input, mapper.OutputSchema, active)
    {
        protected override Delegate GetterOf(int column) => Input.GetGetter(mapper.SourceOf(column));
    }

    private sealed class Row(DataViewRow input, Mapper mapper, bool[] active) : DataViewRow
    {
        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override DataViewSchema Schema => mapper.OutputSchema;

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => CursorBase.IsActive(active, column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            IsColumnActive(column) ? input.GetGetter<TValue>(mapper.SourceOf(column.Index)) : throw Errors.ColumnNotActive();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                input.Dispose();
            base.Dispose(disposing);
        }
    }
}
