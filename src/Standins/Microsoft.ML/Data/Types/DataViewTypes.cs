namespace Microsoft.ML.Data;

/// <summary>Questions that several parts ask about column types.</summary>
internal static class DataViewTypes
{
    private static readonly PrimitiveDataViewType[] _all =
    [
        NumberDataViewType.SByte, NumberDataViewType.Byte, NumberDataViewType.Int16, NumberDataViewType.UInt16,
        NumberDataViewType.Int32, NumberDataViewType.UInt32, NumberDataViewType.Int64, NumberDataViewType.UInt64,
        NumberDataViewType.Single, NumberDataViewType.Double, TextDataViewType.Instance, BooleanDataViewType.Instance,
        TimeSpanDataViewType.Instance, DateTimeDataViewType.Instance, DateTimeOffsetDataViewType.Instance, RowIdDataViewType.Instance,
    ];

    /// <summary>The item type of a vector, else the type itself.</summary>
    public static DataViewType ItemType(this DataViewType type) => type is VectorDataViewType vector ? vector.ItemType : type;

    /// <summary>The number of values in a row: 1 for a scalar, 0 for a vector of unknown size.</summary>
    public static int ValueCount(this DataViewType type) => type is VectorDataViewType vector ? vector.Size : 1;

    public static bool IsKnownSizeVector(this DataViewType type) => type is VectorDataViewType { Size: > 0 };

    /// <summary>The primitive type whose values are <paramref name="raw"/>, or null. A string is text.</summary>
    public static PrimitiveDataViewType FromRaw(Type raw)
    {
        if (raw == typeof(string))
            return TextDataViewType.Instance;
        foreach (var type in _all)
            if (type.RawType == raw)
                return type;
        return null;
    }

    public static PrimitiveDataViewType FromKind(DataKind kind) =>
        kind is >= DataKind.SByte and <= DataKind.DateTimeOffset
            ? _all[(int)kind - 1]
            : throw new InvalidOperationException($"Bad data kind: {kind}");

    public static DataKind KindOf(DataViewType type)
    {
        for (int i = 0; i < (int)DataKind.DateTimeOffset; i++)
            if (_all[i].RawType == type.RawType)
                return (DataKind)(i + 1);
        throw new ArgumentOutOfRangeException(nameof(type), $"The type {type} has no data kind");
    }

    /// <summary>Whether values of this type can be written to a model: every primitive but foreign ones.</summary>
    public static bool IsBuiltIn(this DataViewType type) => type is KeyDataViewType || Array.IndexOf(_all, type as PrimitiveDataViewType) >= 0;
}
