namespace Microsoft.ML.Data;

/// <summary>The type of a column. Types are compared by value: two keys or vectors of equal shape are equal.</summary>
public abstract class DataViewType : IEquatable<DataViewType>
{
    private protected DataViewType(Type rawType)
    {
        ArgumentNullException.ThrowIfNull(rawType);
        RawType = rawType;
    }

    /// <summary>The type of the values that getters of such a column give.</summary>
    public Type RawType { get; }

    public abstract bool Equals(DataViewType other);
}

/// <summary>A type with an inner structure (a vector).</summary>
public abstract class StructuredDataViewType : DataViewType
{
    protected StructuredDataViewType(Type rawType) : base(rawType)
    {
    }
}

/// <summary>A type whose values are single items.</summary>
public abstract class PrimitiveDataViewType : DataViewType
{
    protected PrimitiveDataViewType(Type rawType) : base(rawType)
    {
        if (typeof(IDisposable).IsAssignableFrom(rawType))
            throw new ArgumentOutOfRangeException(nameof(rawType), "A primitive type cannot be disposable");
    }
}
