using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Images;

/// <summary>Reads a dataset from a view with images and labels.</summary>
internal static class ViewImages
{
    /// <summary>As image columns of this library say their shape.</summary>
    private const string ShapeAnnotation = "ImageShape";

    public static ImageDataset Load(IDataView view, string imagesName, string labelName, ImageShape? shape, string name)
    {
        DataViewSchema.Column images = SchemaErrors.Require(view.Schema, imagesName, "image"), label = SchemaErrors.Require(view.Schema, labelName, "label");
        if (images.Type is not VectorDataViewType vector || (vector.ItemType.RawType != typeof(float) && vector.ItemType.RawType != typeof(byte)))
            throw SchemaErrors.Mismatch(imagesName, "vector of Single or Byte", images.Type.ToString()!, "image");
        (ImageShape found, bool interleaved) = ShapeOf(images, vector, shape);
        (byte[] labels, string[] classes) = ReadLabels(view, label);
        if (labels.Length == 0)
            throw new InvalidDataException($"Column '{imagesName}' has no images: the view has no rows.");
        if ((long)labels.Length * found.Size > Array.MaxLength)
            throw new InvalidDataException($"The view has {labels.Length} images of {found}; at most {Array.MaxLength / found.Size} are read.");
        byte[] pixels = GC.AllocateUninitializedArray<byte>(labels.Length * found.Size);
        if (vector.ItemType.RawType == typeof(byte))
            Read<byte>(view, images, found, interleaved, pixels, value => value);
        else
            ReadFloats(view, images, found, interleaved, pixels);
        return ImageDataset.Adopt(name, found, pixels, labels, classes);
    }

    /// <summary>The shape that is asked for, or the annotation's, or that of the vector: channels first, or last where only that makes sense.</summary>
    private static (ImageShape Shape, bool Interleaved) ShapeOf(DataViewSchema.Column column, VectorDataViewType vector, ImageShape? asked)
    {
        ImageShape? annotated = null;
        if (column.Annotations.Schema.GetColumnOrNull(ShapeAnnotation) is { Type: VectorDataViewType { ItemType.RawType: var raw } } && raw == typeof(int))
        {
            VBuffer<int> buffer = default;
            column.Annotations.GetValue(ShapeAnnotation, ref buffer);
            if (buffer.DenseValues().ToArray() is [var channels, var height, var width])
                annotated = new ImageShape(channels, height, width);
        }

        bool interleaved = false;
        ImageShape? ofVector = null;
        if (vector.Dimensions is [var a, var b, var c])
        {
            interleaved = a is not (1 or 3) && c is 1 or 3;
            ofVector = interleaved ? new ImageShape(c, a, b) : new ImageShape(a, b, c);
        }

        ImageShape shape = asked ?? annotated ?? ofVector ?? throw SchemaErrors.Mismatch(
            column.Name, $"images that say their shape, by the dimensions of their vector (C×H×W or H×W×C) or an annotation '{ShapeAnnotation}', or a shape that is given", column.Type.ToString()!, "image");
        if (!shape.IsValid || (vector.IsKnownSize && vector.Size != shape.Size))
            throw SchemaErrors.Mismatch(column.Name, $"images of {shape}, {shape.Size} values", column.Type.ToString()!, "image");
        return (shape, interleaved);
    }

    /// <summary>Values are from 0 to 1 where all are, else from 0 to 255, as ML.NET's transforms give them.</summary>
    private static void ReadFloats(IDataView view, DataViewSchema.Column images, ImageShape shape, bool interleaved, byte[] pixels)
    {
        float least = float.PositiveInfinity, most = float.NegativeInfinity;
        using (DataViewRowCursor cursor = view.GetRowCursor([images]))
        {
            ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(images);
            VBuffer<float> buffer = default;
            while (cursor.MoveNext())
            {
                getter(ref buffer);
                foreach (float value in buffer.GetValues())
                {
                    if (!(value is >= 0 and <= 255))
                        throw new InvalidDataException($"Row {cursor.Position} of column '{images.Name}' holds {value}; expected 0 to 1, or 0 to 255.");
                    (least, most) = (Math.Min(least, value), Math.Max(most, value));
                }
            }
        }

        float scale = most <= 1 ? 255 : 1;
        Read<float>(view, images, shape, interleaved, pixels, value => (byte)MathF.Round(value * scale));
    }

