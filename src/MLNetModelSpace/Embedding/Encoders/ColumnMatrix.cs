using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Embedding;

/// <summary>A vector column read into memory, row by row, all values finite.</summary>
internal sealed class ColumnMatrix
{
    private ColumnMatrix(float[] values, int rows, int columns) => (Values, Rows, Columns) = (values, rows, columns);

    public float[] Values { get; }

    public int Rows { get; }

    public int Columns { get; }

    public ReadOnlySpan<float> this[int row] => Values.AsSpan(row * Columns, Columns);

    public static ColumnMatrix FromFlat(float[] values, int rows, int columns) => new(values, rows, columns);

    /// <summary>Reads columns in one pass.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or no vector of Single.</exception>
    /// <exception cref="InvalidDataException">No rows, a value that is not finite, or rows of different lengths.</exception>
    public static ColumnMatrix[] Read(IDataView data, CancellationToken cancellation, params ReadOnlySpan<string> names)
    {
        var columns = new DataViewSchema.Column[names.Length];
        for (int i = 0; i < names.Length; i++)
            columns[i] = SchemaErrors.RequireFloatVector(data.Schema, names[i], knownSize: false);
        var readers = new Reader[names.Length];
        int rows = 0;
        using (DataViewRowCursor cursor = data.GetRowCursor(columns))
        {
            for (int i = 0; i < readers.Length; i++)
                readers[i] = new Reader(cursor, columns[i]);
            for (; cursor.MoveNext(); rows++)
            {
                cancellation.ThrowIfCancellationRequested();
                foreach (Reader reader in readers)
                    reader.Append();
            }
        }

        if (rows == 0)
            throw new InvalidDataException($"There are no rows to read '{names[0]}' from.");
        return Array.ConvertAll(readers, reader => reader.ToMatrix());
    }

    /// <summary>Reads one column of a cursor's rows, beside others of the same cursor.</summary>
    internal sealed class Reader(DataViewRow row, DataViewSchema.Column column)
    {
        private readonly ValueGetter<VBuffer<float>> _get = row.GetGetter<VBuffer<float>>(column);
        private readonly List<float> _values = [];
        private VBuffer<float> _buffer;
        private int _width;
        private int _rows;

        /// <summary>Reads the row that the cursor stands on.</summary>
        /// <exception cref="InvalidDataException">A value is not finite, or rows have different lengths.</exception>
        public void Append()
        {
            _get(ref _buffer);
            if (_rows == 0)
                _width = _buffer.Length;
            if (_buffer.Length != _width)
                throw new InvalidDataException($"Column '{column.Name}' has {_buffer.Length} values in row {_rows}; row 0 has {_width}.");
            int start = _values.Count;
            CollectionsMarshal.SetCount(_values, checked(start + _width));
            Span<float> target = CollectionsMarshal.AsSpan(_values)[start..];
            _buffer.CopyTo(target);
            if (FiniteNumbers.IndexOfOther(target) is >= 0 and int place)
                throw new InvalidDataException($"Column '{column.Name}' has {target[place]} at {place} in row {_rows}; expected finite values.");
            _rows++;
        }

        public ColumnMatrix ToMatrix() => new([.. _values], _rows, _width);
    }
}
