using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Catalog;

/// <summary>Reads a view of labelled images, a row each, into a dataset.</summary>
internal static class ImageViewReader
{
    public static ImageDataset Read(IDataView data, string imageColumnName, string labelColumnName, ImageShape? shape, string name)
    {
        DataViewSchema.Column images = SchemaErrors.RequireFloatVector(data.Schema, imageColumnName, knownSize: false, "image");
        DataViewSchema.Column labels = SchemaErrors.Require(data.Schema, labelColumnName, "label");
        ImageShape found = ZooAnnotations.RequireImageShape(images, shape);
        var pixels = new List<byte[]>();
        var classes = new List<string>();
        using (DataViewRowCursor cursor = data.GetRowCursor([images, labels]))
        {
            ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(images);
            Func<string> readClass = ClassReader(cursor, labels);
            VBuffer<float> vector = default;
            while (cursor.MoveNext())
            {
                getter(ref vector);
                pixels.Add(ToBytes([.. vector.DenseValues()], found, imageColumnName, cursor.Position));
                classes.Add(readClass());
            }
        }

        if (pixels.Count == 0)
            throw new ArgumentException($"There are no rows to read '{imageColumnName}' from.", nameof(data));
        string[] names = KeyNames(labels) ?? [.. classes.Distinct().Order(StringComparer.Ordinal)];
        byte[] numbers = [.. classes.Select(one => checked((byte)Array.IndexOf(names, one)))];
        return new ImageDataset(name, found, pixels.SelectMany(image => image).ToArray().AsSpan(), numbers, names);
    }

    private static byte[] ToBytes(float[] values, ImageShape shape, string column, long row)
    {
        if (values.Length != shape.Size)
            throw new ArgumentException($"Row {row} of column '{column}' has {values.Length} values; expected the {shape.Size} of one image of {shape}.");
        if (PixelConversion.IndexOfOutside(values) is >= 0 and var place)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"Row {row} of column '{column}' holds {values[place]}; expected values in [0, 1]: ExtractPixels gives them with scaleImage: 1f / 255."));
        }

        return Array.ConvertAll(values, value => (byte)MathF.Round(value * 255));
    }

    /// <summary>The names that keys stand for; null where labels are no keys, or keys without names.</summary>
    private static string[]? KeyNames(DataViewSchema.Column column)
    {
        if (column.Type is not KeyDataViewType || column.Annotations.Schema.GetColumnOrNull(ZooAnnotations.KeyValues)?.Type is not VectorDataViewType { ItemType: TextDataViewType })
            return null;
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetKeyValues(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private static Func<string> ClassReader(DataViewRowCursor cursor, DataViewSchema.Column column)
    {
        if (column.Type is TextDataViewType)
        {
            ValueGetter<ReadOnlyMemory<char>> text = cursor.GetGetter<ReadOnlyMemory<char>>(column);
            ReadOnlyMemory<char> value = default;
            return () =>
            {
                text(ref value);
                return value.ToString();
            };
        }

        if (column.Type is not (KeyDataViewType or BooleanDataViewType))
            throw SchemaErrors.Mismatch(column.Name, "text, key or Boolean", column.Type.ToString()!, "label");
        Func<ulong> number = LabelColumn.KeyReader(cursor, column);
        if (column.Type is BooleanDataViewType)
            return () => number() == 0 ? "false" : "true";
        string[]? names = KeyNames(column);
        return () => number() switch
        {
            0 => throw new ArgumentException($"Row {cursor.Position} of label column '{column.Name}' has a missing key."),
            ulong key when names is not null => names[key - 1],
            ulong key => key.ToString("D3", CultureInfo.InvariantCulture),
        };
    }
}
