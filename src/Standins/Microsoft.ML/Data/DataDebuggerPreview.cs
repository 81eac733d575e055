using System.Collections.Immutable;
using Microsoft.ML.Data;

namespace Microsoft.ML.Data
{
    /// <summary>The first rows of a table, read at once: to look at, not to compute with.</summary>
    public sealed class DataDebuggerPreview
    {
        internal DataDebuggerPreview(IDataView data, int maxRows)
        {
            ArgumentNullException.ThrowIfNull(data);
            ArgumentOutOfRangeException.ThrowIfNegative(maxRows);
            Schema = data.Schema;
            var rows = new List<RowInfo>();
            using (var cursor = data.GetRowCursor(Schema))
            {
                var readers = Schema.Select(column => Reader(cursor, column)).ToArray();
                while (rows.Count < maxRows && cursor.MoveNext())
                    rows.Add(new RowInfo([.. Schema.Select(column => new KeyValuePair<string, object>(column.Name, readers[column.Index]()))]));
            }
            RowView = [.. rows];
            ColumnView = [.. Schema.Select(column => new ColumnInfo(column, [.. rows.Select(row => row.Values[column.Index].Value)]))];
        }

        public DataViewSchema Schema { get; }

        public ImmutableArray<ColumnInfo> ColumnView { get; }

        public ImmutableArray<RowInfo> RowView { get; }

        public override string ToString() => $"{Schema.Count} columns, {RowView.Length} rows";

        private static Func<object> Reader(DataViewRow row, DataViewSchema.Column column) =>
            (Func<object>)Generic.Call((Func<DataViewRow, DataViewSchema.Column, Func<object>>)TypedReader<int>, column.Type.RawType, row, column);

        private static Func<object> TypedReader<T>(DataViewRow row, DataViewSchema.Column column)
        {
            var get = row.GetGetter<T>(column);
            return () =>
            {
                T value = default;
                get(ref value);
                return value;
            };
        }

        public sealed class ColumnInfo
        {
            internal ColumnInfo(DataViewSchema.Column column, object[] values)
            {
                Column = column;
                Values = values;
            }

            public DataViewSchema.Column Column { get; }

            public object[] Values { get; }

            public override string ToString() => $"{Column.Name}: {Column.Type}";
        }

        public sealed class RowInfo
        {
            internal RowInfo(KeyValuePair<string, object>[] values)
            {
                Values = values;
            }

            public KeyValuePair<string, object>[] Values { get; }

            public override string ToString() => $"{Values.Length} columns";
        }
    }
}

namespace Microsoft.ML
{
    public static class DebuggerExtensions
    {
        private const int DefaultRows = 100;

        public static DataDebuggerPreview Preview(this IDataView data, int maxRows = DefaultRows) => new(data, maxRows);
    }
}
