using System.Collections;

namespace Microsoft.ML.Data;

/// <summary>A dense or sparse vector that reuses its arrays from row to row. Sparse indices are strictly increasing.</summary>
public readonly struct VBuffer<T> : IEnumerable
{
    internal readonly T[] Values;
    internal readonly int[] Indices;
    internal readonly int Count;

    /// <summary>The logical length.</summary>
    public readonly int Length;

    public VBuffer(int length, T[] values, int[] indices = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if ((values?.Length ?? 0) < length)
            throw new ArgumentOutOfRangeException(nameof(values), "The array is shorter than the length");
        Length = length;
        Count = length;
        Values = values;
        Indices = indices;
    }

    public VBuffer(int length, int count, T[] values, int[] indices)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (count < 0 || count > length)
            throw new ArgumentOutOfRangeException(nameof(count), "The number of values must be between 0 and the length");
        if ((values?.Length ?? 0) < count)
            throw new ArgumentOutOfRangeException(nameof(values), "The array of values is shorter than the count");
        if (count < length && (indices?.Length ?? 0) < count)
            throw new ArgumentOutOfRangeException(nameof(indices), "The array of indices is shorter than the count");
        Length = length;
        Count = count;
        Values = values;
        Indices = indices;
    }

    public bool IsDense => Count == Length;

    public ReadOnlySpan<T> GetValues() => new(Values, 0, Count);

    public ReadOnlySpan<int> GetIndices() => IsDense ? default : new ReadOnlySpan<int>(Indices, 0, Count);

    public void CopyToDense(ref VBuffer<T> destination)
    {
        if (IsDense)
        {
            CopyTo(ref destination);
            return;
        }
        var editor = VBufferEditor.Create(ref destination, Length);
        CopyTo(editor.Values);
        destination = editor.Commit();
    }

    public void CopyTo(ref VBuffer<T> destination)
    {
        var editor = VBufferEditor.Create(ref destination, Length, Count);
        GetValues().CopyTo(editor.Values);
        if (!IsDense)
            GetIndices().CopyTo(editor.Indices);
        destination = editor.Commit();
    }

    public void CopyTo(ref VBuffer<T> destination, int sourceIndex, int length)
    {
        if (sourceIndex < 0 || sourceIndex > Length)
            throw new ArgumentOutOfRangeException(nameof(sourceIndex));
        if (length < 0 || length > Length - sourceIndex)
            throw new ArgumentOutOfRangeException(nameof(length));
        if (IsDense)
        {
            var dense = VBufferEditor.Create(ref destination, length);
            GetValues().Slice(sourceIndex, length).CopyTo(dense.Values);
            destination = dense.Commit();
            return;
        }
        int from = LowerBound(sourceIndex), to = LowerBound(sourceIndex + length);
        var editor = VBufferEditor.Create(ref destination, length, to - from, requireIndicesOnDense: true);
        GetValues()[from..to].CopyTo(editor.Values);
        for (int i = from; i < to; i++)
            editor.Indices[i - from] = Indices[i] - sourceIndex;
        destination = editor.Commit();
    }

    public void CopyTo(Span<T> destination) => CopyTo(destination, 0);

    public void CopyTo(Span<T> destination, int destinationIndex, T defaultValue = default)
    {
        if (destinationIndex < 0 || destinationIndex > destination.Length || Length > destination.Length - destinationIndex)
            throw new ArgumentOutOfRangeException(nameof(destination), "Not enough space in destination");
        destination = destination.Slice(destinationIndex, Length);
        if (IsDense)
        {
            GetValues().CopyTo(destination);
            return;
        }
        destination.Fill(defaultValue);
        for (int i = 0; i < Count; i++)
            destination[Indices[i]] = Values[i];
    }

    public IEnumerable<KeyValuePair<int, T>> Items(bool all = false)
    {
        int position = 0;
        for (int i = 0; i < Count; i++)
        {
            int index = IsDense ? i : Indices[i];
            for (; all && position < index; position++)
                yield return new KeyValuePair<int, T>(position, default);
            yield return new KeyValuePair<int, T>(index, Values[i]);
            position = index + 1;
        }
        for (; all && position < Length; position++)
            yield return new KeyValuePair<int, T>(position, default);
    }

    public IEnumerable<T> DenseValues()
    {
        foreach (var item in Items(all: true))
            yield return item.Value;
    }

    public IEnumerator GetEnumerator() => DenseValues().GetEnumerator();

    public T GetItemOrDefault(int index)
    {
        if ((uint)index >= (uint)Length)
            throw new ArgumentOutOfRangeException(nameof(index));
        if (IsDense)
            return Values[index];
        int place = LowerBound(index);
        return place < Count && Indices[place] == index ? Values[place] : default;
    }

    public override string ToString() => IsDense ? $"Dense vector of size {Length}" : $"Sparse vector of size {Length}, {Count} explicit values";

    private int LowerBound(int index)
    {
        int place = Indices.AsSpan(0, Count).BinarySearch(index);
        return place < 0 ? ~place : place;
    }
}
