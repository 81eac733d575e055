using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Interop;

/// <summary>
/// Rows of a cursor held from when it stood on them until they are given: a row that lags behind its cursor. It holds the columns that are asked for.
/// </summary>
internal sealed class RowWindow : DataViewRow
{
    private readonly DataViewRowCursor _rows;
    private readonly HeldColumn?[] _columns;
    private readonly (DataViewRowId Id, long Position, long Batch)[] _places;
    private readonly ValueGetter<DataViewRowId> _id;
    private long _held;
    private long _given = -1;
    private bool _past;

    /// <param name="rows">The cursor.</param>
    /// <param name="active">Columns that are asked for.</param>
    /// <param name="capacity">The most rows held at a time, the given one included.</param>
    public RowWindow(DataViewRowCursor rows, IEnumerable<DataViewSchema.Column> active, int capacity)
    {
        _rows = rows;
        _id = rows.GetIdGetter();
        _places = new (DataViewRowId Id, long Position, long Batch)[capacity];
        _columns = new HeldColumn?[rows.Schema.Count];
        foreach (DataViewSchema.Column column in active)
            _columns[column.Index] ??= HeldColumn.Create(rows, column, capacity);
    }

    public override DataViewSchema Schema => _rows.Schema;

    public override long Position => _past || _given < 0 ? -1 : _places[Slot].Position;

    public override long Batch => _past || _given < 0 ? 0 : _places[Slot].Batch;

    private int Slot => (int)(_given % _places.Length);

    /// <summary>Holds the row that the cursor stands on.</summary>
    public void Hold()
    {
        int slot = (int)(_held++ % _places.Length);
        _id(ref _places[slot].Id);
        _places[slot].Position = _rows.Position;
        _places[slot].Batch = _rows.Batch;
        foreach (HeldColumn? column in _columns)
            column?.Hold(slot);
    }

    /// <summary>Goes on to the next row that is held.</summary>
    public void MoveNext() => _given++;

    /// <summary>There are no more.</summary>
    public void MovePast() => _past = true;

    public override bool IsColumnActive(DataViewSchema.Column column) => _columns[column.Index] is not null;

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        (_columns[column.Index] ?? throw new InvalidOperationException($"Column '{column.Name}' is not active in this row.")).Getter(() => Slot) as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"Invalid TValue: '{typeof(TValue)}', expected type: '{column.Type.RawType}' in column '{column.Name}'.");

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _places[Slot].Id;

    private abstract class HeldColumn
    {
        public abstract void Hold(int slot);

        public abstract Delegate Getter(Func<int> slot);

        public static HeldColumn Create(DataViewRow row, DataViewSchema.Column column, int capacity)
        {
            Type type = column.Type is VectorDataViewType vector
                ? typeof(HeldVectors<>).MakeGenericType(vector.ItemType.RawType)
                : typeof(HeldValues<>).MakeGenericType(column.Type.RawType);
            return (HeldColumn)Activator.CreateInstance(type, row, column, capacity)!;
        }
    }

    private sealed class HeldValues<T>(DataViewRow row, DataViewSchema.Column column, int capacity) : HeldColumn
    {
        private readonly T[] _values = new T[capacity];
        private readonly ValueGetter<T> _get = row.GetGetter<T>(column);

        public override void Hold(int slot) => _get(ref _values[slot]);

        public override Delegate Getter(Func<int> slot) => (ValueGetter<T>)((ref T value) => value = _values[slot()]);
    }

    private sealed class HeldVectors<T>(DataViewRow row, DataViewSchema.Column column, int capacity) : HeldColumn
    {
        private readonly VBuffer<T>[] _values = new VBuffer<T>[capacity];
        private readonly ValueGetter<VBuffer<T>> _get = row.GetGetter<VBuffer<T>>(column);

        public override void Hold(int slot) => _get(ref _values[slot]);

        public override Delegate Getter(Func<int> slot) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => _values[slot()].CopyTo(ref value));
    }
}
