using System.Reflection;

namespace Microsoft.ML.Data;

/// <summary>Objects as a table: each cursor enumerates them anew, one at a time.</summary>
internal sealed class EnumerableView<TRow> : IDataView
    where TRow : class
{
    private readonly IEnumerable<TRow> _rows;
    private readonly Func<RowGetters<TRow>.Current, Delegate>[] _getters;

    public EnumerableView(IEnumerable<TRow> rows, SchemaDefinition definition)
    {
        _rows = rows;
        definition ??= SchemaDefinition.Create(typeof(TRow), SchemaDefinition.Direction.Read);
        var builder = new DataViewSchema.Builder();
        _getters = new Func<RowGetters<TRow>.Current, Delegate>[definition.Count];
        for (int i = 0; i < _getters.Length; i++)
        {
            var column = definition[i];
            var member = RowMembers.Find(typeof(TRow), column);
            // What the definition leaves open, the member says.
            var type = column.ColumnType ?? SchemaDefinition.TypeOf(member);
            if (!RowMembers.Fits(SchemaDefinition.MemberTypeOf(member), type))
                throw CannotBind(column, type, member);
            builder.AddColumn(string.IsNullOrEmpty(column.ColumnName) ? column.MemberName : column.ColumnName, type, column.Annotations);
            _getters[i] = RowGetters<TRow>.Make(member, type);
        }
        Schema = builder.ToSchema();
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => (_rows as ICollection<TRow>)?.Count ?? (_rows as IReadOnlyCollection<TRow>)?.Count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) =>
        new Cursor(this, Columns.Flags(Schema, columnsNeeded));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    /// <summary>A getter for every column over the current row.</summary>
    public Delegate[] GettersOver(RowGetters<TRow>.Current current) => Array.ConvertAll(_getters, make => make(current));

    private static ArgumentOutOfRangeException CannotBind(SchemaDefinition.Column column, DataViewType type, MemberInfo member)
    {
        var item = SchemaDefinition.RawItemOf(SchemaDefinition.MemberTypeOf(member), out bool isVector);
        string problem = isVector == type is VectorDataViewType
            ? $"have item type {type.ItemType().RawType}, but associated field has type {item}"
            : isVector ? $"be scalar, but type of associated field '{member.Name}' is vector"
            : $"be vector, but type of associated field '{member.Name}' is scalar";
        return new("userSchemaDefinition", $"Column '{column.ColumnName}' is supposed to {problem}");
    }

    private sealed class Cursor : CursorBase
    {
        private readonly IEnumerator<TRow> _rows;
        private readonly RowGetters<TRow>.Current _current = new();
        private readonly Delegate[] _getters;

        public Cursor(EnumerableView<TRow> view, bool[] active) : base(view.Schema, active)
        {
            _getters = new Delegate[active.Length];
            for (int i = 0; i < active.Length; i++)
                _getters[i] = active[i] ? view._getters[i](_current) : null;
            _rows = view._rows.GetEnumerator();
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) =>
        {
            CheckGood();
            value = new DataViewRowId((ulong)Position, 0);
        };

        protected override bool MoveNextCore()
        {
            if (!_rows.MoveNext())
                return false;
            _current.Row = _rows.Current ?? throw new InvalidOperationException("Encountered null when iterating over data, this is not supported.");
            return true;
        }

        protected override Delegate GetterOf(int column) => _getters[column];

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _rows.Dispose();
            _current.Row = null;
            base.Dispose(disposing);
        }
    }
}

/// <summary>The rows of a table as objects.</summary>
internal sealed class RowFiller<TRow>
    where TRow : class
{
    private readonly DataViewSchema.Column[] _columns;
    private readonly Func<DataViewRow, Action<TRow>>[] _setters;

    public RowFiller(DataViewSchema schema, bool ignoreMissingColumns, SchemaDefinition definition)
    {
        definition ??= SchemaDefinition.Create(typeof(TRow), SchemaDefinition.Direction.Write);
        var columns = new List<DataViewSchema.Column>();
        var setters = new List<Func<DataViewRow, Action<TRow>>>();
        foreach (var wanted in definition)
        {
            if (schema.GetColumnOrNull(wanted.ColumnName) is not { } column)
            {
                if (ignoreMissingColumns)
                    continue;
                throw Errors.ColumnNotFound("Schema", "", wanted.ColumnName);
            }
            var member = RowMembers.Find(typeof(TRow), wanted);
            var memberType = SchemaDefinition.MemberTypeOf(member);
            if (!RowMembers.Fits(memberType, column.Type))
                throw new InvalidOperationException($"Can't bind the IDataView column '{column.Name}' of type '{column.Type}' to field or property '{member.Name}' of type '{memberType}'.");
            columns.Add(column);
            setters.Add(RowSetters<TRow>.Make(member, column));
        }
        _columns = [.. columns];
        _setters = [.. setters];
    }

    public IEnumerable<DataViewSchema.Column> Columns => _columns;

    /// <summary>Fills objects from where <paramref name="row"/> stands.</summary>
    public Action<TRow> Over(DataViewRow row)
    {
        var fill = Array.ConvertAll(_setters, setter => setter(row));
        return target =>
        {
            foreach (var set in fill)
                set(target);
        };
    }
}
