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
        var values = new List<float>[names.Length];
        int[] widths = new int[names.Length];
        var buffers = new VBuffer<float>[names.Length];
        int rows = 0;
        using (DataViewRowCursor cursor = data.GetRowCursor(columns))
        {
            var getters = new ValueGetter<VBuffer<float>>[names.Length];
            for (int i = 0; i < names.Length; i++)
            {
                getters[i] = cursor.GetGetter<VBuffer<float>>(columns[i]);
                values[i] = [];
            }

            for (; cursor.MoveNext(); rows++)
            {
                cancellation.ThrowIfCancellationRequested();
                for (int i = 0; i < names.Length; i++)
                {
                    getters[i](ref buffers[i]);
                    Append(values[i], ref widths[i], in buffers[i], names[i], rows);
                }
            }
        }

        if (rows == 0)
            throw new InvalidDataException($"There are no rows to read '{names[0]}' from.");
        var result = new ColumnMatrix[names.Length];
        for (int i = 0; i < result.Length; i++)
            result[i] = new ColumnMatrix([.. values[i]], rows, widths[i]);
        return result;
    }

    private static void Append(List<float> values, ref int width, in VBuffer<float> row, string name, int index)
    {
        if (index == 0)
            width = row.Length;
        if (row.Length != width)
            throw new InvalidDataException($"Column '{name}' has {row.Length} values in row {index}; row 0 has {width}.");
        int start = values.Count;
        System.Runtime.InteropServices.CollectionsMarshal.SetCount(values, checked(start + width));
        Span<float> target = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(values)[start..];
        row.CopyTo(target);
        if (FiniteNumbers.IndexOfOther(target) is >= 0 and int place)
            throw new InvalidDataException($"Column '{name}' has {target[place]} at {place} in row {index}; expected finite values.");
    }
}
