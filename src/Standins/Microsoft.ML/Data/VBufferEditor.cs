namespace Microsoft.ML.Data;

/// <summary>Opens a <see cref="VBuffer{T}"/> for writing in place.</summary>
public static class VBufferEditor
{
    /// <summary>An editor over the values that are there, with the same sparsity.</summary>
    public static VBufferEditor<T> CreateFromBuffer<T>(ref VBuffer<T> destination) =>
        Create(ref destination, destination.Length, destination.Count, keepOldOnResize: true);

    public static VBufferEditor<T> Create<T>(
        ref VBuffer<T> destination,
        int newLogicalLength,
        int? valuesCount = null,
        int? maxValuesCapacity = null,
        bool keepOldOnResize = false,
        bool requireIndicesOnDense = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(newLogicalLength);
        int count = valuesCount ?? newLogicalLength;
        if (count < 0 || count > newLogicalLength)
            throw new ArgumentOutOfRangeException(nameof(valuesCount), "The number of values must be between 0 and the logical length");
        int capacity = maxValuesCapacity ?? newLogicalLength;

        var values = destination.Values;
        bool newValues = (values?.Length ?? 0) < count;
        if (newValues)
            values = Grow(values, destination.Count, count, capacity, keepOldOnResize);

        var indices = destination.Indices;
        bool wantsIndices = count < newLogicalLength || requireIndicesOnDense;
        bool newIndices = wantsIndices && (indices?.Length ?? 0) < count;
        if (newIndices)
            indices = Grow(indices, destination.IsDense ? 0 : destination.Count, count, capacity, keepOldOnResize);
        return new VBufferEditor<T>(newLogicalLength, count, values, indices, wantsIndices, newValues, newIndices);
    }

    // The first array is exact, since most columns never change length; a later one grows by half again, so that sparse rows settle.
    private static TItem[] Grow<TItem>(TItem[] old, int used, int count, int capacity, bool keep)
    {
        long size = old is null || old.Length == 0 ? count : Math.Min(Math.Max(count, old.Length + old.Length / 2L), Math.Max(capacity, count));
        var grown = new TItem[size];
        if (keep && old is not null)
            old.AsSpan(0, Math.Min(used, old.Length)).CopyTo(grown);
        return grown;
    }
}

/// <summary>The spans of a vector being written; <see cref="Commit"/> gives the vector.</summary>
public readonly ref struct VBufferEditor<T>
{
    private readonly int _length;
    private readonly T[] _values;
    private readonly int[] _indices;

    public readonly Span<T> Values;

    public readonly Span<int> Indices;

    internal VBufferEditor(int length, int count, T[] values, int[] indices, bool wantsIndices, bool newValues, bool newIndices)
    {
        _length = length;
        _values = values;
        _indices = indices;
        Values = values.AsSpan(0, count);
        Indices = wantsIndices ? indices.AsSpan(0, count) : default;
        CreatedNewValues = newValues;
        CreatedNewIndices = newIndices;
    }

    public bool CreatedNewIndices { get; }

    public bool CreatedNewValues { get; }

    public VBuffer<T> Commit() => new(_length, Values.Length, _values ?? [], _indices);

    /// <summary>The vector with only the first <paramref name="physicalValuesCount"/> of its values.</summary>
    public VBuffer<T> CommitTruncated(int physicalValuesCount)
    {
        if (physicalValuesCount < 0 || physicalValuesCount > Values.Length)
            throw new ArgumentOutOfRangeException(nameof(physicalValuesCount));
        return new VBuffer<T>(_length, physicalValuesCount, _values ?? [], _indices);
    }
}
