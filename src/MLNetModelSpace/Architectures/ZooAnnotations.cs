using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Architectures;

/// <summary>What columns of zoos say about themselves beside their values, and how it is written and read.</summary>
internal static class ZooAnnotations
{
    /// <summary>On images: <c>Vector&lt;Int32, 3&gt;</c>, channels, height and width of one image.</summary>
    public const string ImageShape = "ImageShape";

    /// <summary>
    /// On images: text, the name of a <c>UInt64</c> column of the same view that identifies a row's sample, so that what was
    /// computed from a sample is found again without gathering its images.
    /// </summary>
    public const string SampleColumn = "SampleColumn";

    /// <summary>On weights: text, the <see cref="MLNetModelSpace.WeightLayout"/> of every row as JSON.</summary>
    public const string WeightLayout = "WeightLayout";

    /// <summary>ML.NET's own kind: the name of each slot of a vector.</summary>
    public const string SlotNames = "SlotNames";

    /// <summary>ML.NET's own kind: the value each key stands for.</summary>
    public const string KeyValues = "KeyValues";

    /// <summary>ML.NET's own kind: that values lie in a range of their own already, and trainers need not scale them.</summary>
    public const string IsNormalized = "IsNormalized";

    public static void AddImageShape(DataViewSchema.Annotations.Builder builder, ImageShape shape)
    {
        int[] values = [shape.Channels, shape.Height, shape.Width];
        builder.Add(
            ImageShape,
            new VectorDataViewType(NumberDataViewType.Int32, 3),
            (ref VBuffer<int> destination) => Copy(values, ref destination));
    }

    public static void AddSampleColumn(DataViewSchema.Annotations.Builder builder, string name) =>
        builder.AddPrimitiveValue(SampleColumn, TextDataViewType.Instance, name.AsMemory());

    public static void AddWeightLayout(DataViewSchema.Annotations.Builder builder, WeightLayout layout) =>
        builder.AddPrimitiveValue(WeightLayout, TextDataViewType.Instance, layout.ToJson().AsMemory());

    public static void AddSlotNames(DataViewSchema.Annotations.Builder builder, IReadOnlyList<string> names) =>
        AddTexts(builder, SlotNames, names);

    public static void AddKeyValues(DataViewSchema.Annotations.Builder builder, IReadOnlyList<string> values) =>
        AddTexts(builder, KeyValues, values);

