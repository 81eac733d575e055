using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>
/// Keeps in memory what is read from a table: a column is computed once a row, when a cursor first comes there. Columns first read together
/// are filled together, by one cursor over the source.
/// </summary>
internal sealed class CacheView : IDataView
{
    private readonly IDataView _source;
    private readonly bool[] _prefetch;
    private readonly Lock _lock = new();
    private readonly Block[] _blocks;

    public CacheView(IDataView source, string[] columnsToPrefetch)
    {
        _source = source;
        _prefetch = Columns.Flags(source.Schema, (columnsToPrefetch ?? []).Select(name =>
            source.Schema.GetColumnOrNull(name) ?? throw Errors.ColumnNotFound(nameof(columnsToPrefetch), "prefetch", name)));
        _blocks = new Block[source.Schema.Count];
    }

    public bool CanShuffle => true;

    public DataViewSchema Schema => _source.Schema;

    public long? GetRowCount() => _source.GetRowCount() ?? _blocks.FirstOrDefault(block => block?.IsComplete == true)?.Count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var active = Columns.Flags(Schema, columnsNeeded);
        return new Cursor(this, active, BlocksOf(active), rand);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    // The blocks that hold the columns; those not yet in one get a new one. With no column at all, any block tells the number of rows.
    private Block[] BlocksOf(bool[] active)
    {
        lock (_lock)
        {
            bool Broken(int column) => _blocks[column] is null or { IsBroken: true };
            var missing = new bool[active.Length];
            bool any = false;
            for (int i = 0; i < active.Length; i++)
                any |= missing[i] = active[i] && Broken(i);
            if (any)
            {
                for (int i = 0; i < active.Length; i++)
                    missing[i] |= _prefetch[i] && Broken(i);
                var block = new Block(_source, missing);
                for (int i = 0; i < active.Length; i++)
                    if (missing[i])
                        _blocks[i] = block;
            }
            var needed = _blocks.Where((block, i) => active[i]).Distinct().ToArray();
            return needed.Length > 0 ? needed : [_blocks.FirstOrDefault(block => block is { IsBroken: false }) ?? new Block(_source, missing)];
        }
    }

    /// <summary>Columns that are filled together.</summary>
    private sealed class Block(IDataView source, bool[] columns)
    {
        private readonly Lock _lock = new();
        private readonly Store[] _stores = new Store[columns.Length];
        private DataViewRowCursor _cursor;
        private long _count;
        private volatile bool _complete;
        private volatile bool _broken;

        public bool IsComplete => _complete;

        public bool IsBroken => _broken;

        public long Count => Volatile.Read(ref _count);

        /// <summary>Whether there is a row of this number; it is read if it has not been.</summary>
        public bool Reach(long row)
        {
            if (row < Count)
                return true;
            if (_complete)
                return false;
            lock (_lock)
            {
                try
                {
                    while (row >= _count && !_complete)
                        ReadRow();
                }
                catch
                {
                    // The next cursor starts over; what is kept of this one is of no use.
                    _broken = true;
                    _cursor?.Dispose();
                    throw;
                }
                return row < _count;
            }
        }

        public Store this[int column] => _stores[column];

        /// <summary>Makes the stores before they are asked for, without reading a row.</summary>
        public void Open()
        {
            lock (_lock)
            {
                if (_cursor is not null || _complete)
                    return;
                _cursor = source.GetRowCursor(Columns.Where(source.Schema, columns));
                for (int i = 0; i < columns.Length; i++)
                    if (columns[i])
                        _stores[i] = Store.Make(_cursor, source.Schema[i]);
            }
        }

        private void ReadRow()
        {
            if (_broken)
                throw new InvalidOperationException("The cached data could not be read; open a new cursor to try again");
            if (_cursor.MoveNext())
            {
                foreach (var store in _stores)
                    store?.Append();
                Volatile.Write(ref _count, _count + 1);
                return;
            }
            _complete = true;
            _cursor.Dispose();
        }
    }

