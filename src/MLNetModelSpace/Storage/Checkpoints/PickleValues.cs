using System.Runtime.CompilerServices;

namespace MLNetModelSpace.Storage;

/// <summary>A name that a pickle refers to, such as <c>torch.FloatStorage</c>. It stays a name: nothing is imported.</summary>
/// <param name="Module">The Python module.</param>
/// <param name="Name">What it is called there.</param>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>Something with parts. Its height is that of the tree under it, as far as it was complete when it was put into another.</summary>
internal abstract class PickleContainer
{
    public int Height { get; set; } = 1;
}

/// <summary>A tuple, list or set.</summary>
internal sealed class PickleSequence(List<object?> items, bool isTuple = false) : PickleContainer
{
    public List<object?> Items => items;

    public bool IsTuple => isTuple;
}

/// <summary>A dictionary, in the order in which its entries were written.</summary>
internal sealed class PickleDictionary : PickleContainer
{
    private Dictionary<object, int>? _places;

    public List<KeyValuePair<object, object?>> Entries { get; } = [];

    /// <summary>Adds an entry, or gives one that is there another value.</summary>
    public void Set(object key, object? value)
    {
        _places ??= new(KeyComparer.Instance);
        if (_places.TryGetValue(key, out int place))
        {
            Entries[place] = new(key, value);
            return;
        }

        _places.Add(key, Entries.Count);
        Entries.Add(new(key, value));
    }

    public object? Find(string key) => _places is not null && _places.TryGetValue(key, out int place) ? Entries[place].Value : null;

    public bool Has(string key) => _places?.ContainsKey(key) ?? false;

    /// <summary>Texts and numbers by value, all else by identity.</summary>
    private sealed class KeyComparer : IEqualityComparer<object>
    {
        public static readonly KeyComparer Instance = new();

        public new bool Equals(object? x, object? y) => ReferenceEquals(x, y) || (x is string or long or bool or double && x.Equals(y));

        public int GetHashCode(object obj) => obj is string or long or bool or double ? obj.GetHashCode() : RuntimeHelpers.GetHashCode(obj);
    }
}

/// <summary>An object of some class, as its parts alone: no code of the class has run.</summary>
internal sealed class PickleInstance(PickleGlobal type) : PickleContainer
{
    public PickleGlobal Type => type;

    /// <summary>What its <c>__setstate__</c> would have been given, or its attributes.</summary>
    public object? State { get; set; }
}

/// <summary>A value that the reader knows of and has no use for (a number of NumPy's, a complex number, a sparse tensor).</summary>
internal sealed record PickleOther(string What);

/// <summary>A storage: numbers in the file that tensors are windows of.</summary>
/// <param name="Key">What the file calls it.</param>
/// <param name="DataType">As safetensors spells it; null where the tensors say it.</param>
/// <param name="Length">Number of elements; of bytes where there is no element type.</param>
/// <param name="Start">First element of a view into another storage.</param>
/// <param name="WholeLength">Elements of the storage that it is a view of; of its own where it is none.</param>
internal sealed record TorchStorage(string Key, string? DataType, long Length, long Start, long WholeLength);

/// <summary>A tensor: a strided window of a storage.</summary>
/// <param name="Storage">Where its numbers are.</param>
/// <param name="DataType">As safetensors spells it.</param>
/// <param name="Offset">Its first element, counted from the storage's.</param>
/// <param name="Shape">The dimensions, outermost first.</param>
/// <param name="Strides">Elements from one index to the next, for each dimension.</param>
/// <param name="IsParameter">Whether it was saved as a parameter.</param>
internal sealed record TorchTensor(TorchStorage Storage, string DataType, long Offset, long[] Shape, long[] Strides, bool IsParameter = false);
