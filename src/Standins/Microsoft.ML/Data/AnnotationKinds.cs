using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>The names of the annotations, and values they commonly have.</summary>
internal static class AnnotationKinds
{
    public const string SlotNames = nameof(SlotNames);
    public const string KeyValues = nameof(KeyValues);
    public const string IsNormalized = nameof(IsNormalized);
    public const string ScoreColumnKind = nameof(ScoreColumnKind);
    public const string ScoreColumnSetId = nameof(ScoreColumnSetId);
    public const string ScoreValueKind = nameof(ScoreValueKind);
    public const string TrainingLabelValues = nameof(TrainingLabelValues);
    public const string CategoricalSlotRanges = nameof(CategoricalSlotRanges);

    /// <summary>The type of <see cref="ScoreColumnSetId"/>.</summary>
    public static KeyDataViewType ScoreColumnSetIdType { get; } = new(typeof(uint), int.MaxValue);

    public static void AddText(this DataViewSchema.Annotations.Builder builder, string kind, string value) =>
        builder.AddPrimitiveValue(kind, TextDataViewType.Instance, value.AsMemory());

    /// <summary>Adds a vector annotation; each reader gets a copy of its own.</summary>
    public static void AddVector<T>(this DataViewSchema.Annotations.Builder builder, string kind, PrimitiveDataViewType itemType, T[] values)
    {
        var buffer = new VBuffer<T>(values.Length, values);
        builder.Add(kind, new VectorDataViewType(itemType, values.Length), (ref VBuffer<T> result) => buffer.CopyTo(ref result));
    }

    public static void AddSlotNames(this DataViewSchema.Annotations.Builder builder, ReadOnlyMemory<char>[] names) =>
        builder.AddVector(SlotNames, TextDataViewType.Instance, names);

    public static bool Has(this DataViewSchema.Annotations annotations, string kind, DataViewType type) =>
        annotations.Schema.GetColumnOrNull(kind)?.Type.Equals(type) == true;

    /// <summary>Whether the column has the vector annotation, one item for each of <paramref name="length"/> slots or keys.</summary>
    public static bool HasVector(this DataViewSchema.Annotations annotations, string kind, ulong length, PrimitiveDataViewType itemType = null) =>
        annotations.Schema.GetColumnOrNull(kind)?.Type is VectorDataViewType vector
        && vector.Size > 0 && (ulong)vector.Size == length && (itemType is null || vector.ItemType.Equals(itemType));
}
