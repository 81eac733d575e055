namespace Microsoft.ML.Trainers.FastTree;

/// <summary>
/// The histograms of the leaves that may be split, and which features can still split them. Like the official trainer this holds two for every three
/// leaves and gives up the least recently used: a leaf whose histogram was given up starts from the marks left in the one it gets next, and so may be
/// barred from features that could split it. Trees come out the same only if this is followed.
/// </summary>
internal sealed class LeafHistograms
{
    private readonly LinkedList<Entry> _order = new();

    /// <param name="features">The number of features.</param>
    /// <param name="leaves">The most leaves a tree may have.</param>
    /// <param name="length">The length of all features' histograms together, or 0 to keep only the marks.</param>
    public LeafHistograms(int features, int leaves, int length)
    {
        for (int i = 0; i < CapacityFor(leaves); i++)
            _order.AddLast(new Entry(features, length));
    }

    /// <summary>The number of histograms held for trees of a number of leaves.</summary>
    public static int CapacityFor(int leaves) => Math.Max(2, leaves * 2 / 3);

    /// <summary>Forgets the leaves of the tree before and returns the root's.</summary>
    public Entry Start()
    {
        foreach (var entry in _order)
            entry.Leaf = -1;
        var root = Take(0);
        root.Splittable.AsSpan().Fill(true);
        return root;
    }

    /// <summary>
    /// The histograms of two new leaves. The larger's is that of the leaf they came from, if that was still held.
    /// </summary>
    public (Entry Small, Entry Large, bool Held) Split(int left, int right, bool leftSmaller)
    {
        bool held = Holds(left);
        var ofLeft = Take(left);
        if (!leftSmaller)
            return (Take(right), ofLeft, held);
        ofLeft.Leaf = right;
        return (Take(left), ofLeft, held);
    }

    private bool Holds(int leaf)
    {
        foreach (var entry in _order)
        {
            if (entry.Leaf == leaf)
                return true;
        }
        return false;
    }

    private Entry Take(int leaf)
    {
        var node = _order.First!;
        for (var at = node; at is not null; at = at.Next)
        {
            if (at.Value.Leaf == leaf)
                node = at;
        }
        _order.Remove(node);
        _order.AddLast(node);
        node.Value.Leaf = leaf;
        return node.Value.Open();
    }

    internal sealed class Entry(int features, int length)
    {
        public int Leaf = -1;

        private bool[] _splittable;
        private double[] _histogram;

        /// <summary>For each feature whether the leaf last counted here could be split by it.</summary>
        public bool[] Splittable => _splittable ??= new bool[features];

        /// <summary>All features' histograms one after another; empty where only the marks are kept. Made when first used.</summary>
        public double[] Histogram => _histogram ??= new double[length];

        /// <summary>Makes the arrays, so that threads only read which they are.</summary>
        public Entry Open()
        {
            _splittable ??= new bool[features];
            _histogram ??= new double[length];
            return this;
        }
    }
}
