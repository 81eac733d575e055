using System.Collections;

namespace TorchSharp.Utils;

/// <summary>Reads and writes a tensor's elements in logical order.</summary>
public sealed class TensorAccessor<T> : IEnumerable<T>, IDisposable where T : unmanaged
{
    private readonly torch.Tensor _tensor;

    internal TensorAccessor(torch.Tensor tensor) => _tensor = tensor;

    public long Count => _tensor.NumberOfElements;

    public T this[params long[] indices]
    {
        get => _tensor.Raw<T>()[Place(indices)];
        set
        {
            _tensor.Raw<T>()[Place(indices)] = value;
            _tensor.Buffer.Version++;
        }
    }

    public T[] ToArray()
    {
        var result = new T[_tensor.Count];
        CopyTo(result);
        return result;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var target = array.AsSpan(arrayIndex);
        if (_tensor.IsContiguous)
        {
            _tensor.Span<T>()[(int)tensorIndex..].CopyTo(target);
            return;
        }
        using var packed = new torch.Tensor(DataBuffer.Rent(_tensor.dtype, _tensor.Count), _tensor.Sizes, Shapes.ContiguousStrides(_tensor.Sizes), 0, isTracked: false);
        Strided.Copy(_tensor, packed);
        packed.Span<T>()[(int)tensorIndex..].CopyTo(target);
    }

    public void Dispose()
    {
        // The tensor is its owner's.
    }

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)ToArray()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int Place(long[] indices)
    {
        if (indices.Length == 1 && _tensor.Rank != 1)
            return FlatPlace(indices[0]);
        if (indices.Length != _tensor.Rank)
            throw new ArgumentException($"{indices.Length} indices for a tensor of {_tensor.Rank} dimensions", nameof(indices));
        long at = 0;
        for (var d = 0; d < indices.Length; d++)
        {
            if (indices[d] < 0 || indices[d] >= _tensor.Sizes[d])
                throw new IndexOutOfRangeException($"index {indices[d]} is out of bounds for dimension {d} with size {_tensor.Sizes[d]}");
            at += indices[d] * _tensor.Strides[d];
        }
        return (int)at;
    }

    private int FlatPlace(long index)
    {
        if (index < 0 || index >= _tensor.Count)
            throw new IndexOutOfRangeException($"index {index} is out of bounds for a tensor of {_tensor.Count} elements");
        long at = 0;
        for (var d = _tensor.Rank - 1; d >= 0; d--)
        {
            at += index % _tensor.Sizes[d] * _tensor.Strides[d];
            index /= _tensor.Sizes[d];
        }
        return (int)at;
    }
}
