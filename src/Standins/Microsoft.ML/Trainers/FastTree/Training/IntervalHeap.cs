namespace Microsoft.ML.Trainers.FastTree;

/// <summary>
/// Intervals of a feature's values, the one with the greatest gain first. A binary heap of its own, since the order among equals decides where cuts go.
/// </summary>
internal sealed class IntervalHeap
{
    private readonly List<Interval> _items = [];

    public int Count => _items.Count;

    public void Clear() => _items.Clear();

    public void Push(Interval item)
    {
        _items.Add(item);
        int at = _items.Count - 1;
        while (at > 0 && _items[(at - 1) / 2].Gain < item.Gain)
        {
            _items[at] = _items[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        _items[at] = item;
    }

    public Interval Pop()
    {
        var top = _items[0];
        var last = _items[^1];
        _items.RemoveAt(_items.Count - 1);
        if (_items.Count > 0)
            SiftDown(last);
        return top;
    }

    private void SiftDown(Interval item)
    {
        int at = 0;
        while (true)
        {
            int child = 2 * at + 1;
            if (child >= _items.Count)
                break;
            if (child + 1 < _items.Count && _items[child + 1].Gain > _items[child].Gain)
                child++;
            if (_items[child].Gain <= item.Gain)
                break;
            _items[at] = _items[child];
            at = child;
        }
        _items[at] = item;
    }

    /// <summary>Distinct values [Low, High), to be cut before the value Cut.</summary>
    internal readonly record struct Interval(long Gain, int Low, int High, int Cut);
}
