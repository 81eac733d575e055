using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Interop;

/// <summary>A column of an <see cref="IndexedView"/>, and how its getter over a cursor's row is made.</summary>
internal sealed record IndexedColumn(
    string Name, DataViewType Type, Func<IndexedRow, Delegate> CreateGetter, DataViewSchema.Annotations? Annotations = null)
{
    /// <summary>A column of single values.</summary>
    public static IndexedColumn Of<TRow, TValue>(string name, DataViewType type, Func<TRow, TValue> get, DataViewSchema.Annotations? annotations = null)
        where TRow : IndexedRow =>
        new(
            name,
            type,
            row => (ValueGetter<TValue>)((ref TValue value) =>
            {
                row.RequireRow();
                value = get((TRow)row);
            }),
            annotations);

    /// <summary>A column of keys given by their index from 0; keys themselves count from 1, and 0 is a missing one.</summary>
    public static IndexedColumn Key<TRow>(string name, int count, Func<TRow, int> index, DataViewSchema.Annotations? annotations = null)
        where TRow : IndexedRow =>
        Of<TRow, uint>(name, new KeyDataViewType(typeof(uint), count), row => (uint)(index(row) + 1), annotations);

    /// <summary>A column of dense vectors.</summary>
    /// <param name="name">The column's name.</param>
    /// <param name="size">The vectors' length; null where rows differ.</param>
    /// <param name="length">The length of a row's vector.</param>
    /// <param name="fill">Writes a row's vector.</param>
    /// <param name="annotations">What the column says of itself.</param>
    public static IndexedColumn Vector<TRow>(
        string name, int? size, Func<TRow, int> length, Action<TRow, Span<float>> fill, DataViewSchema.Annotations? annotations = null)
        where TRow : IndexedRow =>
        new(
            name,
            size is { } known ? new VectorDataViewType(NumberDataViewType.Single, known) : new VectorDataViewType(NumberDataViewType.Single),
            row => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
            {
                row.RequireRow();
                VBufferEditor<float> editor = VBufferEditor.Create(ref value, length((TRow)row));
                fill((TRow)row, editor.Values);
                value = editor.Commit();
            }),
            annotations);
}
