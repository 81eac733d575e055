using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Embedding;

/// <summary>Reads weights of one layout, and the shares beside them.</summary>
internal static class GraphRows
{
    public static (WeightLayout Layout, ColumnMatrix Weights, ColumnMatrix Shares) Read(
        IDataView data, string weightsName, string layoutsName, WeightLayout? otherwise, string sharesName, CancellationToken cancellation)
    {
        WeightsInput input = WeightsInput.Resolve(data.Schema, weightsName, layoutsName, otherwise);
        DataViewSchema.Column shares = SchemaErrors.RequireFloatVector(data.Schema, sharesName, knownSize: false, "shares");
        var weightValues = new List<float>();
        var shareValues = new List<float>();
        WeightLayout? layout = null;
        int rows = 0, classes = 0;
        using (DataViewRowCursor cursor = data.GetRowCursor([.. input.Columns, shares]))
        {
            WeightsReader reader = input.CreateReader(cursor);
            ValueGetter<VBuffer<float>> readShares = cursor.GetGetter<VBuffer<float>>(shares);
            VBuffer<float> buffer = default;
            for (; cursor.MoveNext(); rows++)
            {
                cancellation.ThrowIfCancellationRequested();
                weightValues.AddRange(reader.Read(out WeightLayout found));
                if (layout is not null && !WeightsInput.Matches(found, layout))
                    throw new InvalidDataException($"Row {rows} of column '{weightsName}' is of {found}; row 0 is of {layout}. A graph network reads one layout.");
                layout ??= found;
                readShares(ref buffer);
                if (rows > 0 && buffer.Length != classes)
                    throw new InvalidDataException($"Column '{sharesName}' has {buffer.Length} values in row {rows}; row 0 has {classes}.");
                classes = buffer.Length;
                shareValues.AddRange(buffer.DenseValues());
            }
        }

        if (layout is null)
            throw new InvalidDataException($"There are no rows to read '{weightsName}' from.");
        return (layout, ColumnMatrix.FromFlat([.. weightValues], rows, layout.Length), ColumnMatrix.FromFlat([.. shareValues], rows, classes));
    }
}
