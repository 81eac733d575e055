using FsCheck;
using FsCheck.Fluent;

namespace MLNetModelSpace.Tests.Embedding;

// Reaches internals: geometry has laws, and its public users only hundreds of decimals.
public class PoincareBallTests
{
    private static readonly Arbitrary<int> s_seeds = ArbMap.Default.ArbFor<int>();

    [Fact]
    public void ExpAndLogAreInverse() => Prop.ForAll(s_seeds, seed =>
    {
        float[] tangent = Tangent(seed, 2.5);
        float[] back = [.. tangent];
        PoincareBall.ExpMap(back);
        PoincareBall.LogMap(back);
        return tangent.Zip(back).All(pair => Math.Abs(pair.First - pair.Second) < 1e-4);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void ATangentVectorLeadsAsFarAsItIsLong() => Prop.ForAll(s_seeds, seed =>
    {
        float[] point = Tangent(seed, 2.5);
        double length = Math.Sqrt(point.Sum(value => (double)value * value));
        PoincareBall.ExpMap(point);
        return Math.Abs(PoincareBall.Distance(point, new float[3]) - length) < 1e-4;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void DistanceIsAMetric() => Prop.ForAll(s_seeds, seed =>
    {
        float[] a = Point(seed), b = Point(seed + 1), c = Point(seed + 2);
        return PoincareBall.Distance(a, a) == 0
            && PoincareBall.Distance(a, b) == PoincareBall.Distance(b, a)
            && PoincareBall.Distance(a, c) <= PoincareBall.Distance(a, b) + PoincareBall.Distance(b, c) + 1e-6;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void TheMidpointOfEqualWeightsIsEquallyFar() => Prop.ForAll(s_seeds, seed =>
    {
        float[] a = Point(seed), b = Point(seed + 1);
        float[] middle = PoincareBall.Midpoint(a, 1, b, 1);
        return Math.Abs(PoincareBall.Distance(a, middle) - PoincareBall.Distance(b, middle)) < 1e-3;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void APointOutsideIsRefused() => Assert.StartsWith(
        "A point at norm 1.1 is not inside the unit ball.",
        Assert.Throws<ArgumentException>(() => PoincareBall.Distance([1.1f, 0], [0, 0])).Message);

    private static float[] Point(int seed)
    {
        float[] point = Tangent(seed, 2);
        PoincareBall.ExpMap(point);
        return point;
    }

    private static float[] Tangent(int seed, double length)
    {
        var random = new Random(seed);
        float[] vector = [(float)(random.NextDouble() - 0.5), (float)(random.NextDouble() - 0.5), (float)(random.NextDouble() - 0.5)];
        double scale = random.NextDouble() * length / Math.Sqrt(vector.Sum(value => value * value));
        return [.. vector.Select(value => (float)(value * scale))];
    }
}
