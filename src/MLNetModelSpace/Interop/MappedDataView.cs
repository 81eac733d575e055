using Microsoft.ML;

namespace MLNetModelSpace;

/// <summary>A view with the columns that a transformer adds, computed as rows are read.</summary>
internal sealed class MappedDataView(RowBinding binding, IDataView input) : IDataView
{
    public DataViewSchema Schema => binding.Output;

    /// <summary>False: order is what the rows prepared ahead rest on; ML.NET then shuffles through a pool of its own.</summary>
    public bool CanShuffle => false;

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        binding.OpenCursor(input, [.. columnsNeeded], null);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        binding.OpenCursorSet(input, [.. columnsNeeded], n, null);
}