    /// <summary>The values of one column, in pages that never move: a reader needs no lock for what is counted already.</summary>
    private abstract class Store
    {
        public static Store Make(DataViewRow row, DataViewSchema.Column column)
        {
            Func<DataViewRow, DataViewSchema.Column, Store> vector = Vector<int>, scalar = Scalar<int>;
            return (Store)Generic.Call(column.Type is VectorDataViewType ? vector : scalar, column.Type.ItemType().RawType, row, column);
        }

        public abstract void Append();

        public abstract Delegate GetterAt(Func<long> row);

        private static Store Scalar<T>(DataViewRow row, DataViewSchema.Column column) => new ScalarStore<T>(row.GetGetter<T>(column));

        private static Store Vector<T>(DataViewRow row, DataViewSchema.Column column) => new VectorStore<T>(row.GetGetter<VBuffer<T>>(column));
    }

    private abstract class Paged<T> : Store
    {
        private const int PageBits = 10;
        private T[][] _pages = [];
        private long _count;

        protected void Add(T value)
        {
            int page = checked((int)(_count >> PageBits));
            if (page == _pages.Length)
            {
                var pages = new T[Math.Max(4, page * 2)][];
                _pages.CopyTo(pages, 0);
                Volatile.Write(ref _pages, pages);
            }
            (_pages[page] ??= new T[1 << PageBits])[_count & ((1 << PageBits) - 1)] = value;
            _count++;
        }

        protected T At(long row) => Volatile.Read(ref _pages)[row >> PageBits][row & ((1 << PageBits) - 1)];
    }

    private sealed class ScalarStore<T>(ValueGetter<T> get) : Paged<T>
    {
        public override void Append()
        {
            T value = default;
            get(ref value);
            Add(value);
        }

        public override Delegate GetterAt(Func<long> row) => (ValueGetter<T>)((ref T value) => value = At(row()));
    }

    private sealed class VectorStore<T>(ValueGetter<VBuffer<T>> get) : Paged<VBuffer<T>>
    {
        public override void Append()
        {
            // A buffer of its own for each row: exactly as long as it must be.
            VBuffer<T> value = default, kept = default;
            get(ref value);
            value.CopyTo(ref kept);
            Add(kept);
        }

        public override Delegate GetterAt(Func<long> row) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => At(row()).CopyTo(ref value));
    }

    private sealed class Cursor : CursorBase
    {
        private readonly Block[] _blocks;
        private readonly Delegate[] _getters;
        private readonly Random _rand;
        private int[] _order;
        private long _row = -1;

        public Cursor(CacheView view, bool[] active, Block[] blocks, Random rand) : base(view.Schema, active)
        {
            _blocks = blocks;
            _rand = rand;
            foreach (var block in blocks)
                block.Open();
            _getters = new Delegate[active.Length];
            for (int i = 0; i < active.Length; i++)
                _getters[i] = active[i] ? blocks.First(block => block[i] is not null)[i].GetterAt(Row) : null;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = new DataViewRowId((ulong)Row(), 0);

        protected override bool MoveNextCore()
        {
            long next = Position + 1;
            if (_rand is not null)
            {
                _order ??= Shuffle();
                if (next >= _order.Length)
                    return false;
                _row = _order[next];
                return true;
            }
            foreach (var block in _blocks)
                if (!block.Reach(next))
                    return false;
            _row = next;
            return true;
        }

        protected override Delegate GetterOf(int column) => _getters[column];

        private long Row()
        {
            CheckGood();
            return _row;
        }

        // Every row must be known before the first can be drawn.
        private int[] Shuffle()
        {
            foreach (var block in _blocks)
                block.Reach(long.MaxValue);
            var order = new int[checked((int)_blocks[0].Count)];
            for (int i = 0; i < order.Length; i++)
                order[i] = i;
            _rand.Shuffle(order);
            return order;
        }
    }
}
