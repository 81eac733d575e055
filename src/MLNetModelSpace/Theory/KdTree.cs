using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MLNetModelSpace.Theory;

/// <summary>
/// A k-d tree under the maximum norm, as the KSG and Ross estimators ask for: the distance to the k-th neighbour, and how many
/// points lie within a distance. Built once, then read by any number of threads.
/// </summary>
internal sealed class KdTree
{
    private const int LeafSize = 16;
    private const int MaxStackValues = 64;
    private readonly int _dimensions;

    // Points and boxes are padded with zeros to whole vectors, which add nothing to a maximum of differences.
    private readonly int _stride;
    private readonly double[] _points;
    private readonly int[] _start;
    private readonly int[] _end;
    private readonly int[] _right;
    private readonly double[] _lower;
    private readonly double[] _upper;
    private int _nodes;

    /// <summary>Builds the tree.</summary>
    /// <param name="rows">The points, row-major; copied and reordered.</param>
    /// <param name="dimensions">Values a point.</param>
    internal KdTree(ReadOnlySpan<double> rows, int dimensions)
    {
        _dimensions = dimensions;
        _stride = (dimensions + Vector256<double>.Count - 1) / Vector256<double>.Count * Vector256<double>.Count;
        int count = rows.Length / dimensions;
        Count = count;
        int capacity = Math.Max(1, 4 * (count / LeafSize) + 3);
        _start = new int[capacity];
        _end = new int[capacity];
        _right = new int[capacity];
        _lower = new double[capacity * _stride];
        _upper = new double[capacity * _stride];
        var order = new int[count];
        for (int i = 0; i < count; i++)
        {
            order[i] = i;
        }

        Build(rows, order, new double[count], 0, count);
        _points = new double[count * _stride];
        for (int i = 0; i < count; i++)
        {
            rows.Slice(order[i] * dimensions, dimensions).CopyTo(_points.AsSpan(i * _stride));
        }
    }

    /// <summary>How many points there are.</summary>
    internal int Count { get; }

    /// <summary>The k-th smallest distance from a query to the points (the query itself among them, at distance 0, where it is one).</summary>
    internal double DistanceTo(ReadOnlySpan<double> query, int k)
    {
        Span<double> nearest = k <= MaxStackValues ? stackalloc double[k] : new double[k];
        nearest.Fill(double.PositiveInfinity);
        Span<double> padded = _stride <= MaxStackValues ? stackalloc double[_stride] : new double[_stride];
        Search(0, Pad(query, padded), nearest);
        return nearest[^1];
    }

    /// <summary>How many points lie at a distance below the radius, or at most the radius.</summary>
    internal int CountWithin(ReadOnlySpan<double> query, double radius, bool inclusive)
    {
        Span<double> padded = _stride <= MaxStackValues ? stackalloc double[_stride] : new double[_stride];

        // Strictly below the radius is at most the number before it: one comparison serves both.
        return CountWithin(0, Pad(query, padded), inclusive ? radius : Math.BitDecrement(radius));
    }

    private ReadOnlySpan<double> Pad(ReadOnlySpan<double> query, Span<double> padded)
    {
        query.CopyTo(padded);
        padded[_dimensions..].Clear();
        return padded;
    }

    private void Search(int node, ReadOnlySpan<double> query, Span<double> nearest)
    {
        if (_right[node] == 0)
        {
            for (int i = _start[node]; i < _end[node]; i++)
            {
                double distance = Distance(query, i, nearest[^1]);
                if (distance < nearest[^1])
                {
                    Insert(nearest, distance);
                }
            }

            return;
        }

        int left = node + 1, right = _right[node];
        double toLeft = DistanceToBox(query, left), toRight = DistanceToBox(query, right);
        var (near, far, toNear, toFar) = toLeft <= toRight ? (left, right, toLeft, toRight) : (right, left, toRight, toLeft);
        if (toNear < nearest[^1])
        {
            Search(near, query, nearest);
        }

        if (toFar < nearest[^1])
        {
            Search(far, query, nearest);
        }
    }

    private int CountWithin(int node, ReadOnlySpan<double> query, double radius)
    {
        if (DistanceToBox(query, node) > radius)
        {
            return 0;
        }

        if (FarthestInBox(query, node) <= radius)
        {
            return _end[node] - _start[node];
        }

        if (_right[node] != 0)
        {
            return CountWithin(node + 1, query, radius) + CountWithin(_right[node], query, radius);
        }

        int count = 0;
        for (int i = _start[node]; i < _end[node]; i++)
        {
            count += Distance(query, i, radius) <= radius ? 1 : 0;
        }

        return count;
    }

    /// <summary>The distance to a point, or any number above the limit where it is above.</summary>
    private double Distance(ReadOnlySpan<double> query, int point, double limit)
    {
        ref double q = ref MemoryMarshal.GetReference(query);
        ref double p = ref _points[point * _stride];
        var bound = Vector256.Create(limit);
        var largest = Vector256<double>.Zero;
        for (nuint j = 0; j < (nuint)_stride; j += (nuint)Vector256<double>.Count)
        {
            largest = Vector256.Max(largest, Vector256.Abs(Vector256.LoadUnsafe(ref q, j) - Vector256.LoadUnsafe(ref p, j)));
            if (Vector256.GreaterThanAny(largest, bound))
            {
                return double.PositiveInfinity;
            }
        }

        return Largest(largest);
    }

