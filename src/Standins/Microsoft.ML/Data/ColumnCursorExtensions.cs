namespace Microsoft.ML.Data;

public static class ColumnCursorExtensions
{
    /// <summary>The values of a column, lazily: text also as strings, vectors also as arrays.</summary>
    public static IEnumerable<T> GetColumn<T>(this IDataView data, DataViewSchema.Column column)
    {
        ArgumentNullException.ThrowIfNull(data);
        var type = column.Type;
        if (type.RawType == typeof(T))
            return Read<T, T>(data, column, CopyOf<T>());
        if (typeof(T) == typeof(string) && type is TextDataViewType)
            return (IEnumerable<T>)Read(data, column, (ref ReadOnlyMemory<char> text) => text.ToString());
        if (typeof(T).IsArray && type is VectorDataViewType vector)
        {
            var item = typeof(T).GetElementType();
            if (item == vector.ItemType.RawType)
                return (IEnumerable<T>)Generic.Call((Func<IDataView, DataViewSchema.Column, IEnumerable<int[]>>)Arrays<int>, item, data, column);
            if (item == typeof(string) && vector.ItemType is TextDataViewType)
                return (IEnumerable<T>)Read(data, column, (ref VBuffer<ReadOnlyMemory<char>> texts) => texts.DenseValues().Select(text => text.ToString()).ToArray());
        }
        if (typeof(T).IsArray && type is not VectorDataViewType)
            throw new ArgumentOutOfRangeException(nameof(column), $"Cannot load vector type, {type}, specified in column to the user-defined type, {typeof(T)}.");
        throw new ArgumentOutOfRangeException(nameof(column), $"Cannot map column (name: {column.Name}, type: {type}) in data to the user-defined type, {typeof(T)}.");
    }

    public static IEnumerable<T> GetColumn<T>(this IDataView data, string columnName) => GetColumn<T>(data, data.Schema[columnName]);

    private delegate TOut Convert<TIn, TOut>(ref TIn value);

    private static IEnumerable<TOut> Read<TIn, TOut>(IDataView data, DataViewSchema.Column column, Convert<TIn, TOut> convert)
    {
        using var cursor = data.GetRowCursor([column]);
        var get = cursor.GetGetter<TIn>(column);
        TIn value = default;
        while (cursor.MoveNext())
        {
            get(ref value);
            yield return convert(ref value);
        }
    }

    private static IEnumerable<TItem[]> Arrays<TItem>(IDataView data, DataViewSchema.Column column) =>
        Read(data, column, (ref VBuffer<TItem> vector) =>
        {
            var array = new TItem[vector.Length];
            vector.CopyTo(array);
            return array;
        });

    // A vector's buffer would be written over by the next row, so the caller gets this one and the next row a new one.
    private static Convert<T, T> CopyOf<T>()
    {
        _ = SchemaDefinition.RawItemOf(typeof(T), out bool isVector);
        if (!isVector)
            return (ref T value) => value;
        return (ref T value) =>
        {
            var result = value;
            value = default;
            return result;
        };
    }
}
