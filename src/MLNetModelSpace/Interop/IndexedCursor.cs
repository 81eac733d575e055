using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Interop;

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
