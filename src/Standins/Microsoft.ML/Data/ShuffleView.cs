using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>
/// The rows in random order: those of the source come through a pool, from which they leave at random. The order is the official one, and the same
/// for every cursor that is given no random numbers of its own.
/// </summary>
internal sealed class ShuffleView(IDataView input, int seed, int poolSize, bool shuffleSource) : RowSubsetView(input)
{
    public override bool CanShuffle => true;

    public override long? GetRowCount() => Input.GetRowCount();

    protected override DataViewRowCursor MakeCursor(bool[] active, Random rand)
    {
        rand ??= new HybridTausworthe((uint)seed);
        // The source's numbers are drawn even where it cannot be shuffled.
        var forSource = shuffleSource ? new HybridTausworthe(rand) : null;
        var source = Input.GetRowCursor(Columns.Where(Schema, active), Input.CanShuffle ? forSource : null);
        return new Cursor(source, Schema, active, poolSize, rand);
    }

    private sealed class Cursor : CursorBase
    {
        private readonly DataViewRowCursor _input;
        private readonly Slots[] _columns;
        private readonly Slots<DataViewRowId> _ids;
        private readonly ShufflePool _pool;
        private int _current = -1;

        public Cursor(DataViewRowCursor input, DataViewSchema schema, bool[] active, int poolSize, Random rand) : base(schema, active)
        {
            _input = input;
            _pool = new ShufflePool(poolSize, rand);
            _columns = new Slots[active.Length];
            for (int i = 0; i < active.Length; i++)
                _columns[i] = active[i] ? Slots.Make(input, schema[i]) : null;
            _ids = new Slots<DataViewRowId>(input.GetIdGetter(), (in DataViewRowId source, ref DataViewRowId target) => target = source);
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ValueGetter<DataViewRowId>)_ids.GetterAt(Current);

        protected override bool MoveNextCore()
        {
            // The place of the row that leaves is filled by the next of the source.
            while (_pool.FreeSlot is int slot)
            {
                if (!_input.MoveNext())
                {
                    _pool.Close();
                    break;
                }
                foreach (var column in _columns)
                    column?.Fill(slot);
                _ids.Fill(slot);
                _pool.Add();
            }
            return (_current = _pool.Draw()) >= 0;
        }

        protected override Delegate GetterOf(int column) => _columns[column].GetterAt(Current);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _input.Dispose();
            base.Dispose(disposing);
        }

        private int Current()
        {
            CheckGood();
            return _current;
        }
    }

    /// <summary>The values of one column for the rows in the pool.</summary>
    private abstract class Slots
    {
        public static Slots Make(DataViewRow row, DataViewSchema.Column column)
        {
            Func<DataViewRow, DataViewSchema.Column, Slots> vector = Vector<int>, scalar = Scalar<int>;
            return (Slots)Generic.Call(column.Type is VectorDataViewType ? vector : scalar, column.Type.ItemType().RawType, row, column);
        }

        public abstract void Fill(int slot);

        public abstract Delegate GetterAt(Func<int> slot);

        private static Slots Scalar<T>(DataViewRow row, DataViewSchema.Column column) =>
            new Slots<T>(row.GetGetter<T>(column), (in T source, ref T target) => target = source);

        private static Slots Vector<T>(DataViewRow row, DataViewSchema.Column column) =>
            new Slots<VBuffer<T>>(row.GetGetter<VBuffer<T>>(column), (in VBuffer<T> source, ref VBuffer<T> target) => source.CopyTo(ref target));
    }

    private delegate void Copy<T>(in T source, ref T target);

    private sealed class Slots<T>(ValueGetter<T> get, Copy<T> copy) : Slots
    {
        private readonly List<T> _values = [];
        private T _read;

        public override void Fill(int slot)
        {
            if (slot == _values.Count)
                _values.Add(default);
            get(ref _read);
            copy(_read, ref System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_values)[slot]);
        }

        public override Delegate GetterAt(Func<int> slot) => (ValueGetter<T>)((ref T value) => copy(_values[slot()], ref value));
    }
}
