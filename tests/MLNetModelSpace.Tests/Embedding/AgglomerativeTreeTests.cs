namespace MLNetModelSpace.Tests.Embedding;

public class AgglomerativeTreeTests
{
    [Fact]
    public void AverageLinkageOfFourPointsOnALine()
    {
        double[] places = [0, 1, 5, 7];
        AgglomerativeTree tree = AgglomerativeTree.Build(4, (i, j) => Math.Abs(places[i] - places[j]));
        Assert.Equal([new TreeMerge(0, 1, 1, 2), new TreeMerge(2, 3, 2, 2), new TreeMerge(4, 5, 5.5, 4)], tree.Merges);
        Assert.Equal(5.5, tree.CopheneticDistance(3, 0));
        Assert.Equal(1, tree.CopheneticDistance(0, 1));
    }

    [Fact]
    public void AnUltrametricIsItsOwnTree()
    {
        double[,] d = { { 0, 1, 4, 4 }, { 1, 0, 4, 4 }, { 4, 4, 0, 2 }, { 4, 4, 2, 0 } };
        AgglomerativeTree tree = AgglomerativeTree.Build(4, (i, j) => d[i, j]);
        Assert.Equal(1, tree.CopheneticCorrelation, 12);
    }

    [Fact]
    public void HeightsRiseAndEveryLeafIsBelowTheRoot()
    {
        var random = new Random(3);
        float[][] points = [.. Enumerable.Range(0, 60).Select(_ => SyntheticZoo.Shares(random))];
        AgglomerativeTree tree = AgglomerativeTree.Build(points);
        Assert.Equal(tree.Merges.OrderBy(merge => merge.Height), tree.Merges);
        Assert.Equal(60, tree.Merges[^1].Size);
        Assert.InRange(tree.CopheneticCorrelation, 0.3, 1);
    }

    [Fact]
    public void FewerThanThreeLeavesAreRefused() => Assert.StartsWith(
        "There are 2 leaves; a tree needs at least 3.", Assert.Throws<ArgumentException>(() => AgglomerativeTree.Build([[1f], [2f]])).Message);

    [Fact]
    public void ADistanceThatIsNoneIsRefused() => Assert.StartsWith(
        "The distance of leaves 0 and 1 is NaN",
        Assert.Throws<ArgumentException>(() => AgglomerativeTree.Build(3, (_, _) => double.NaN)).Message);
}
