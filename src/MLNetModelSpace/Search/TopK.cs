namespace MLNetModelSpace.Search;

/// <summary>
/// The k best of a stream of scored rows: a heap with the worst kept row on top. Of equal scores the row that comes first in
/// the index is better, so that the answer does not depend on how the scan was divided.
/// </summary>
internal sealed class TopK(int k)
{
    private readonly (float Cost, int Position)[] _heap = new (float, int)[k];

    public int Count { get; private set; }

    /// <summary>A row of a cost above this one cannot enter.</summary>
    public float Limit => Count < _heap.Length ? float.PositiveInfinity : _heap[0].Cost;

    public bool WouldEnter(float cost, int position) => Count < _heap.Length || Worse(_heap[0], (cost, position));

    public void Add(float cost, int position)
    {
        if (Count < _heap.Length)
        {
            int child = Count++;
            for (; child > 0; child = (child - 1) / 2)
            {
                int parent = (child - 1) / 2;
                if (!Worse((cost, position), _heap[parent]))
                    break;
                _heap[child] = _heap[parent];
            }

            _heap[child] = (cost, position);
        }
        else if (Worse(_heap[0], (cost, position)))
        {
            int parent = 0;
            for (int child = 1; child < Count; child = (2 * parent) + 1)
            {
                if (child + 1 < Count && Worse(_heap[child + 1], _heap[child]))
                    child++;
                if (!Worse(_heap[child], (cost, position)))
                    break;
                _heap[parent] = _heap[child];
                parent = child;
            }

            _heap[parent] = (cost, position);
        }
    }

    public void AddAll(TopK other)
    {
        for (int i = 0; i < other.Count; i++)
            Add(other._heap[i].Cost, other._heap[i].Position);
    }

    /// <summary>The kept rows, best first.</summary>
    public (float Cost, int Position)[] ToSorted()
    {
        var sorted = _heap[..Count];
        Array.Sort(sorted, (a, b) => a.Cost != b.Cost ? a.Cost.CompareTo(b.Cost) : a.Position.CompareTo(b.Position));
        return sorted;
    }

    private static bool Worse((float Cost, int Position) a, (float Cost, int Position) b) =>
        a.Cost > b.Cost || (a.Cost == b.Cost && a.Position > b.Position);
}
