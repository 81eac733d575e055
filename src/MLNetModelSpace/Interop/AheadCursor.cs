using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Interop;

/// <summary>
/// A cursor that reads rows in front of the one it stands on, so that what is computed from them is there when their turn comes. It holds what is asked for of the
/// rows read ahead.
/// </summary>
internal abstract class AheadCursor : DataViewRowCursor
{
    private readonly RowBinding _binding;
    private readonly IReadOnlyList<DataViewSchema.Column> _needed;
    private MappedColumns? _columns;
    private bool _disposed;

    /// <param name="binding">Whose rows it gives.</param>
    /// <param name="rows">The rows that are read; the cursor disposes them.</param>
    /// <param name="needed">Columns of the binding that are asked for.</param>
    /// <param name="capacity">The most rows held at a time, the given one included.</param>
    protected AheadCursor(RowBinding binding, DataViewRowCursor rows, IReadOnlyList<DataViewSchema.Column> needed, int capacity)
    {
        _binding = binding;
        _needed = needed;
        Rows = rows;
        Window = new RowWindow(rows, needed.Where(column => column.Index < binding.Input.Count), capacity);
    }

    public sealed override DataViewSchema Schema => _binding.Output;

    public sealed override long Position => Window.Position;

    public sealed override long Batch => Window.Batch;

    /// <summary>What is read ahead.</summary>
    protected DataViewRowCursor Rows { get; }

    /// <summary>The rows between the one that is read and the one that is given.</summary>
    protected RowWindow Window { get; }

    private MappedColumns Columns => _columns ??= new MappedColumns(_binding, Window, _needed, CreateGetters(_binding.ActiveAdded(_needed)));

    public sealed override bool MoveNext()
    {
        if (_disposed)
            return false;
        if (!TakeNext())
        {
            Window.MovePast();
            OnEnd();
            return false;
        }

        Window.MoveNext();
        return true;
    }

    public sealed override ValueGetter<DataViewRowId> GetIdGetter() => Window.GetIdGetter();

    public sealed override bool IsColumnActive(DataViewSchema.Column column) => Columns.IsActive(column);

    public sealed override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => Columns.GetGetter<TValue>(column);

    /// <summary>Getters of the added columns over the row that is given.</summary>
    protected abstract Delegate?[] CreateGetters(bool[] active);

    /// <summary>Reads ahead, and waits for what is computed from the next row; false where there is none.</summary>
    protected abstract bool TakeNext();

    /// <summary>Called behind the last row.</summary>
    protected abstract void OnEnd();

    /// <summary>Ends what is being computed, before the rows are disposed.</summary>
    protected abstract void Close();

    /// <summary>Waits for work done elsewhere. What went wrong there comes out as it is, not in an <see cref="AggregateException"/>.</summary>
    /// <exception cref="OperationCanceledException">The token said so first, or the work was cancelled.</exception>
    protected static T Await<T>(Task<T> work, CancellationToken cancel)
    {
        Task.WaitAny([work], cancel);
        return work.GetAwaiter().GetResult();
    }

    protected sealed override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            Close();
            Rows.Dispose();
        }

        base.Dispose(disposing);
    }
}
