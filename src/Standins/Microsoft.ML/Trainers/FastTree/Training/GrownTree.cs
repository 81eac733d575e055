namespace Microsoft.ML.Trainers.FastTree;

/// <summary>
/// A binary tree as it grows. Children are nodes where they are zero or more, else the complement of a leaf's index.
/// </summary>
internal sealed class GrownTree(int maximumLeaves)
{
    public int[] Left { get; } = new int[maximumLeaves - 1];

    public int[] Right { get; } = new int[maximumLeaves - 1];

    /// <summary>The split features' places among the binned features.</summary>
    public int[] Feature { get; } = new int[maximumLeaves - 1];

    /// <summary>The highest bin that goes left.</summary>
    public int[] Bin { get; } = new int[maximumLeaves - 1];

    public double[] Gain { get; } = new double[maximumLeaves - 1];

    public double[] LeafValue { get; } = new double[maximumLeaves];

    public int Leaves { get; private set; } = 1;

    /// <summary>Splits a leaf: its left side keeps the leaf's number, the right side gets the next free one.</summary>
    public int Split(int leaf, in SplitCandidate split)
    {
        int node = Leaves - 1, right = Leaves++;
        for (int parent = 0; parent < node; parent++)
        {
            if (Left[parent] == ~leaf)
                Left[parent] = node;
            else if (Right[parent] == ~leaf)
                Right[parent] = node;
        }
        Left[node] = ~leaf;
        Right[node] = ~right;
        Feature[node] = split.Feature;
        Bin[node] = split.Bin;
        Gain[node] = split.Gain;
        return right;
    }

    /// <summary>The leaf that a row of the binned data falls into.</summary>
    public int LeafOf(BinnedData data, int row)
    {
        int node = 0;
        while (node >= 0)
            node = data.Bins[Feature[node]][row] <= Bin[node] ? Left[node] : Right[node];
        return ~node;
    }

    /// <summary>The tree over feature vectors, as the model keeps it.</summary>
    public TreeShape ToShape(BinnedData data)
    {
        int nodes = Leaves - 1;
        var features = new int[nodes];
        var thresholds = new float[nodes];
        for (int i = 0; i < nodes; i++)
        {
            features[i] = data.FeatureIndexes[Feature[i]];
            thresholds[i] = data.UpperBounds[Feature[i]][Bin[i]];
        }
        return new TreeShape(Left[..nodes], Right[..nodes], features, thresholds, Gain[..nodes], LeafValue[..Leaves]);
    }
}
