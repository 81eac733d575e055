using Microsoft.ML;

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
