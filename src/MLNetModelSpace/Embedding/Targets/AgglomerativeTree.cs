namespace MLNetModelSpace.Embedding;

/// <summary>One merge of an <see cref="AgglomerativeTree"/>.</summary>
/// <param name="Left">A leaf (0 to n−1) or the cluster that merge number Left − n made.</param>
/// <param name="Right">The other.</param>
/// <param name="Height">The average distance between the two, at which they join.</param>
/// <param name="Size">Number of leaves below.</param>
public readonly record struct TreeMerge(int Left, int Right, double Height, int Size);

/// <summary>
/// A hierarchy over models: agglomerative clustering with average linkage (UPGMA; Sokal and Michener, 1958), by the
/// nearest-neighbour chain in O(n²), with its cophenetic correlation. Immutable and thread-safe.
/// </summary>
public sealed class AgglomerativeTree
{
    private readonly double[] _cophenetic;

    private AgglomerativeTree(int count, TreeMerge[] merges, double[] cophenetic, double correlation)
    {
        Count = count;
        Merges = merges;
        _cophenetic = cophenetic;
        CopheneticCorrelation = correlation;
    }

    /// <summary>Number of leaves.</summary>
    public int Count { get; }

    /// <summary>The n − 1 merges, from the lowest up.</summary>
    public IReadOnlyList<TreeMerge> Merges { get; }

    /// <summary>Pearson correlation, over pairs of leaves, of the given distances and the tree's: 1 for a true hierarchy; 0 where all are equal.</summary>
    public double CopheneticCorrelation { get; }

