namespace Microsoft.ML.Trainers.FastTree;

/// <summary>
/// A regression tree over feature vectors: at each node a value at or below the threshold goes left, anything else (NaN too) right. A child below zero
/// is the complement of a leaf's index.
/// </summary>
internal sealed class TreeShape(int[] left, int[] right, int[] features, float[] thresholds, double[] gains, double[] leafValues)
{
    public int[] Left { get; } = left;

    public int[] Right { get; } = right;

    public int[] Features { get; } = features;

    public float[] Thresholds { get; } = thresholds;

    public double[] Gains { get; } = gains;

    public double[] LeafValues { get; } = leafValues;

    public double Evaluate(ReadOnlySpan<float> row)
    {
        int node = Left.Length == 0 ? -1 : 0;
        while (node >= 0)
            node = row[Features[node]] <= Thresholds[node] ? Left[node] : Right[node];
        return LeafValues[~node];
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(LeafValues.Length);
        foreach (int value in Left)
            writer.Write(value);
        foreach (int value in Right)
            writer.Write(value);
        foreach (int value in Features)
            writer.Write(value);
        foreach (float value in Thresholds)
            writer.Write(value);
        foreach (double value in Gains)
            writer.Write(value);
        foreach (double value in LeafValues)
            writer.Write(value);
    }

    /// <exception cref="FormatException">The tree is not one, or asks for a feature that vectors of that length do not have.</exception>
    public static TreeShape Load(BinaryReader reader, int featureCount)
    {
        int leaves = reader.ReadInt32();
        if (leaves < 1 || leaves > 1 << 20)
            throw new FormatException($"A tree of {leaves} leaves; expected 1 to {1 << 20}.");
        int nodes = leaves - 1;
        var shape = new TreeShape(
            ReadInts(reader, nodes), ReadInts(reader, nodes), ReadInts(reader, nodes),
            ReadMany(reader, nodes, static r => r.ReadSingle()), ReadMany(reader, nodes, static r => r.ReadDouble()), ReadMany(reader, leaves, static r => r.ReadDouble()));
        shape.Check(featureCount);
        return shape;
    }

    private void Check(int featureCount)
    {
        for (int i = 0; i < Left.Length; i++)
        {
            // Nodes are numbered in the order in which they were made, so a child that is a node comes later: no cycles.
            bool children = Left[i] < Left.Length && Right[i] < Left.Length && ~Left[i] < LeafValues.Length && ~Right[i] < LeafValues.Length
                && (Left[i] < 0 || Left[i] > i) && (Right[i] < 0 || Right[i] > i);
            if (!children || Features[i] < 0 || Features[i] >= featureCount)
                throw new FormatException($"Node {i} of a tree has children {Left[i]} and {Right[i]} and feature {Features[i]}; that is no tree over {featureCount} features.");
        }
    }

    private static int[] ReadInts(BinaryReader reader, int count) => ReadMany(reader, count, static r => r.ReadInt32());

    private static T[] ReadMany<T>(BinaryReader reader, int count, Func<BinaryReader, T> read)
    {
        var values = new T[count];
        for (int i = 0; i < count; i++)
            values[i] = read(reader);
        return values;
    }
}
