using System.Runtime.CompilerServices;

namespace Microsoft.ML.Trainers.FastTree;

/// <summary>What a tree may grow to.</summary>
/// <param name="KeepsFirstSplit">Whether the first possible split of a leaf needs no luck where each split draws its features.</param>
internal sealed record TreeGrowth(
    int MaximumLeaves, int MinimumExamples, double FeatureFractionPerSplit, bool KeepsFirstSplit, double FirstUsePenalty, double ReusePenalty);

/// <summary>
/// Grows regression trees leaf by leaf: of all leaves, the one whose best split lessens the squared error most is split next. A split's gain is
/// Σ²/n of its left side plus that of its right side less that of the whole.
/// </summary>
/// <remarks>
/// The larger child's histogram is its parent's less the smaller child's. Where few rows have very many features, all leaves are counted afresh in a
/// buffer that stays in the cache instead, which costs less than moving the histograms through memory. Every feature is handled by one thread in one
/// order, so that the number of threads changes nothing.
/// </remarks>
internal sealed class TreeLearner
{
    private const long HistogramBytes = 256L << 20;
    private const long CachedBytes = 4L << 20;
    private const int FewRows = 1024;

    private readonly BinnedData _data;
    private readonly TreeGrowth _growth;
    private readonly ParallelLoop _parallel;
    private readonly double[]? _weights;
    private readonly int[] _binStarts;
    private readonly int _stride;
    private readonly LeafHistograms _histograms;
    private readonly bool _keepHistograms;
    private readonly int[] _rows;
    private readonly int[] _spareRows;
    private readonly double[] _targets;
    private readonly double[] _leafWeights;
    private readonly double[] _spareTargets;
    private readonly double[] _spareWeights;
    private readonly SplitCandidate[] _smallSplits;
    private readonly SplitCandidate[] _largeSplits;
    private readonly int[] _featureUse;
    private Leaf[] _leaves = [];
    private bool[]? _treeFeatures;
    private Random? _random;

    /// <param name="weights">A weight for each row, or null where all are equal.</param>
    public TreeLearner(BinnedData data, TreeGrowth growth, double[]? weights, ParallelLoop parallel)
    {
        _data = data;
        _growth = growth;
        _parallel = parallel;
        _weights = weights;
        _stride = weights is null ? 2 : 3;
        _binStarts = new int[data.Features + 1];
        for (int f = 0; f < data.Features; f++)
            _binStarts[f + 1] = _binStarts[f] + data.UpperBounds[f].Length;
        long bytes = (long)_binStarts[^1] * _stride * sizeof(double);
        // There are never more leaves than rows, however many are allowed.
        long held = Math.Min(LeafHistograms.CapacityFor(growth.MaximumLeaves), data.Rows);
        _keepHistograms = (bytes <= CachedBytes || data.Rows >= FewRows) && bytes * held <= HistogramBytes;
        _histograms = new LeafHistograms(data.Features, growth.MaximumLeaves, _keepHistograms ? _binStarts[^1] * _stride : 0);
        _rows = new int[data.Rows];
        _spareRows = new int[data.Rows];
        _targets = new double[data.Rows];
        _spareTargets = new double[data.Rows];
        _leafWeights = weights is null ? [] : new double[data.Rows];
        _spareWeights = weights is null ? [] : new double[data.Rows];
        _smallSplits = new SplitCandidate[data.Features];
        _largeSplits = new SplitCandidate[data.Features];
        _featureUse = new int[data.Features];
    }

    /// <summary>The rows of a leaf of the tree grown last.</summary>
    public ReadOnlySpan<int> RowsOf(int leaf) => _rows.AsSpan(_leaves[leaf].Start, _leaves[leaf].Count);

    /// <summary>The number of rows in a leaf of the tree grown last, or their weight where there are weights.</summary>
    public double WeightOf(int leaf) => _weights is null ? _leaves[leaf].Count : _leaves[leaf].Weight;

    /// <summary>The sum of <paramref name="values"/> over the rows of a leaf of the tree grown last, times the weights where there are any.</summary>
    public double WeightedSum(int leaf, double[] values)
    {
        double sum = 0;
        foreach (int row in RowsOf(leaf))
            sum += _weights is null ? values[row] : _weights[row] * values[row];
        return sum;
    }