    private static void Read<T>(IDataView view, DataViewSchema.Column images, ImageShape shape, bool interleaved, byte[] pixels, Func<T, byte> convert)
    {
        using DataViewRowCursor cursor = view.GetRowCursor([images]);
        ValueGetter<VBuffer<T>> getter = cursor.GetGetter<VBuffer<T>>(images);
        VBuffer<T> buffer = default;
        int places = shape.Height * shape.Width;
        for (int at = 0; cursor.MoveNext(); at += shape.Size)
        {
            getter(ref buffer);
            if (buffer.Length != shape.Size)
                throw new InvalidDataException($"Row {cursor.Position} of column '{images.Name}' has {buffer.Length} values; an image of {shape} has {shape.Size}.");
            if (at > pixels.Length - shape.Size)
                throw new InvalidDataException($"Column '{images.Name}' has more rows than were counted.");
            int i = 0;
            foreach (T value in buffer.DenseValues())
            {
                pixels[at + (interleaved ? ((i % shape.Channels) * places) + (i / shape.Channels) : i)] = convert(value);
                i++;
            }
        }
    }

    private static (byte[] Labels, string[] Classes) ReadLabels(IDataView view, DataViewSchema.Column column)
    {
        var values = new List<string>();
        using (DataViewRowCursor cursor = view.GetRowCursor([column]))
        {
            Func<string> read = LabelReader(cursor, column);
            while (cursor.MoveNext())
                values.Add(read());
        }

        string[]? names = NamesOf(column);
        string[] classes = names ?? [.. values.Distinct().OrderBy(value => long.TryParse(value, out long number) ? number : long.MaxValue).ThenBy(value => value, StringComparer.Ordinal)];
        if (classes.Length > ImageDataset.MaxClasses || (values.Count > 0 && ImageDataset.FirstWrongName(classes) is not null))
            throw new InvalidDataException($"Column '{column.Name}' is no label of up to {ImageDataset.MaxClasses} classes: {ImageDataset.FirstWrongName(classes)}");
        Dictionary<string, byte> places = classes.Select((name, i) => (name, (byte)i)).ToDictionary(pair => pair.name, pair => pair.Item2, StringComparer.Ordinal);
        return ([.. values.Select(value => places[value])], classes);
    }

    /// <summary>The classes that keys stand for; null where the column has none.</summary>
    private static string[]? NamesOf(DataViewSchema.Column column)
    {
        if (column.Type is not KeyDataViewType || column.Annotations.Schema.GetColumnOrNull("KeyValues") is not { Type: VectorDataViewType { ItemType: TextDataViewType } })
            return null;
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetKeyValues(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private static Func<string> LabelReader(DataViewRowCursor cursor, DataViewSchema.Column column)
    {
        if (column.Type is TextDataViewType)
        {
            ValueGetter<ReadOnlyMemory<char>> text = cursor.GetGetter<ReadOnlyMemory<char>>(column);
            return () =>
            {
                ReadOnlyMemory<char> value = default;
                text(ref value);
                return value.ToString();
            };
        }

        if (column.Type is KeyDataViewType)
        {
            Func<ulong> key = LabelColumn.KeyReader(cursor, column);
            string[]? names = NamesOf(column);
            return () => key() switch
            {
                0 => throw new InvalidDataException($"Row {cursor.Position} of label column '{column.Name}' has a missing key."),
                var number when names is not null => names[number - 1],
                var number => (number - 1).ToString(System.Globalization.CultureInfo.InvariantCulture),
            };
        }

        return column.Type.RawType == typeof(bool) ? Text<bool>(value => value ? "true" : "false")
            : column.Type.RawType == typeof(byte) ? Text<byte>(value => Number(value))
            : column.Type.RawType == typeof(int) ? Text<int>(value => Number(value))
            : column.Type.RawType == typeof(uint) ? Text<uint>(value => Number(value))
            : column.Type.RawType == typeof(long) ? Text<long>(Number)
            : throw SchemaErrors.Mismatch(column.Name, "text, key, Boolean or whole number", column.Type.ToString()!, "label");

        static string Number(long value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);

        Func<string> Text<T>(Func<T, string> describe)
            where T : struct
        {
            ValueGetter<T> getter = cursor.GetGetter<T>(column);
            return () =>
            {
                T value = default;
                getter(ref value);
                return describe(value);
            };
        }
    }
}
