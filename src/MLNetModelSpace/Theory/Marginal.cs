namespace MLNetModelSpace.Theory;

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
