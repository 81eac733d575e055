namespace Microsoft.ML;

/// <summary>Gives the value of a column for the row a cursor stands on. The buffer passed in may be reused.</summary>
public delegate void ValueGetter<TValue>(ref TValue value);

/// <summary>A lazy table: nothing is computed before a cursor moves.</summary>
public interface IDataView
{
    bool CanShuffle { get; }

    DataViewSchema Schema { get; }

    long? GetRowCount();

    DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null);

    DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null);
}
