namespace Microsoft.ML;

/// <summary>
/// A pool of slots in the order they were filled: one is drawn at random, the first takes its place, and it itself is the next to be filled.
/// Of as many slots as rows this is the shuffle of Fisher and Yates from the front.
/// </summary>
internal sealed class ShufflePool(int size, Random rand)
{
    private readonly List<int> _slots = [];
    private int _first;
    private int _waiting;
    private bool _closed;

    /// <summary>The slot that the next row goes into; null where the pool is full or closed.</summary>
    public int? FreeSlot =>
        _closed || _waiting == size ? null : _slots.Count < size ? _slots.Count : _slots[(_first + _waiting) % size];

    /// <summary>Says that <see cref="FreeSlot"/> is filled.</summary>
    public void Add()
    {
        if (_slots.Count < size)
            _slots.Add(_slots.Count);
        _waiting++;
    }

    /// <summary>Says that no more rows will come.</summary>
    public void Close() => _closed = true;

    /// <summary>Draws one of the filled slots; -1 where none is left. It stays as it is until it is the free one.</summary>
    public int Draw()
    {
        if (_waiting == 0)
            return -1;
        int at = (_first + rand.Next(_waiting)) % _slots.Count;
        (_slots[_first], _slots[at]) = (_slots[at], _slots[_first]);
        int drawn = _slots[_first];
        _first = (_first + 1) % _slots.Count;
        _waiting--;
        return drawn;
    }
}
