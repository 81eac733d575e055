using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Interop;

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