    /// <summary>Grows a tree, or returns null where no feature can split the rows.</summary>
    /// <param name="targets">What to fit, one for every row of the data.</param>
    /// <param name="rows">The rows to use, ascending; empty for all.</param>
    /// <param name="features">Which features the tree may use, or null for all.</param>
    /// <param name="random">Draws the features of each split where the growth asks for a share of them.</param>
    public GrownTree? Grow(ReadOnlySpan<double> targets, ReadOnlySpan<int> rows, bool[]? features, Random? random)
    {
        _treeFeatures = features;
        _random = random;
        _leaves = new Leaf[_growth.MaximumLeaves];
        for (int i = 0; i < _leaves.Length; i++)
            _leaves[i] = new Leaf();
        FillRoot(_leaves[0], targets, rows);
        FindRootSplit(_leaves[0]);
        if (_leaves[0].Best.Feature < 0)
            return null;
        var tree = new GrownTree(_growth.MaximumLeaves);
        int leaf = 0;
        do
        {
            var split = _leaves[leaf].Best;
            _featureUse[split.Feature]++;
            int right = tree.Split(leaf, split);
            double weight = WeightOf(leaf);
            Partition(_leaves[leaf], _leaves[right], split);
            // The means come from the histogram, not from adding up afresh: their last digits decide between equal splits of later trees.
            tree.LeafValue[leaf] = split.LeftSum / split.LeftWeight;
            tree.LeafValue[right] = split.RightSum / (weight - split.LeftWeight);
            if (tree.Leaves < _growth.MaximumLeaves)
                FindChildSplits(leaf, right);
            leaf = BestLeaf(tree.Leaves);
        }
        while (tree.Leaves < _growth.MaximumLeaves && _leaves[leaf].Best.Gain > 0);
        return tree;
    }

    private int BestLeaf(int leaves)
    {
        int best = 0;
        for (int i = 1; i < leaves; i++)
        {
            if (_leaves[i].Best.Gain > _leaves[best].Best.Gain)
                best = i;
        }
        return best;
    }

    private void FillRoot(Leaf root, ReadOnlySpan<double> targets, ReadOnlySpan<int> rows)
    {
        root.Count = rows.Length == 0 ? _data.Rows : rows.Length;
        for (int i = 0; i < root.Count; i++)
        {
            int row = rows.Length == 0 ? i : rows[i];
            _rows[i] = row;
            _targets[i] = targets[row];
            if (_weights is null)
                continue;
            _targets[i] *= _weights[row];
            _leafWeights[i] = _weights[row];
        }
        Total(root);
    }

    private void FindRootSplit(Leaf root)
    {
        if (!CanSplit(root))
            return;
        var entry = _histograms.Start();
        _parallel.ForRanges(_data.Features, (long)_data.Features * (root.Count + 256), (from, to) =>
        {
            var counter = HistogramCounter.OfThread(_stride);
            for (int f = from; f < to; f++)
                _smallSplits[f] = CountAndScan(counter, root, entry, f);
        });
        root.Best = BestOf(_smallSplits);
    }

    private void FindChildSplits(int leftLeaf, int rightLeaf)
    {
        Leaf left = _leaves[leftLeaf], right = _leaves[rightLeaf];
        left.Best = right.Best = SplitCandidate.None;
        bool leftSmaller = left.Count < right.Count;
        var (small, large) = leftSmaller ? (left, right) : (right, left);
        if (!CanSplit(large))
            return;
        var (smallEntry, largeEntry, held) = _histograms.Split(leftLeaf, rightLeaf, leftSmaller);
        bool subtract = held && _keepHistograms;
        bool count = subtract || CanSplit(small);
        long operations = (long)_data.Features * (small.Count + (subtract ? 0 : large.Count) + 256);
        _parallel.ForRanges(_data.Features, operations, (from, to) =>
        {
            var counter = HistogramCounter.OfThread(_stride);
            for (int f = from; f < to; f++)
            {
                bool splittable = largeEntry.Splittable[f];
                smallEntry.Splittable[f] = splittable || !held;
                _smallSplits[f] = count ? CountAndScan(counter, small, smallEntry, f) : SplitCandidate.None;
                smallEntry.Splittable[f] &= CanSplit(small);
                _largeSplits[f] = subtract
                    ? SubtractAndScan(large, largeEntry, smallEntry, f) : CountAndScan(counter, large, largeEntry, f);
            }
        });
        small.Best = BestOf(_smallSplits);
        large.Best = BestOf(_largeSplits);
    }

    private bool CanSplit(Leaf leaf) => leaf.Count >= 2 && leaf.Count >= 2 * _growth.MinimumExamples;

    private SplitCandidate CountAndScan(HistogramCounter counter, Leaf leaf, LeafHistograms.Entry entry, int feature)
    {
        if (!entry.Splittable[feature] || !Allowed(feature))
            return SplitCandidate.None;
        int length = (_binStarts[feature + 1] - _binStarts[feature]) * _stride;
        var histogram = _keepHistograms ? Slice(entry.Histogram, feature) : counter.Scratch.AsSpan(0, length);
        Count(histogram, leaf, feature);
        return CanSplit(leaf) ? Scan(histogram, leaf, entry, feature) : SplitCandidate.None;
    }