    private double DistanceToBox(ReadOnlySpan<double> query, int node)
    {
        ref double q = ref MemoryMarshal.GetReference(query);
        ref double lower = ref _lower[node * _stride];
        ref double upper = ref _upper[node * _stride];
        var largest = Vector256<double>.Zero;
        for (nuint j = 0; j < (nuint)_stride; j += (nuint)Vector256<double>.Count)
        {
            var at = Vector256.LoadUnsafe(ref q, j);
            largest = Vector256.Max(largest, Vector256.Max(Vector256.LoadUnsafe(ref lower, j) - at, at - Vector256.LoadUnsafe(ref upper, j)));
        }

        return Largest(largest);
    }

    private double FarthestInBox(ReadOnlySpan<double> query, int node)
    {
        ref double q = ref MemoryMarshal.GetReference(query);
        ref double lower = ref _lower[node * _stride];
        ref double upper = ref _upper[node * _stride];
        var largest = Vector256<double>.Zero;
        for (nuint j = 0; j < (nuint)_stride; j += (nuint)Vector256<double>.Count)
        {
            var at = Vector256.LoadUnsafe(ref q, j);
            largest = Vector256.Max(largest, Vector256.Max(
                Vector256.Abs(Vector256.LoadUnsafe(ref lower, j) - at), Vector256.Abs(Vector256.LoadUnsafe(ref upper, j) - at)));
        }

        return Largest(largest);
    }

    private static double Largest(Vector256<double> values)
    {
        var half = Vector128.Max(values.GetLower(), values.GetUpper());
        return Math.Max(half[0], half[1]);
    }

    private static void Insert(Span<double> nearest, double distance)
    {
        int place = nearest.Length - 1;
        while (place > 0 && nearest[place - 1] > distance)
        {
            nearest[place] = nearest[place - 1];
            place--;
        }

        nearest[place] = distance;
    }

    /// <summary>Nodes are laid out in preorder: the left child follows its parent, so that only the right one needs an index (0 in a leaf).</summary>
    private int Build(ReadOnlySpan<double> rows, int[] order, double[] keys, int start, int end)
    {
        int node = _nodes++;
        _start[node] = start;
        _end[node] = end;
        int widest = 0;
        double width = -1;
        for (int j = 0; j < _dimensions; j++)
        {
            double low = double.PositiveInfinity, high = double.NegativeInfinity;
            for (int i = start; i < end; i++)
            {
                double value = rows[(order[i] * _dimensions) + j];
                low = Math.Min(low, value);
                high = Math.Max(high, value);
            }

            _lower[(node * _stride) + j] = low;
            _upper[(node * _stride) + j] = high;
            if (high - low > width)
            {
                (widest, width) = (j, high - low);
            }
        }

        if (end - start <= LeafSize)
        {
            return node;
        }

        for (int i = start; i < end; i++)
        {
            keys[i] = rows[(order[i] * _dimensions) + widest];
        }

        keys.AsSpan(start, end - start).Sort(order.AsSpan(start, end - start));
        int middle = (start + end) / 2;
        Build(rows, order, keys, start, middle);
        _right[node] = Build(rows, order, keys, middle, end);
        return node;
    }
}

/// <summary>Counts of points within a distance in one variable: by binary search in one dimension, by a k-d tree in more.</summary>
internal abstract class Marginal
{
    internal static Marginal Create(double[] rows, int dimensions) => dimensions == 1 ? new Sorted(rows) : new Tree(rows, dimensions);

    /// <summary>How many points lie strictly closer than the radius, the query among them.</summary>
    internal abstract int CountBelow(ReadOnlySpan<double> query, double radius);

    /// <summary>How many points lie no farther than the radius, the query among them.</summary>
    internal abstract int CountWithin(ReadOnlySpan<double> query, double radius);

    private sealed class Tree(double[] rows, int dimensions) : Marginal
    {
        private readonly KdTree _tree = new(rows, dimensions);

        internal override int CountBelow(ReadOnlySpan<double> query, double radius) => _tree.CountWithin(query, radius, inclusive: false);

        internal override int CountWithin(ReadOnlySpan<double> query, double radius) => _tree.CountWithin(query, radius, inclusive: true);
    }

    private sealed class Sorted : Marginal
    {
        private readonly double[] _values;

        internal Sorted(double[] values)
        {
            _values = [.. values];
            Array.Sort(_values);
        }

        internal override int CountBelow(ReadOnlySpan<double> query, double radius) => Count(query[0], Math.BitDecrement(radius));

        internal override int CountWithin(ReadOnlySpan<double> query, double radius) => Count(query[0], radius);

        // Distances are compared as they are computed elsewhere, as |a - b|: comparing b with a + r would round differently
        // at the k-th neighbour itself. Rounding keeps order, so both conditions stay true once they hold.
        private int Count(double query, double radius)
        {
            int first = 0, end = _values.Length;
            while (first < end)
            {
                int middle = (first + end) / 2;
                if (query - _values[middle] <= radius)
                {
                    end = middle;
                }
                else
                {
                    first = middle + 1;
                }
            }

            int last = first;
            end = _values.Length;
            while (last < end)
            {
                int middle = (last + end) / 2;
                if (_values[middle] - query > radius)
                {
                    end = middle;
                }
                else
                {
                    last = middle + 1;
                }
            }

            return last - first;
        }
    }
}
