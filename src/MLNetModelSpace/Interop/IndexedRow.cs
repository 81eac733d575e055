namespace MLNetModelSpace.Interop;

/// <summary>The row that a cursor over an <see cref="IndexedView"/> stands on; getters read it.</summary>
internal abstract class IndexedRow
{
    /// <summary>The row's number in the view's own order; -1 before the first and after the last.</summary>
    public long Index { get; private set; } = -1;

    public void MoveTo(long index)
    {
        Index = index;
        OnMoved();
    }

    /// <summary>Values are read on rows only.</summary>
    /// <exception cref="InvalidOperationException">The cursor is not on a row.</exception>
    public void RequireRow()
    {
        if (Index < 0)
            throw new InvalidOperationException("The cursor is not on a row: call MoveNext first, and read while it gives true.");
    }

    /// <summary>Forgets what belonged to the row before.</summary>
    protected virtual void OnMoved()
    {
    }
}
