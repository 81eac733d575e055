using FsCheck;
using FsCheck.Fluent;

namespace MLNetModelSpace.Tests.Theory;

// Reaches internals: neighbours are compared with those of comparing all; estimates only average them.
public class KdTreeTests
{
    [Fact]
    public void NeighboursAndCountsAreThoseOfAnExhaustiveSearch()
    {
        Prop.ForAll(
            Gen.Choose(1, 300).ToArbitrary(),
            Gen.Choose(1, 9).ToArbitrary(),
            Gen.Choose(0, 1_000_000).ToArbitrary(),
            (count, dimensions, seed) =>
            {
                var random = Gaussians.Random(seed);

                // A coarse grid, so that duplicates and ties come up.
                double[] rows = [.. Enumerable.Range(0, count * dimensions).Select(_ => random.Next(6) / 2.0)];
                var tree = new KdTree(rows, dimensions);
                var query = rows.AsSpan(random.Next(count) * dimensions, dimensions).ToArray();
                double[] distances = [.. Enumerable.Range(0, count).Select(i => Distance(query, rows.AsSpan(i * dimensions, dimensions))).Order()];
                int k = 1 + random.Next(count);
                double radius = random.Next(6) / 2.0;
                return tree.DistanceTo(query, k) == distances[k - 1]
                    && tree.CountWithin(query, radius, inclusive: true) == distances.Count(value => value <= radius)
                    && tree.CountWithin(query, radius, inclusive: false) == distances.Count(value => value < radius);
            }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void OneDimensionIsCountedAsAnExhaustiveSearchDoes()
    {
        var random = Gaussians.Random(7);
        double[] values = [.. Enumerable.Range(0, 500).Select(_ => Gaussians.Next(random))];
        var marginal = Marginal.Create(values, 1);
        for (int i = 0; i < 100; i++)
        {
            // A radius that is the distance of a point, where rounding decides.
            double radius = Math.Abs(values[i] - values[i + 100]);
            Assert.Equal(values.Count(value => Math.Abs(values[i] - value) < radius), marginal.CountBelow([values[i]], radius));
            Assert.Equal(values.Count(value => Math.Abs(values[i] - value) <= radius), marginal.CountWithin([values[i]], radius));
        }
    }

    private static double Distance(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double largest = 0;
        for (int j = 0; j < a.Length; j++)
        {
            largest = Math.Max(largest, Math.Abs(a[j] - b[j]));
        }

        return largest;
    }
}
