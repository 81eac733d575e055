using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Some rows of a table, with all its columns. Rows cannot be found by position, so there is one cursor, however many are asked for.</summary>
internal abstract class RowSubsetView(IDataView input) : IDataView
{
    protected IDataView Input => input;

    public virtual bool CanShuffle => false;

    public DataViewSchema Schema => input.Schema;

    public virtual long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) =>
        MakeCursor(Columns.Flags(Schema, columnsNeeded), rand);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    protected abstract DataViewRowCursor MakeCursor(bool[] active, Random rand);
}

/// <summary>The rows after the first <paramref name="skip"/>, and of those the first <paramref name="take"/>.</summary>
internal sealed class SkipTakeView(IDataView input, long skip, long take) : RowSubsetView(input)
{
    public override long? GetRowCount() => Input.GetRowCount() is { } rows ? Math.Min(Math.Max(rows - skip, 0), take) : null;

    protected override DataViewRowCursor MakeCursor(bool[] active, Random rand) =>
        new Cursor(Input.GetRowCursor(Columns.Where(Schema, active)), Schema, active, skip, take);

    private sealed class Cursor(DataViewRowCursor input, DataViewSchema schema, bool[] active, long skip, long take) : SynchronizedCursor(input, schema, active)
    {
        private bool _skipped;

        protected override bool MoveNextCore()
        {
            if (!_skipped)
            {
                _skipped = true;
                for (long i = 0; i < skip; i++)
                    if (!Input.MoveNext())
                        return false;
            }
            // The row after the last one taken is not read.
            return Position + 1 < take && Input.MoveNext();
        }

        protected override Delegate GetterOf(int column) => Input.GetGetter(Schema[column]);
    }
}

/// <summary>The rows whose number in one column lies in a range: its lower bound is in it, its upper bound is not, unless asked.</summary>
internal sealed class RangeFilterView : RowSubsetView
{
    private readonly DataViewSchema.Column _column;
    private readonly Predicate<double> _passes;

    public RangeFilterView(IDataView input, DataViewSchema.Column column, Predicate<double> passes) : base(input)
    {
        _column = column;
        _passes = passes;
    }

    public override bool CanShuffle => Input.CanShuffle;

    protected override DataViewRowCursor MakeCursor(bool[] active, Random rand)
    {
        var needed = (bool[])active.Clone();
        needed[_column.Index] = true;
        return new Cursor(this, Input.GetRowCursor(Columns.Where(Schema, needed), rand), active);
    }

    /// <summary>The column as a number: a key as the middle of its share of 0..1, less than 0 where it is missing.</summary>
    private Func<double> NumberOf(DataViewRow row)
    {
        double count = _column.Type is KeyDataViewType key ? key.Count : 0;
        if (_column.Type.RawType == typeof(float))
            return Read(row.GetGetter<float>(_column), value => value);
        if (_column.Type.RawType == typeof(double))
            return Read(row.GetGetter<double>(_column), value => value);
        if (_column.Type.RawType == typeof(byte))
            return Read(row.GetGetter<byte>(_column), value => (value - 0.5) / count);
        if (_column.Type.RawType == typeof(ushort))
            return Read(row.GetGetter<ushort>(_column), value => (value - 0.5) / count);
        if (_column.Type.RawType == typeof(uint))
            return Read(row.GetGetter<uint>(_column), value => (value - 0.5) / count);
        return Read(row.GetGetter<ulong>(_column), value => (value - 0.5) / count);
    }

    private static Func<double> Read<T>(ValueGetter<T> get, Func<T, double> convert)
    {
        T value = default;
        return () =>
        {
            get(ref value);
            return convert(value);
        };
    }

    private sealed class Cursor : SynchronizedCursor
    {
        private readonly Func<double> _number;
        private readonly Predicate<double> _passes;

        public Cursor(RangeFilterView view, DataViewRowCursor input, bool[] active) : base(input, view.Schema, active)
        {
            _number = view.NumberOf(input);
            _passes = view._passes;
        }

        protected override Exception InactiveColumn() => Errors.NotActiveInState();

        protected override bool MoveNextCore()
        {
            while (Input.MoveNext())
                if (_passes(_number()))
                    return true;
            return false;
        }

        protected override Delegate GetterOf(int column) => Input.GetGetter(Schema[column]);
    }
}