    /// <summary>Annotations with a weight layout and nothing else.</summary>
    public static DataViewSchema.Annotations ForWeights(WeightLayout layout)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        AddWeightLayout(builder, layout);
        return builder.ToAnnotations();
    }

    /// <summary>Annotations with slot names and nothing else.</summary>
    public static DataViewSchema.Annotations ForSlots(IReadOnlyList<string> names)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        AddSlotNames(builder, names);
        return builder.ToAnnotations();
    }

    /// <summary>The names of a vector's slots; none where it has none.</summary>
    public static string[] GetSlotNames(DataViewSchema.Column column)
    {
        if (!column.HasSlotNames())
            return [];
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    /// <summary>Annotations of a vector whose values are of one scale, with slot names where there are any.</summary>
    public static DataViewSchema.Annotations ForNormalized(IReadOnlyList<string> names)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        if (names.Count > 0)
            AddSlotNames(builder, names);
        AddIsNormalized(builder);
        return builder.ToAnnotations();
    }

    public static void AddIsNormalized(DataViewSchema.Annotations.Builder builder) =>
        builder.AddPrimitiveValue(IsNormalized, BooleanDataViewType.Instance, true);

    /// <summary>Annotations with key values and nothing else.</summary>
    public static DataViewSchema.Annotations ForKeys(IReadOnlyList<string> values)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        AddKeyValues(builder, values);
        return builder.ToAnnotations();
    }

    /// <summary>The shape of the column's images; null where the column does not say.</summary>
    /// <exception cref="FormatException">The annotation is there but is no image shape.</exception>
    public static ImageShape? GetImageShape(DataViewSchema.Column column)
    {
        if (column.Annotations.Schema.GetColumnOrNull(ImageShape) is not { } annotation)
            return null;
        if (annotation.Type is not VectorDataViewType vector || vector.ItemType.RawType != typeof(int))
            throw Malformed(column.Name, ImageShape, "a vector of three Int32", annotation.Type.ToString()!);
        VBuffer<int> buffer = default;
        column.Annotations.GetValue(ImageShape, ref buffer);
        int[] values = [.. buffer.DenseValues()];
        if (values.Length != 3 || values.Min() < 1)
            throw Malformed(column.Name, ImageShape, "three positive numbers", $"[{string.Join(", ", values)}]");
        return new ImageShape(values[0], values[1], values[2]);
    }

    /// <summary>
    /// The shape of the column's images: as its annotation says it, else the options, else the dimensions C×H×W or n×C×H×W of its vectors, as
    /// ML.NET's <c>ExtractPixels</c> has them.
    /// </summary>
    /// <exception cref="FormatException">The annotation is there but is no image shape.</exception>
    /// <exception cref="ArgumentException">Nothing says it, or pixels come before channels.</exception>
    public static ImageShape RequireImageShape(DataViewSchema.Column column, ImageShape? options)
    {
        if ((GetImageShape(column) ?? options) is { } said)
            return said;
        if (column.Type is VectorDataViewType { Dimensions: [.., int channels, int height, int width] dimensions } && dimensions.Length <= 4)
        {
            if (channels > 4 && width <= 4)
            {
                throw new ArgumentException(
                    $"Column '{column.Name}' is {column.Type}: pixels whose colours are interleaved. Extract them with interleavePixelColors: false, channel by channel.", "input");
            }

            if (new ImageShape(channels, height, width) is { IsValid: true } own)
                return own;
        }

        throw new ArgumentException(
            $"Column '{column.Name}' does not say the shape of its images, neither by an annotation '{ImageShape}' nor by its vectors' dimensions: set Options.ImageShape.", "input");
    }

    /// <summary>The column that identifies the samples of an image column; null where the image column does not say.</summary>
    /// <exception cref="FormatException">The annotation is there but names no <c>UInt64</c> column of the schema.</exception>
    public static DataViewSchema.Column? GetSampleColumn(DataViewSchema schema, DataViewSchema.Column images)
    {
        if (GetText(images, SampleColumn) is not { } name)
            return null;
        // A column that was renamed or dropped on the way identifies nothing any more: the caller then hashes the images.
        if (schema.GetColumnOrNull(name) is not { } column)
            return null;
        if (column.Type != NumberDataViewType.UInt64)
            throw Malformed(images.Name, SampleColumn, "the name of a UInt64 column", $"'{name}' of type {column.Type}");
        return column;
    }

    /// <summary>The layout of the column's weights; null where the column does not say.</summary>
    /// <exception cref="FormatException">The annotation is there but is no layout.</exception>
    public static WeightLayout? GetWeightLayout(DataViewSchema.Column column) =>
        GetText(column, WeightLayout) is { } json ? MLNetModelSpace.WeightLayout.Parse(json) : null;

    private static string? GetText(DataViewSchema.Column column, string kind)
    {
        if (column.Annotations.Schema.GetColumnOrNull(kind) is not { } annotation)
            return null;
        if (annotation.Type is not TextDataViewType)
            throw Malformed(column.Name, kind, "text", annotation.Type.ToString()!);
        ReadOnlyMemory<char> text = default;
        column.Annotations.GetValue(kind, ref text);
        return text.ToString();
    }

    private static void AddTexts(DataViewSchema.Annotations.Builder builder, string kind, IReadOnlyList<string> texts)
    {
        ReadOnlyMemory<char>[] values = [.. texts.Select(text => text.AsMemory())];
        builder.Add(
            kind,
            new VectorDataViewType(TextDataViewType.Instance, values.Length),
            (ref VBuffer<ReadOnlyMemory<char>> destination) => Copy(values, ref destination));
    }

    private static void Copy<T>(ReadOnlySpan<T> values, ref VBuffer<T> destination)
    {
        VBufferEditor<T> editor = VBufferEditor.Create(ref destination, values.Length);
        values.CopyTo(editor.Values);
        destination = editor.Commit();
    }

    private static FormatException Malformed(string column, string kind, string expected, string actual) =>
        new($"Annotation '{kind}' of column '{column}': expected {expected}, got {actual}.");
}