    /// <summary>The height at which two leaves first lie in one cluster.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A leaf outside 0 to n − 1.</exception>
    public double CopheneticDistance(int first, int second)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)first, (uint)Count, nameof(first));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)second, (uint)Count, nameof(second));
        return first == second ? 0 : _cophenetic[PairIndex(first, second, Count)];
    }

    /// <summary>Builds the tree over embeddings, with the distance of their space.</summary>
    /// <param name="embeddings">At least three, of one length; inside the ball for the Poincaré ball.</param>
    /// <param name="space">The space.</param>
    /// <exception cref="ArgumentException">Fewer than three, differing lengths, or points outside the space.</exception>
    public static AgglomerativeTree Build(IEnumerable<IReadOnlyList<float>> embeddings, EmbeddingSpace space = EmbeddingSpace.Sphere)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        float[][] points = [.. embeddings.Select(embedding => embedding.ToArray())];
        for (int i = 1; i < points.Length; i++)
        {
            if (points[i].Length != points[0].Length)
                throw new ArgumentException($"Embedding {i} has {points[i].Length} values; embedding 0 has {points[0].Length}.", nameof(embeddings));
        }

        return Build(points.Length, (i, j) => space == EmbeddingSpace.Sphere
            ? EmbeddingEvaluator.AngleInRadians(points[i], points[j])
            : PoincareBall.Distance(points[i], points[j]));
    }

    /// <summary>Builds the tree over any distances.</summary>
    /// <param name="count">Number of leaves, at least three; memory is 12·n² bytes at the most.</param>
    /// <param name="distance">Distance of two leaves: finite, not negative, symmetric.</param>
    /// <exception cref="ArgumentException">Fewer than three leaves, or a distance that is negative or not finite.</exception>
    public static AgglomerativeTree Build(int count, Func<int, int, double> distance)
    {
        ArgumentNullException.ThrowIfNull(distance);
        if (count < 3)
            throw new ArgumentException($"There are {count} leaves; a tree needs at least 3.", nameof(count));
        double[] given = new double[checked((long)count * (count - 1) / 2)];
        for (int i = 0; i < count; i++)
        {
            for (int j = i + 1; j < count; j++)
            {
                double value = distance(i, j);
                if (!(value >= 0) || !double.IsFinite(value))
                    throw new ArgumentException($"The distance of leaves {i} and {j} is {value}; expected a finite value of at least 0.", nameof(distance));
                given[PairIndex(i, j, count)] = value;
            }
        }

        TreeMerge[] merges = Number(count, Chain(count, [.. given]));
        double[] cophenetic = Cophenetic(count, merges);
        return new AgglomerativeTree(count, merges, cophenetic, RankCorrelation.Pearson(given, cophenetic));
    }

    private static long PairIndex(int i, int j, int count)
    {
        if (i > j)
            (i, j) = (j, i);
        return ((long)i * count) - ((long)i * (i + 1) / 2) + j - i - 1;
    }

    /// <summary>Nearest-neighbour chain: pairs of representatives with heights, in the order found.</summary>
    private static (int A, int B, double Height)[] Chain(int count, double[] distances)
    {
        int[] sizes = new int[count];
        Array.Fill(sizes, 1);
        var merges = new (int, int, double)[count - 1];
        int[] chain = new int[count];
        int length = 0;
        for (int made = 0; made < merges.Length;)
        {
            if (length == 0)
                chain[length++] = Array.FindIndex(sizes, size => size > 0);
            int tip = chain[length - 1], nearest = length > 1 ? chain[length - 2] : -1;
            double best = nearest < 0 ? double.PositiveInfinity : distances[PairIndex(tip, nearest, count)];
            for (int other = 0; other < count; other++)
            {
                if (other != tip && sizes[other] > 0 && distances[PairIndex(tip, other, count)] < best)
                    (nearest, best) = (other, distances[PairIndex(tip, other, count)]);
            }

            if (length < 2 || nearest != chain[length - 2])
            {
                chain[length++] = nearest;
                continue;
            }

            length -= 2;
            merges[made++] = (tip, nearest, best);
            Join(distances, sizes, tip, nearest, count);
        }

        return merges;
    }

    /// <summary>Average linkage by Lance and Williams: the joined cluster stays under the second representative.</summary>
    private static void Join(double[] distances, int[] sizes, int gone, int kept, int count)
    {
        for (int other = 0; other < count; other++)
        {
            if (other == gone || other == kept || sizes[other] == 0)
                continue;
            long target = PairIndex(kept, other, count);
            distances[target] = ((sizes[gone] * distances[PairIndex(gone, other, count)]) + (sizes[kept] * distances[target]))
                / (sizes[gone] + sizes[kept]);
        }

        sizes[kept] += sizes[gone];
        sizes[gone] = 0;
    }

    /// <summary>Orders the merges by height and names clusters by the merge that made them.</summary>
    private static TreeMerge[] Number(int count, (int A, int B, double Height)[] found)
    {
        int[] order = new int[found.Length];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        Array.Sort(order, (x, y) => found[x].Height != found[y].Height ? found[x].Height.CompareTo(found[y].Height) : x.CompareTo(y));
        int[] parent = new int[count], cluster = new int[count], sizes = new int[count];
        for (int i = 0; i < count; i++)
            (parent[i], cluster[i], sizes[i]) = (i, i, 1);
        var merges = new TreeMerge[found.Length];
        for (int i = 0; i < merges.Length; i++)
        {
            (int a, int b, double height) = found[order[i]];
            int ra = Root(parent, a), rb = Root(parent, b);
            merges[i] = new TreeMerge(Math.Min(cluster[ra], cluster[rb]), Math.Max(cluster[ra], cluster[rb]), height, sizes[ra] + sizes[rb]);
            parent[ra] = rb;
            sizes[rb] += sizes[ra];
            cluster[rb] = count + i;
        }

        return merges;
    }

    private static int Root(int[] parent, int node)
    {
        while (parent[node] != node)
            node = parent[node] = parent[parent[node]];
        return node;
    }

    private static double[] Cophenetic(int count, TreeMerge[] merges)
    {
        double[] heights = new double[(long)count * (count - 1) / 2];
        var leaves = new List<int>[count + merges.Length];
        for (int i = 0; i < count; i++)
            leaves[i] = [i];
        for (int m = 0; m < merges.Length; m++)
        {
            List<int> left = leaves[merges[m].Left], right = leaves[merges[m].Right];
            foreach (int a in left)
            {
                foreach (int b in right)
                    heights[PairIndex(a, b, count)] = merges[m].Height;
            }

            (List<int> big, List<int> small) = left.Count >= right.Count ? (left, right) : (right, left);
            big.AddRange(small);
            leaves[count + m] = big;
        }

        return heights;
    }
}
