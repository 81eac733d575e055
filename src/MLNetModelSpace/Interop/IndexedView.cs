using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Interop;

/// <summary>A view of rows that are functions of their numbers: they are made as they are read, by any number of cursors at once.</summary>
internal sealed class IndexedView : IDataView
{
    /// <summary>Rows that one cursor of a set takes at a time.</summary>
    public const int BatchSize = 16;

    private readonly long _count;
    private readonly Func<IndexedRow> _createRow;
    private readonly IndexedColumn[] _columns;

    /// <summary>Makes a view.</summary>
    /// <param name="count">Number of rows.</param>
    /// <param name="createRow">Makes the row of one cursor, which is moved from row to row.</param>
    /// <param name="columns">Whose getters read it.</param>
    public IndexedView(long count, Func<IndexedRow> createRow, IEnumerable<IndexedColumn> columns)
    {
        _count = count;
        _createRow = createRow;
        _columns = [.. columns];
        var builder = new DataViewSchema.Builder();
        foreach (IndexedColumn column in _columns)
            builder.AddColumn(column.Name, column.Type, column.Annotations);
        Schema = builder.ToSchema();
    }

    public DataViewSchema Schema { get; }

    /// <summary>True: a row is a function of its number, so any order serves.</summary>
    public bool CanShuffle => true;

    public long? GetRowCount() => _count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new IndexedCursor(Schema, _count, _createRow(), _columns, ActiveOf(columnsNeeded), OrderFrom(rand), 0, 1);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        bool[] active = ActiveOf(columnsNeeded);
        int[]? order = OrderFrom(rand);
        long batches = (_count + BatchSize - 1) / BatchSize;
        int cursors = (int)Math.Clamp(batches, 1, Math.Max(1, n));
        var set = new DataViewRowCursor[cursors];
        for (int i = 0; i < cursors; i++)
            set[i] = new IndexedCursor(Schema, _count, _createRow(), _columns, active, order, i, cursors);
        return set;
    }

    private bool[] ActiveOf(IEnumerable<DataViewSchema.Column> columnsNeeded)
    {
        bool[] active = new bool[_columns.Length];
        foreach (DataViewSchema.Column column in columnsNeeded)
            active[column.Index] = true;
        return active;
    }

    private int[]? OrderFrom(Random? rand)
    {
        if (rand is null)
            return null;
        int[] order = new int[checked((int)_count)];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        rand.Shuffle(order);
        return order;
    }
}

/// <summary>A column of an <see cref="IndexedView"/>, and how its getter over a cursor's row is made.</summary>
internal sealed record IndexedColumn(
    string Name, DataViewType Type, Func<IndexedRow, Delegate> CreateGetter, DataViewSchema.Annotations? Annotations = null)
{
    /// <summary>A column of single values.</summary>
    public static IndexedColumn Of<TRow, TValue>(string name, DataViewType type, Func<TRow, TValue> get, DataViewSchema.Annotations? annotations = null)
        where TRow : IndexedRow =>
        new(
            name,
            type,
            row => (ValueGetter<TValue>)((ref TValue value) =>
            {
                row.RequireRow();
                value = get((TRow)row);
            }),
            annotations);

    /// <summary>A column of keys given by their index from 0; keys themselves count from 1, and 0 is a missing one.</summary>
    public static IndexedColumn Key<TRow>(string name, int count, Func<TRow, int> index, DataViewSchema.Annotations? annotations = null)
        where TRow : IndexedRow =>
        Of<TRow, uint>(name, new KeyDataViewType(typeof(uint), count), row => (uint)(index(row) + 1), annotations);

    /// <summary>A column of dense vectors.</summary>
    /// <param name="name">The column's name.</param>
    /// <param name="size">The vectors' length; null where rows differ.</param>
    /// <param name="length">The length of a row's vector.</param>
    /// <param name="fill">Writes a row's vector.</param>
    /// <param name="annotations">What the column says of itself.</param>
    public static IndexedColumn Vector<TRow>(
        string name, int? size, Func<TRow, int> length, Action<TRow, Span<float>> fill, DataViewSchema.Annotations? annotations = null)
        where TRow : IndexedRow =>
        new(
            name,
            size is { } known ? new VectorDataViewType(NumberDataViewType.Single, known) : new VectorDataViewType(NumberDataViewType.Single),
            row => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
            {
                row.RequireRow();
                VBufferEditor<float> editor = VBufferEditor.Create(ref value, length((TRow)row));
                fill((TRow)row, editor.Values);
                value = editor.Commit();
            }),
            annotations);
}

/// <summary>The row that a cursor over an <see cref="IndexedView"/> stands on; getters read it.</summary>
internal abstract class IndexedRow
{
    /// <summary>The row's number in the view's own order; -1 before the first and after the last.</summary>
    public long Index { get; private set; } = -1;

    public void MoveTo(long index)
    {
        Index = index;
        OnMoved();
    }

    /// <summary>Values are read on rows only.</summary>
    /// <exception cref="InvalidOperationException">The cursor is not on a row.</exception>
    public void RequireRow()
    {
        if (Index < 0)
            throw new InvalidOperationException("The cursor is not on a row: call MoveNext first, and read while it gives true.");
    }

    /// <summary>Forgets what belonged to the row before.</summary>
    protected virtual void OnMoved()
    {
    }
}

/// <summary>A cursor over an <see cref="IndexedView"/>, alone or one of a set whose cursors take batches of rows in turn.</summary>
internal sealed class IndexedCursor(
    DataViewSchema schema, long count, IndexedRow row, IndexedColumn[] columns, bool[] active, int[]? order, int part, int parts) : DataViewRowCursor
{
    private long _place = -1;
    private long _position = -1;
    private bool _done;

    public override DataViewSchema Schema => schema;

    /// <summary>How many rows this cursor has given before; -1 before the first and after the last.</summary>
    public override long Position => _position;

    /// <summary>Rows of one batch come from one cursor; sorted by batch, a set's rows are in the view's order.</summary>
    public override long Batch => _position < 0 ? -1 : parts == 1 ? 0 : _place / IndexedView.BatchSize;

    public override bool MoveNext()
    {
        if (_done)
            return false;
        _place++;
        if (parts == 1)
        {
            // Nothing to skip.
        }
        else if (_position < 0)
        {
            _place = (long)part * IndexedView.BatchSize;
        }
        else if (_place % IndexedView.BatchSize == 0)
        {
            _place += (long)(parts - 1) * IndexedView.BatchSize;
        }

        _done = _place >= count;
        _position = _done ? -1 : _position + 1;
        row.MoveTo(_done ? -1 : order is null ? _place : order[_place]);
        return !_done;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() =>
        (ref DataViewRowId value) =>
        {
            row.RequireRow();
            value = new DataViewRowId((ulong)row.Index, 0);
        };

    public override bool IsColumnActive(DataViewSchema.Column column) => column.Index < active.Length && active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!IsColumnActive(column))
            throw new InvalidOperationException($"Column '{column.Name}' is not active in this cursor.");
        return columns[column.Index].CreateGetter(row) as ValueGetter<TValue>
            ?? throw new InvalidOperationException(
                $"Invalid TValue: '{typeof(TValue)}', expected type: '{column.Type.RawType}' in column '{column.Name}'.");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _done = true;
            _position = -1;
            row.MoveTo(-1);
        }

        base.Dispose(disposing);
    }
}
