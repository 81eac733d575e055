using System.Globalization;
using MathNet.Numerics.LinearAlgebra;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Theory;

/// <summary>Reads the columns of an <see cref="IDataView"/> that information is measured on.</summary>
internal static class FeatureColumn
{
    /// <summary>The rows of a column of <see cref="float"/> or of vectors of it.</summary>
    internal static List<float[]> ReadVectors(IDataView data, string columnName) => Read(data, [columnName], null).Features[0];

    /// <summary>All feature columns, and the key of each row's group where one is named, in one pass over the data.</summary>
    internal static (List<float[]>[] Features, List<ulong> Keys) Read(IDataView data, IReadOnlyList<string> columnNames, string? keyColumnName)
    {
        ArgumentNullException.ThrowIfNull(data);
        var columns = columnNames.Select(name => RequireFeatures(data.Schema, name)).ToArray();
        DataViewSchema.Column? key = keyColumnName is null ? null : SchemaErrors.Require(data.Schema, keyColumnName, "sampling key");
        var features = columns.Select(_ => new List<float[]>()).ToArray();
        var keys = new List<ulong>();
        using var cursor = data.GetRowCursor(key is { } named ? [.. columns, named] : columns);
        var readers = columns.Select(column => Reader(cursor, column)).ToArray();
        var keyReader = key is { } present ? LabelColumn.KeyReader(cursor, present) : null;
        while (cursor.MoveNext())
        {
            for (int c = 0; c < columns.Length; c++)
            {
                float[] row = readers[c]();
                CheckFinite(row, columns[c].Name, cursor.Position);
                features[c].Add(row);
            }

            if (keyReader is not null)
            {
                ulong value = keyReader();
                if (value == 0 && key!.Value.Type is KeyDataViewType)
                {
                    throw new ArgumentException(
                        string.Create(CultureInfo.InvariantCulture, $"Row {cursor.Position} of column '{keyColumnName}' has a missing key."), nameof(keyColumnName));
                }

                keys.Add(value);
            }
        }

        return (features, keys);
    }

    /// <summary>Rows of one length as a matrix.</summary>
    internal static Matrix<double> ToMatrix(IReadOnlyList<float[]> rows, string columnName)
    {
        var matrix = Matrix<double>.Build.Dense(rows.Count, rows[0].Length);
        for (int i = 0; i < rows.Count; i++)
        {
            if (rows[i].Length != matrix.ColumnCount)
            {
                throw new ArgumentException($"Row {i} of column '{columnName}' has {rows[i].Length} values, the first row {matrix.ColumnCount}.", nameof(columnName));
            }

            for (int j = 0; j < matrix.ColumnCount; j++)
            {
                matrix[i, j] = rows[i][j];
            }
        }

        return matrix;
    }

    private static DataViewSchema.Column RequireFeatures(DataViewSchema schema, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var column = SchemaErrors.Require(schema, name, "feature");
        var item = column.Type is VectorDataViewType vector ? vector.ItemType : column.Type;
        return item == NumberDataViewType.Single ? column : throw SchemaErrors.Mismatch(name, "Single or vector of Single", column.Type.ToString()!, "feature");
    }

    private static Func<float[]> Reader(DataViewRowCursor cursor, DataViewSchema.Column column)
    {
        if (column.Type is not VectorDataViewType)
        {
            var scalar = cursor.GetGetter<float>(column);
            return () =>
            {
                float value = 0;
                scalar(ref value);
                return [value];
            };
        }

        var getter = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> buffer = default;
        return () =>
        {
            getter(ref buffer);
            var row = new float[buffer.Length];
            buffer.CopyTo(row);
            return row;
        };
    }

    private static void CheckFinite(float[] row, string columnName, long position)
    {
        if (FiniteNumbers.IndexOfOther(row) is >= 0 and int j)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"Row {position} of column '{columnName}' has {row[j]} in slot {j}; finite numbers are needed."),
                nameof(columnName));
        }
    }
}
