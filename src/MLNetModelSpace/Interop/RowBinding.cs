using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Interop;

/// <summary>A column that a transformer adds to its input.</summary>
internal sealed record AddedColumn(string Name, DataViewType Type, DataViewSchema.Annotations? Annotations = null);

/// <summary>A transformer bound to one input schema: which columns it adds, what it reads for them, and how to compute them.</summary>
internal abstract class RowBinding
{
    private readonly HashSet<int> _dependencies;

    /// <summary>Binds.</summary>
    /// <param name="input">The schema that comes in.</param>
    /// <param name="added">The columns that come out behind it.</param>
    /// <param name="dependencies">Indices of the input columns that any added column is computed from.</param>
    protected RowBinding(DataViewSchema input, IReadOnlyList<AddedColumn> added, IEnumerable<int> dependencies)
    {
        Input = input;
        Added = added;
        _dependencies = [.. dependencies];
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        foreach (AddedColumn column in added)
            builder.AddColumn(column.Name, column.Type, column.Annotations);
        Output = builder.ToSchema();
    }

    public DataViewSchema Input { get; }

    /// <summary>The input's columns at their own indices, then the added ones.</summary>
    public DataViewSchema Output { get; }

    public IReadOnlyList<AddedColumn> Added { get; }

    /// <summary>The input columns needed for these output columns.</summary>
    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> needed)
    {
        bool[] wanted = new bool[Input.Count];
        foreach (DataViewSchema.Column column in needed)
        {
            if (column.Index < Input.Count)
                wanted[column.Index] = true;
            else
                foreach (int index in _dependencies)
                    wanted[index] = true;
        }

        for (int i = 0; i < wanted.Length; i++)
        {
            if (wanted[i])
                yield return Input[i];
        }
    }

    /// <summary>
    /// Makes the getters (<see cref="ValueGetter{TValue}"/> of each column's raw type) of the active added columns over a row or cursor;
    /// null where a column is not active. Getters of one call are used on one thread; several calls may be in use at once.
    /// </summary>
    public abstract Delegate?[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> active);

    /// <summary>
    /// Whether rows may come in any order: each is computed from itself alone. False where rows are prepared ahead in the order of the input;
    /// ML.NET then shuffles through a pool of its own.
    /// </summary>
    public virtual bool CanShuffle => true;

    /// <summary>Maps a single row; overridden where its getters own something that goes with the row.</summary>
    public virtual DataViewRow OpenRow(DataViewRow input, IReadOnlyList<DataViewSchema.Column> needed) => new MappedRow(this, input, needed);

    /// <summary>Opens a cursor over the input; overridden where rows are prepared ahead.</summary>
    public virtual DataViewRowCursor OpenCursor(IDataView data, IReadOnlyList<DataViewSchema.Column> needed, Random? rand) =>
        new MappedCursor(this, data.GetRowCursor(GetDependencies(needed), rand), needed);

    /// <summary>Opens cursors that may run at once; overridden where one cursor is already parallel inside.</summary>
    public virtual DataViewRowCursor[] OpenCursorSet(IDataView data, IReadOnlyList<DataViewSchema.Column> needed, int n, Random? rand) =>
        Array.ConvertAll(
            data.GetRowCursorSet(GetDependencies(needed), n, rand),
            cursor => (DataViewRowCursor)new MappedCursor(this, cursor, needed));

    /// <summary>Which added columns are among the needed ones.</summary>
    public bool[] ActiveAdded(IEnumerable<DataViewSchema.Column> needed)
    {
        bool[] active = new bool[Added.Count];
        foreach (DataViewSchema.Column column in needed)
        {
            if (column.Index >= Input.Count)
                active[column.Index - Input.Count] = true;
        }

        return active;
    }
}

/// <summary>A view with the columns that a transformer adds, computed as rows are read.</summary>
internal sealed class MappedDataView(RowBinding binding, IDataView input) : IDataView
{
    public DataViewSchema Schema => binding.Output;

    public bool CanShuffle => binding.CanShuffle && input.CanShuffle;

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        binding.OpenCursor(input, [.. columnsNeeded], CanShuffle ? rand : null);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        binding.OpenCursorSet(input, [.. columnsNeeded], n, CanShuffle ? rand : null);
}

/// <summary>A cursor with the columns that a transformer adds.</summary>
internal sealed class MappedCursor(RowBinding binding, DataViewRowCursor input, IEnumerable<DataViewSchema.Column> needed) : DataViewRowCursor
{
    private readonly MappedColumns _columns = new(binding, input, needed);
    private bool _disposed;

    public override DataViewSchema Schema => binding.Output;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override bool MoveNext() => !_disposed && input.MoveNext();

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => _columns.IsActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _columns.GetGetter<TValue>(column);

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            input.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>A row with the columns that a transformer adds.</summary>
internal sealed class MappedRow(
    RowBinding binding, DataViewRow input, IEnumerable<DataViewSchema.Column> needed, Delegate?[]? getters = null, IDisposable? owned = null) : DataViewRow
{
    private readonly MappedColumns _columns = new(binding, input, needed, getters);

    public override DataViewSchema Schema => binding.Output;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => _columns.IsActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _columns.GetGetter<TValue>(column);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            owned?.Dispose();
            input.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>What a mapped row and a mapped cursor share: which output columns are active, and their getters.</summary>
internal sealed class MappedColumns
{
    private readonly RowBinding _binding;
    private readonly DataViewRow _input;
    private readonly bool[] _active;
    private readonly Delegate?[] _getters;

    public MappedColumns(RowBinding binding, DataViewRow input, IEnumerable<DataViewSchema.Column> needed, Delegate?[]? getters = null)
    {
        _binding = binding;
        _input = input;
        _active = new bool[binding.Output.Count];
        var columns = needed as IReadOnlyCollection<DataViewSchema.Column> ?? [.. needed];
        foreach (DataViewSchema.Column column in columns)
            _active[column.Index] = true;
        _getters = getters ?? binding.CreateGetters(input, binding.ActiveAdded(columns));
    }

    public bool IsActive(DataViewSchema.Column column) => column.Index < _active.Length && _active[column.Index];

    public ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!IsActive(column))
            throw new InvalidOperationException($"Column '{column.Name}' is not active in this row.");
        if (column.Index < _binding.Input.Count)
            return _input.GetGetter<TValue>(_binding.Input[column.Index]);
        return _getters[column.Index - _binding.Input.Count] as ValueGetter<TValue>
            ?? throw new InvalidOperationException(
                $"Invalid TValue: '{typeof(TValue)}', expected type: '{column.Type.RawType}' in column '{column.Name}'.");
    }
}