    private SplitCandidate SubtractAndScan(Leaf large, LeafHistograms.Entry largeEntry, LeafHistograms.Entry smallEntry, int feature)
    {
        if (!largeEntry.Splittable[feature] || !Allowed(feature))
            return SplitCandidate.None;
        var histogram = Slice(largeEntry.Histogram, feature);
        HistogramCounter.Subtract(histogram, Slice(smallEntry.Histogram, feature));
        return Scan(histogram, large, largeEntry, feature);
    }

    private bool Allowed(int feature) => _treeFeatures is null || _treeFeatures[feature];

    private Span<double> Slice(double[] histogram, int feature) =>
        histogram.AsSpan(_binStarts[feature] * _stride, (_binStarts[feature + 1] - _binStarts[feature]) * _stride);

    private void Count(Span<double> histogram, Leaf leaf, int feature)
    {
        histogram.Clear();
        var targets = _targets.AsSpan(leaf.Start, leaf.Count);
        var bins = _data.Bins[feature];
        if (_weights is not null)
            HistogramCounter.CountWeighted(histogram, bins, _rows.AsSpan(leaf.Start, leaf.Count), targets, _leafWeights.AsSpan(leaf.Start, leaf.Count));
        else if (leaf.Count == _data.Rows)
            HistogramCounter.CountAll(histogram, bins, targets);
        else
            HistogramCounter.Count(histogram, bins, _rows.AsSpan(leaf.Start, leaf.Count), targets);
    }

    private SplitCandidate Scan(ReadOnlySpan<double> histogram, Leaf leaf, LeafHistograms.Entry entry, int feature)
    {
        var split = _weights is null
            ? SplitScanner.Scan(histogram, leaf.Sum, leaf.Count, _growth.MinimumExamples)
            : SplitScanner.ScanWeighted(histogram, leaf.Sum, leaf.Weight, leaf.Count, _growth.MinimumExamples);
        entry.Splittable[feature] = split.Bin >= 0;
        if (split.Bin < 0)
            return SplitCandidate.None;
        split.Feature = feature;
        split.Gain -= _featureUse[feature] == 0 ? _growth.FirstUsePenalty : _growth.ReusePenalty * Math.Log(_featureUse[feature] + 1);
        return split;
    }

    /// <summary>
    /// The best split of a leaf. Where the growth asks for a share of the features, a split that is better than the best before it is taken with that
    /// chance only, but for the first feature's. That is how the official trees draw; in a forest the first possible split needs no chance either.
    /// </summary>
    private SplitCandidate BestOf(SplitCandidate[] splits)
    {
        bool all = _growth.FeatureFractionPerSplit >= 1 || _random is null;
        var best = splits.Length == 0 ? SplitCandidate.None : splits[0];
        for (int f = 1; f < splits.Length; f++)
        {
            if (splits[f].Gain <= best.Gain)
                continue;
            // The number is drawn even where it decides nothing.
            bool drawn = all || _random!.NextDouble() < _growth.FeatureFractionPerSplit;
            if (drawn || (_growth.KeepsFirstSplit && best.Feature < 0))
                best = splits[f];
        }
        return best;
    }

    // Keeps the rows' order on both sides, so that sums come out the same whatever was split before.
    private void Partition(Leaf left, Leaf right, in SplitCandidate split)
    {
        var bins = _data.Bins[split.Feature];
        int start = left.Start, count = left.Count, l = start, r = 0;
        for (int i = start; i < start + count; i++)
        {
            // Both places are written, and only the counters decide which write stays: no branch to mispredict.
            int row = _rows[i];
            double target = _targets[i];
            if (_weights is not null)
            {
                double weight = _leafWeights[i];
                _leafWeights[l] = weight;
                _spareWeights[r] = weight;
            }
            _rows[l] = row;
            _targets[l] = target;
            _spareRows[r] = row;
            _spareTargets[r] = target;
            bool goesLeft = bins[row] <= split.Bin;
            int step = Unsafe.BitCast<bool, byte>(goesLeft);
            l += step;
            r += 1 - step;
        }
        _spareRows.AsSpan(0, r).CopyTo(_rows.AsSpan(l));
        _spareTargets.AsSpan(0, r).CopyTo(_targets.AsSpan(l));
        if (_weights is not null)
            _spareWeights.AsSpan(0, r).CopyTo(_leafWeights.AsSpan(l));
        right.Start = l;
        right.Count = r;
        left.Count = l - start;
        Total(left);
        Total(right);
    }

    // Adding up afresh loses less than subtracting the other side from the whole.
    private void Total(Leaf leaf)
    {
        leaf.Sum = 0;
        leaf.Weight = 0;
        foreach (double target in _targets.AsSpan(leaf.Start, leaf.Count))
            leaf.Sum += target;
        if (_weights is null)
            return;
        foreach (double weight in _leafWeights.AsSpan(leaf.Start, leaf.Count))
            leaf.Weight += weight;
    }

    private sealed class Leaf
    {
        public int Start;
        public int Count;
        public double Sum;
        public double Weight;
        public SplitCandidate Best = SplitCandidate.None;
    }
}
