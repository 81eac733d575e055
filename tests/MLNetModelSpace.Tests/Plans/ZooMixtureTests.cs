using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Plans;

public class ZooMixtureTests
{
    private static readonly ImageDataset s_images = NumberedImages.Create(100, 100, 100);

    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void TheThirdOfThreeIsTrainedOnTheOtherTwoTogether()
    {
        (_, IDataView mixtures) = Plan(ZooShares.Dirichlet());
        int[][] samples = NumberedImages.Numbers(mixtures);

        Assert.Equal(60, samples.Length);
        for (int i = 0; i < samples.Length; i += 3)
        {
            Assert.Equal((10, 15, 25), (samples[i].Length, samples[i + 1].Length, samples[i + 2].Length));
            Assert.Empty(samples[i].Intersect(samples[i + 1]));
            Assert.Equal(samples[i].Concat(samples[i + 1]).Order(), samples[i + 2].Order());
        }
    }

    [Fact]
    public void TheirImagesAreOfTheTestHalfAndTheirSeedsOfNoModelOfThePlan()
    {
        (ZooPlan plan, IDataView mixtures) = Plan(ZooShares.Dirichlet());
        HashSet<int> test = [.. plan.Classes.SelectMany(name => plan.TestImages(name).ToArray())];
        long[] seeds = [.. mixtures.GetColumn<long>(ZooColumns.Seed)];

        Assert.Subset(test, NumberedImages.Numbers(mixtures).SelectMany(row => row).ToHashSet());
        Assert.Equal(60, seeds.Distinct().Count());
        Assert.Empty(seeds.Intersect(plan.Train.GetColumn<long>(ZooColumns.Seed).Concat(plan.Test.GetColumn<long>(ZooColumns.Seed))));
    }

    [Fact]
    public void RowsSayWhichMixtureWhichPartAndHowManyImages()
    {
        (_, IDataView mixtures) = Plan(ZooShares.Dirichlet());
        VBuffer<ReadOnlyMemory<char>> roles = default;
        mixtures.Schema[ZooColumns.MixtureRole].GetKeyValues(ref roles);

        Assert.Equal(["First", "Second", "Union"], roles.DenseValues().Select(role => role.ToString()));
        Assert.Equal([1, 1, 1, 2, 2, 2], mixtures.GetColumn<uint>(ZooColumns.Mixture).Take(6));
        Assert.Equal([1, 2, 3, 1, 2, 3], mixtures.GetColumn<uint>(ZooColumns.MixtureRole).Take(6));
        Assert.Equal([10, 15, 25], mixtures.GetColumn<int>(ZooColumns.ImageCount).Take(3));
    }

    [Fact]
    public void SharesOfTheUnionAreTheCountWeightedMean()
    {
        (_, IDataView mixtures) = Plan(ZooShares.Dirichlet());
        float[][] shares = [.. mixtures.GetColumn<float[]>(ZooColumns.Shares)];

        for (int i = 0; i < shares.Length; i += 3)
        {
            for (int k = 0; k < 3; k++)
                Assert.Equal((10 * shares[i][k] + 15 * shares[i + 1][k]) / 25, shares[i + 2][k], 1e-6f);
        }
    }

    [Fact]
    public void WhereAModelHasOneClassThePartsHaveDifferentOnes()
    {
        (_, IDataView mixtures) = Plan(ZooShares.OneClassEach());
        float[][] shares = [.. mixtures.GetColumn<float[]>(ZooColumns.Shares)];

        for (int i = 0; i < shares.Length; i += 3)
            Assert.NotEqual(Array.IndexOf(shares[i], 1), Array.IndexOf(shares[i + 1], 1));
    }

    private (ZooPlan Plan, IDataView Mixtures) Plan(ZooShares shares)
    {
        ZooPlan plan = _ml.ModelSpace().Data.PlanZoo(s_images, 10, shares, imagesPerModel: 10);
        return (plan, _ml.ModelSpace().Data.PlanMixtures(plan, mixtures: 20, secondImages: 15));
    }
}
