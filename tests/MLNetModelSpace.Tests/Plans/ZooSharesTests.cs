using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Plans;

// Reaches internals: shares are drawn by the thousand, without planning a zoo for each.
public class ZooSharesTests
{
    private static readonly ImageDataset s_images = NumberedImages.Create(1000, 1000, 1000);

    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData(7, 0.5, 0.25, 0.25, 3, 2, 2)]
    [InlineData(10, 0.7, 0.2, 0.1, 7, 2, 1)]
    [InlineData(3, 0, 0.5, 0.5, 0, 2, 1)]
    [InlineData(200, 1 / 3d, 1 / 3d, 1 / 3d, 67, 67, 66)]
    [InlineData(5, 1, 0, 0, 5, 0, 0)]
    public void FixedSharesAreRoundedToTheSizeOfTheSample(int images, double a, double b, double c, params int[] counts)
    {
        ResolvedShares shares = ZooShares.Fixed([], [a, b, c]).Resolve(s_images);
        int[] found = new int[3];
        SplitMix random = new(1);
        shares.Draw(0, images, random, found);

        Assert.Equal(counts, found);
    }

    [Fact]
    public void ListsOfFixedSharesTakeTurns()
    {
        ZooPlan plan = _ml.ModelSpace().Data.PlanZoo(s_images, 2, ZooShares.Fixed(["c1", "c2"], [1, 0], [0.5, 0.5]), imagesPerModel: 10);

        Assert.Equal([[1, 0], [0.5f, 0.5f], [1, 0], [0.5f, 0.5f]], plan.Train.GetColumn<float[]>(ZooColumns.Shares));
    }

    /// <summary>Proportions of a symmetric Dirichlet over K classes have mean 1/K and variance (K-1)/(K²(αK+1)); the multinomial of n adds p(1-p)/n.</summary>
    [Theory]
    [InlineData(0.05)]
    [InlineData(1)]
    [InlineData(8)]
    public void DrawnSharesHaveTheMeanAndVarianceOfTheirDistribution(double concentration)
    {
        const int models = 20_000, images = 100;
        ResolvedShares shares = ZooShares.Dirichlet(null, concentration).Resolve(s_images);
        int[] counts = new int[3];
        double sum = 0, squares = 0;
        SplitMix random = new(5);
        for (int i = 0; i < models; i++)
        {
            shares.Draw(0, images, random, counts);
            Assert.Equal(images, counts.Sum());
            sum += counts[0] / (double)images;
            squares += Math.Pow(counts[0] / (double)images, 2);
        }

        double mean = sum / models, variance = squares / models - mean * mean;
        double dirichlet = 2 / (9 * (3 * concentration + 1)), expected = dirichlet + (1 / 3d - (dirichlet + 1 / 9d)) / images;
        Assert.Equal(1 / 3d, mean, 0.015);
        Assert.InRange(variance, 0.95 * expected, 1.05 * expected);
    }

    [Fact]
    public void ATinyConcentrationGivesSingleClassesAndNoNaN()
    {
        ResolvedShares shares = ZooShares.Dirichlet(null, 1e-300).Resolve(s_images);
        int[] counts = new int[3];
        SplitMix random = new(5);
        for (int i = 0; i < 100; i++)
        {
            shares.Draw(0, 50, random, counts);
            Assert.Equal(50, counts.Max());
        }
    }

    [Fact]
    public void TheRandomNumbersAreThoseOfSplitMix64()
    {
        SplitMix random = new(0);

        Assert.Equal([0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F], new[] { random.Next(), random.Next(), random.Next() });
    }

    [Fact]
    public void SeedsNeverRepeat()
    {
        var seen = new HashSet<uint>();
        for (uint i = 0; i < 300_000; i++)
            Assert.True(seen.Add(SplitMix.Distinct(42, i)));
        for (uint i = 1U << 31; i < (1U << 31) + 300_000; i++)
            Assert.True(seen.Add(SplitMix.Distinct(42, i)));
    }

    [Fact]
    public void AChoiceIsEven()
    {
        int[] hits = new int[10];
        SplitMix random = new(3);
        for (int i = 0; i < 20_000; i++)
        {
            int[] values = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
            random.Choose(values, 3);
            for (int j = 0; j < 3; j++)
                hits[values[j]]++;
        }

        // 6000 expected of each, standard deviation 65.
        Assert.All(hits, count => Assert.InRange(count, 5700, 6300));
    }
}
